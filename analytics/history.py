"""The one writer of view intervals: viewings that are over. Rows are added and removed, never changed."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import RawCursor

from accounts.models import Source
from analytics import partitions
from analytics.arithmetic import floor_week
from analytics.models import EndReason
from viewers.sessions import live_table, pgarrays, run_rows, statements
from viewers.sessions.heartbeats import Heartbeats
from viewers.sessions.pgarrays import raw_cursor
from viewers.sessions.runs import BareRun, Run, cuts

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

# Of one partition: named, since a condition that leaves the others out would let the planner go by ended_ms.
# It believes that nothing has ended since it last counted, and would read all that has for every connection.
_NEAR_OF = """
SELECT * FROM {partition} WHERE connection = batch.connection AND ended_ms + 0 >= batch.since
"""
_NEAR = f"""
SELECT past.id, past.connection, past.ended_ms, {", ".join(f"past.{name}" for name in run_rows.COLUMNS)}
FROM unnest($1::uuid[], $2::int8[]) AS batch (connection, since) CROSS JOIN LATERAL ({{parts}}) AS past
"""


@dataclass(frozen=True, slots=True)
class Viewing:
    """A row of history."""

    row: uuid.UUID
    ended: int
    run: Run


def stop(signs: Heartbeats, source: Source) -> list[BareRun]:
    """Move the live runs that these signs only extend, and end, into history."""
    if not signs.ids:
        return []
    partitions.ensure(min(signs.at), max(signs.at))
    with raw_cursor() as cursor, live_table.one_by_one(cursor):
        statement = _with_ids(cursor, statements.STOPPING + _KEPT)
        rows = cursor.execute(statement, live_table.heartbeats(signs, source)).fetchall()
        return [BareRun(*row) for row in rows]


def near(connections: dict[bytes, int]) -> list[Viewing]:
    """The past viewings of these connections that ended at or after each one's instant (ms)."""
    if not connections:
        return []
    since = list(connections.values())
    statement = near_statement(min(since))
    if statement is None:
        return []
    with raw_cursor() as cursor, live_table.one_by_one(cursor):
        values = [pgarrays.uuids(list(connections)), pgarrays.int8s(since)]
        # The plan hangs on how large the partition is by now.
        cursor.execute(statement, values, prepare=False)
        return [Viewing(row[0], row[2], run_rows.run_of(row[1].bytes, row[3:])) for row in cursor]


def near_statement(since_ms: int) -> str | None:
    """Over what ended at or after ``since_ms``; None: nothing can have."""
    names = partitions.since(since_ms)
    parts = " UNION ALL ".join(_NEAR_OF.format(partition=name) for name in names)
    return _NEAR.format(parts=parts) if parts else None


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
    by_week: dict[int, list[bytes]] = defaultdict(list)
    for viewing in viewings:
        by_week[floor_week(viewing.ended)].append(viewing.row.bytes)
    with raw_cursor() as cursor:
        for week, ids in by_week.items():
            # By the key alone, as above.
            name = partitions.name_of(week)
            cursor.execute(f"DELETE FROM {name} WHERE id = ANY($1::uuid[])", [pgarrays.uuids(ids)])


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
