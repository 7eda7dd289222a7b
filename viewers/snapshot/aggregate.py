"""The live table as audiences: one statement, whose answer travels as a few arrays of integers."""

import struct
from typing import Any

import numpy as np
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Cursor
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from viewers.clustering.located import IntArray
from viewers.snapshot.audience import Audience
from viewers.snapshot.counts import UNLOCATED, Rows

INT8_ARRAY = 1016
UNKNOWN = -1
# Bytes per second of one viewer. Far beyond any stream, and small enough that sums stay within 64 bits.
MOST_BANDWIDTH = 10**12

# Rows are added up by numpy, in two thirds of the time that GROUP BY and numpy take together: it would make
# nearly as many groups as there are rows, and sums of bigint as numeric.
# Streams are numbered so that no text is repeated, and no Python object is made for a row.
STATEMENT = f"""
WITH streams AS MATERIALIZED (
    SELECT stream_key, row_number() OVER () - 1 AS number
    FROM (SELECT DISTINCT stream_key FROM viewers_viewersession WHERE counted) AS keys
)
SELECT (SELECT array_agg(stream_key::text ORDER BY number) FROM streams),
       array_agg(app_id::bigint), array_agg(number), array_agg(coalesce(place_code, {UNLOCATED})),
       array_agg(least(coalesce(bandwidth, 0), {MOST_BANDWIDTH})),
       array_agg(coalesce(health, {UNKNOWN})::bigint)
FROM viewers_viewersession JOIN streams USING (stream_key)
WHERE counted
"""


def audiences(connection: BaseDatabaseWrapper) -> dict[int, Audience]:
    """Of every app with a counted viewer, by app id."""
    connection.ensure_connection()
    # Django's own cursor reads everything as text.
    with Cursor(connection.connection) as cursor:
        cursor.adapters.register_loader(INT8_ARRAY, _IntegersLoader)
        row = cursor.execute(STATEMENT, binary=True).fetchone()
    if row is None or row[0] is None:
        return {}
    keys, app_ids, stream, code, bandwidth, health = row
    known = (health != UNKNOWN).astype(np.int64)
    return _by_app(keys, app_ids, Rows(stream, code, np.ones_like(stream), bandwidth, health * known, known))


def _by_app(keys: list[str], app_ids: IntArray, rows: Rows) -> dict[int, Audience]:
    order = np.argsort(app_ids, kind="stable")
    found, starts = np.unique(app_ids[order], return_index=True)
    made = {}
    for app_id, indices in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
        part = rows.taken(indices)
        numbers, stream = np.unique(part.stream, return_inverse=True)
        made[app_id] = Audience.from_rows([keys[i] for i in numbers.tolist()], part._replace(stream=stream))
    return made


class _IntegersLoader(Loader):
    """An array of bigint without nulls, as array_send() in PostgreSQL's arrayfuncs.c writes it: dimensions,
    whether there are nulls, element type, length, lower bound; then each element's length in bytes and the
    element.
    """

    format = Format.BINARY
    HEADER = struct.Struct(">iiiii")
    ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])

    def load(self, data: Buffer) -> Any:
        dimensions, nulls, *_ = self.HEADER.unpack_from(data)
        if dimensions != 1 or nulls:
            raise ValueError("expected one dimension and no nulls")
        return np.frombuffer(data, dtype=self.ELEMENT, offset=self.HEADER.size)["value"].astype(np.int64)
