"""The live table as audiences: one statement, whose answer travels as a few arrays of integers."""

import struct
from collections.abc import Iterator
from itertools import count
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
# App ids stay below it, so that no seed meets another's.
SEED_STEP = 2**32
# Bytes per second of one viewer. Far beyond any stream, and small enough that sums stay within 64 bits.
MOST_BANDWIDTH = 10**12

# A viewer's bandwidth and health travel in one integer: health from -1, unknown, to 100 takes 128 values.
HEALTHS = 128

# Rows are added up by numpy: GROUP BY would make nearly as many groups as there are rows, and sums of bigint
# as numeric. An app's stream travels as a hash, so that the table is read once, by several processes, without
# a join, and no Python object is made for a row. The keys are walked along the index, from one to the next.
STATEMENT = f"""
WITH RECURSIVE walk AS (
    (SELECT app_id, stream_key FROM viewers_viewersession ORDER BY app_id, stream_key LIMIT 1)
    UNION ALL
    SELECT next.app_id, next.stream_key FROM walk CROSS JOIN LATERAL (
        SELECT app_id, stream_key FROM viewers_viewersession
        WHERE (app_id, stream_key) > (walk.app_id, walk.stream_key) ORDER BY app_id, stream_key LIMIT 1
    ) AS next
), streams AS MATERIALIZED (
    SELECT app_id::bigint, stream_key::text AS key, hashtextextended(stream_key, app_id + %(seed)s) AS hash
    FROM walk
)
SELECT (SELECT array_agg(key ORDER BY hash, app_id) FROM streams),
       (SELECT array_agg(app_id ORDER BY hash, app_id) FROM streams),
       (SELECT array_agg(hash ORDER BY hash, app_id) FROM streams),
       array_agg(hashtextextended(stream_key, app_id + %(seed)s)),
       array_agg(coalesce(place_code, {UNLOCATED})),
       array_agg(
           least(coalesce(bandwidth, 0), {MOST_BANDWIDTH}) * {HEALTHS} + coalesce(health, {UNKNOWN}) + 1)
FROM viewers_viewersession WHERE counted
"""


def audiences(connection: BaseDatabaseWrapper) -> dict[int, Audience]:
    """Of every app with a counted viewer, by app id."""
    connection.ensure_connection()
    # Django's own cursor reads everything as text.
    with Cursor(connection.connection) as cursor:
        cursor.adapters.register_loader(INT8_ARRAY, _IntegersLoader)
        for seed in count(step=SEED_STEP):
            row = cursor.execute(STATEMENT, {"seed": seed}, binary=True).fetchone()
            if row is None or row[3] is None:
                return {}
            keys, app_ids, hashes, hashed, code, figures = row
            # Two streams of one hash could not be told apart: with another seed they differ.
            if np.all(np.diff(hashes) > 0):
                break
    stream = np.searchsorted(hashes, hashed)
    bandwidth, health = np.divmod(figures, HEALTHS)
    known = (health > 0).astype(np.int64)
    rows = Rows(stream, code, np.ones_like(stream), bandwidth, (health - 1) * known, known)
    return dict(_by_app(keys, app_ids, rows))


def _by_app(keys: list[str], app_ids: IntArray, rows: Rows) -> Iterator[tuple[int, Audience]]:
    """``app_ids`` are the streams'. Apps that nobody watches are left out."""
    watched = np.unique(app_ids[np.flatnonzero(np.bincount(rows.stream, minlength=len(keys)))])
    parts = [rows] if len(watched) == 1 else _parts(app_ids[rows.stream], rows)
    for app_id, part in zip(watched.tolist(), parts, strict=True):
        own = np.flatnonzero(app_ids == app_id)
        renumbered = np.zeros(len(keys), dtype=np.int64)
        renumbered[own] = np.arange(len(own))
        own_keys = [keys[number] for number in own.tolist()]
        yield app_id, Audience.from_rows(own_keys, part._replace(stream=renumbered[part.stream]))


def _parts(app_ids: IntArray, rows: Rows) -> list[Rows]:
    """Each app's rows, by ascending app id. ``app_ids`` are the rows'."""
    order = np.argsort(app_ids, kind="stable")
    return [rows.taken(part) for part in np.split(order, np.flatnonzero(np.diff(app_ids[order])) + 1)]


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
