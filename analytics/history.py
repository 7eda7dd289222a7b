"""The one writer of view intervals: viewings that are over. Rows are added and removed, never changed."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg import RawCursor

from accounts.models import Source
from analytics import partitions
from analytics.models import EndReason
from viewers.sessions import live_table, pgarrays, run_rows, statements
from viewers.sessions.heartbeats import Heartbeats
from viewers.sessions.pgarrays import raw_cursor
from viewers.sessions.runs import Run, cuts

# Ids that grow with time come to lie side by side in the index, in pages that are in memory: PostgreSQL 18's.
GROWING_IDS = 180_000
_ID, _RANDOM_ID = "uuidv7()", "gen_random_uuid()"

_INSERT = f"""
INSERT INTO analytics_viewinterval (app_id, id, source_id, connection, ended_ms, reason, {run_rows.NAMES})
SELECT $1, {_ID}, source_id, connection, ended_ms, reason, {run_rows.NAMES}
FROM unnest({run_rows.unnest(["int8", "uuid", "int8", "text", *run_rows.COLUMNS.values()], 2)})
    AS batch (source_id, connection, ended_ms, reason, {run_rows.NAMES})
"""

# A live run that is over moves within the database: nothing but what the totals need comes here.
_KEPT = f"""
, kept AS (
    INSERT INTO analytics_viewinterval (app_id, id, source_id, connection, ended_ms, reason, {run_rows.NAMES})
    SELECT app_id, {_ID}, source_id, id, GREATEST(last_ms, stop_ms),
        '{EndReason.STOP}', {run_rows.NAMES}
    FROM taken
    RETURNING connection, stream_key, started_ms, ended_ms, counted)
SELECT uuid_send(connection), stream_key, started_ms, ended_ms, counted FROM kept
"""

# The earliest of all stands by itself, so that the planner leaves out the partitions that ended before.
_NEAR = f"""
SELECT past.id, past.connection, past.ended_ms, {", ".join(f"past.{name}" for name in run_rows.COLUMNS)}
FROM unnest($1::uuid[], $2::int8[]) AS batch (connection, since)
CROSS JOIN LATERAL (
    SELECT * FROM analytics_viewinterval
    WHERE connection = batch.connection AND ended_ms >= batch.since AND ended_ms >= $3
    OFFSET 0) AS past
"""


@dataclass(frozen=True, slots=True)
class Viewing:
    """A row of history."""

    row: uuid.UUID
    ended: int
    run: Run


class Ended(NamedTuple):
    """A viewing that has just become history."""

    id: bytes
    stream_key: str
    started: int
    end: int
    counted: bool


def stop(signs: Heartbeats, source: Source) -> list[Ended]:
    """Move the live runs that these signs only extend, and end, into history."""
    if not signs.ids:
        return []
    partitions.ensure(min(signs.at), max(signs.at))
    with raw_cursor() as cursor, live_table.one_by_one(cursor):
        statement = _with_ids(cursor, statements.STOPPING + _KEPT)
        rows = cursor.execute(statement, live_table.heartbeats(signs, source)).fetchall()
        return [Ended(*row) for row in rows]


def near(connections: dict[bytes, int]) -> list[Viewing]:
    """The past viewings of these connections that ended at or after each one's instant (ms)."""
    if not connections:
        return []
    since = list(connections.values())
    with raw_cursor() as cursor:
        values = [pgarrays.uuids(list(connections)), pgarrays.int8s(since), min(since)]
        # A plan that is kept cannot leave partitions out.
        cursor.execute(_NEAR, values, prepare=False)
        return [Viewing(row[0], row[2], run_rows.run_of(row[1].bytes, row[3:])) for row in cursor]


def add(app_id: int, runs: Sequence[tuple[int, Run]]) -> None:
    """Store runs that are over, each with its source's id."""
    if not runs:
        return
    ends = [run.end for _, run in runs]
    partitions.ensure(min(ends), max(ends))
    with raw_cursor() as cursor:
        cursor.execute(
            _with_ids(cursor, _INSERT),
            [
                app_id,
                pgarrays.int8s([source_id for source_id, _ in runs]),
                pgarrays.uuids([run.id for _, run in runs]),
                pgarrays.int8s(ends),
                pgarrays.texts([reason(run) for _, run in runs]),
                *run_rows.arrays([run for _, run in runs]),
            ],
        )


def remove(viewings: Iterable[Viewing]) -> None:
    gone = list(viewings)
    if not gone:
        return
    with raw_cursor() as cursor:
        cursor.execute(
            """DELETE FROM analytics_viewinterval AS past
            USING unnest($1::uuid[], $2::int8[]) AS batch (id, ended_ms)
            WHERE past.id = batch.id AND past.ended_ms = batch.ended_ms
                AND past.ended_ms BETWEEN $3 AND $4""",
            [
                pgarrays.uuids([viewing.row.bytes for viewing in gone]),
                pgarrays.int8s([viewing.ended for viewing in gone]),
                min(viewing.ended for viewing in gone),
                max(viewing.ended for viewing in gone),
            ],
            prepare=False,
        )


def _with_ids(cursor: RawCursor[Any], statement: str) -> str:
    """The statement as this server can run it."""
    grows = cursor.connection.info.server_version >= GROWING_IDS
    return statement if grows else statement.replace(_ID, _RANDOM_ID)


def reason(run: Run) -> EndReason:
    """Why a run that is over has ended."""
    if run.over:
        return EndReason.STOP
    # The millisecond after decides: a piece that ends on its connection's weekly grid was cut there.
    return EndReason.CUT if cuts(run.id, run.started, run.end + 1)[-1:] == [run.end] else EndReason.SILENT
