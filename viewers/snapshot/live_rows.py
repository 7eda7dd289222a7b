"""The live table as the snapshot wants it: read whole, or only what has changed since.

Rows are added up by numpy: GROUP BY would make nearly as many groups as there are rows, and sums of bigint
as numeric. All travels as arrays of integers, so that no Python object is made for a row.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import numpy as np
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Cursor
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from viewers.sessions.change_feed import FIGURES, PLACE, PROFILE
from viewers.snapshot.replica import Change, Replica

INT8_ARRAY, UUID_ARRAY = 1016, 2951
# App ids stay below it, so that no seed meets another's.
SEED_STEP = 2**32

# An app's stream travels as a hash, and so does a profile, so that the rows are read by several processes,
# without a join. The streams' keys are walked along the index, from one to the next; profiles are few.
WHOLE = f"""
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
), profiles AS MATERIALIZED (
    SELECT profile, hashtextextended(profile, %(seed)s) AS hash
    FROM (SELECT DISTINCT {PROFILE} AS profile FROM viewers_viewersession WHERE counted) AS found
)
SELECT pg_current_snapshot()::text,
       (SELECT array_agg(key ORDER BY hash, app_id) FROM streams),
       (SELECT array_agg(app_id ORDER BY hash, app_id) FROM streams),
       (SELECT array_agg(hash ORDER BY hash, app_id) FROM streams),
       (SELECT array_agg(profile ORDER BY hash) FROM profiles),
       (SELECT array_agg(hash ORDER BY hash) FROM profiles),
       array_agg(id),
       array_agg(hashtextextended(stream_key, app_id + %(seed)s)),
       array_agg(hashtextextended({PROFILE}, %(seed)s)),
       array_agg({PLACE}),
       array_agg({FIGURES})
FROM viewers_viewersession WHERE counted
"""
# Of every transaction that the earlier snapshot did not see and this one sees, in whatever order they ended.
SINCE = """
SELECT pg_current_snapshot()::text, change.seq, ids, app_id, streams, profiles, places, figures
FROM (VALUES (true)) AS one LEFT JOIN viewers_livechange AS change
    ON change.xid >= pg_snapshot_xmin(%(snapshot)s::pg_snapshot)
    AND NOT pg_visible_in_snapshot(change.xid, %(snapshot)s::pg_snapshot)
ORDER BY change.seq
"""


def whole(connection: BaseDatabaseWrapper) -> tuple[str, Replica]:
    """The live table, and the database snapshot that it was read in. Raises Collision."""
    with _cursor(connection) as cursor:
        for seed in count(step=SEED_STEP):
            row: Any = cursor.execute(WHOLE, {"seed": seed}, binary=True).fetchone()
            snapshot, keys, app_ids, hashes, profiles, profile_hashes, ids, hashed, profiled, *figures = row
            if ids is None:
                none = np.zeros(0, dtype=np.int64)
                return snapshot, Replica([], [], np.zeros((0, 2), dtype=np.uint64), none, none, none, none)
            # Two of one hash could not be told apart: with another seed they differ.
            if np.all(np.diff(hashes) > 0) and np.all(np.diff(profile_hashes) > 0):
                break
    streams = list(zip(app_ids.tolist(), keys, strict=True))
    numbers = (np.searchsorted(hashes, hashed), np.searchsorted(profile_hashes, profiled))
    return snapshot, Replica(streams, profiles, ids, *numbers, *figures)


def since(connection: BaseDatabaseWrapper, snapshot: str) -> tuple[str, list[Change]]:
    """What changed after an earlier snapshot, and the snapshot that it leads up to."""
    with _cursor(connection) as cursor:
        rows: Any = cursor.execute(SINCE, {"snapshot": snapshot}, binary=True).fetchall()
    return rows[0][0], [Change(*row[2:]) for row in rows if row[1] is not None]


@contextmanager
def _cursor(connection: BaseDatabaseWrapper) -> Iterator[Cursor[Any]]:
    """Django's own cursor reads everything as text."""
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        cursor.adapters.register_loader(INT8_ARRAY, _IntegersLoader)
        cursor.adapters.register_loader(UUID_ARRAY, _UuidsLoader)
        yield cursor


class _ArrayLoader(Loader):
    """A one-dimensional array without nulls of elements of one size, as array_send() in PostgreSQL's
    arrayfuncs.c writes it: dimensions, whether there are nulls, element type, length, lower bound; then each
    element's length in bytes and the element.
    """

    format = Format.BINARY
    HEADER = struct.Struct(">iiiii")
    ELEMENT: np.dtype[Any]

    def elements(self, data: Buffer) -> Any:
        dimensions, nulls, *_ = self.HEADER.unpack_from(data)
        if dimensions != 1 or nulls:
            raise ValueError("expected one dimension and no nulls")
        return np.frombuffer(data, dtype=self.ELEMENT, offset=self.HEADER.size)["value"]


class _IntegersLoader(_ArrayLoader):
    """As an array of shape (n,)."""

    ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])

    def load(self, data: Buffer) -> Any:
        return self.elements(data).astype(np.int64)


class _UuidsLoader(_ArrayLoader):
    """As both halves of each, of shape (n, 2)."""

    ELEMENT = np.dtype([("length", ">i4"), ("value", ">u8", (2,))])

    def load(self, data: Buffer) -> Any:
        return self.elements(data).astype(np.uint64)
