"""The one writer of the live table.

``touch`` locks the row of every connection of a batch, in the order of their ids, whether it takes the
batch's run or not. So whoever works on a connection afterwards in the same transaction has it alone, and two
writers never wait for each other in a circle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Source
from viewers.sessions import pgarrays, run_rows
from viewers.sessions.pgarrays import raw_cursor
from viewers.sessions.runs import CUT_PHASE_MS, WEEK_MS, Run

_INSERT = f"""
INSERT INTO viewers_viewersession AS live (app_id, source_id, id, ip, user_agent, {run_rows.NAMES})
SELECT $1, $2, id, ip::inet, user_agent, {run_rows.NAMES}
FROM unnest({run_rows.unnest(["uuid", "text", "text", *run_rows.COLUMNS.values()], 3)})
    AS batch (id, ip, user_agent, {run_rows.NAMES})
"""
_READ = f"id, host(ip), user_agent, {run_rows.NAMES}"
_SILENCE = f"${len(run_rows.COLUMNS) + 6}"

# A piece may not reach over the connection's next cut: see viewers.sessions.runs.cuts.
_CUT = f"get_byte(uuid_send(live.id), 0) * {CUT_PHASE_MS}::bigint"
_END = "GREATEST(EXCLUDED.last_ms, EXCLUDED.stop_ms)"
_NEWER_BANDWIDTH = """(live.bandwidth_ms IS NULL OR EXCLUDED.bandwidth_ms > live.bandwidth_ms
    OR (EXCLUDED.bandwidth_ms = live.bandwidth_ms AND EXCLUDED.bandwidth > live.bandwidth))"""
_NEWER_HEALTH = """(live.health_ms IS NULL OR EXCLUDED.health_ms > live.health_ms
    OR (EXCLUDED.health_ms = live.health_ms AND EXCLUDED.health > live.health))"""
# Between two signs that tell only how many bytes were sent, the bandwidth is their difference quotient.
_QUOTIENT = """EXCLUDED.bandwidth IS NULL AND EXCLUDED.bytes_out >= live.bytes_out
    AND EXCLUDED.last_ms > live.last_ms"""

_TOUCH = f"""
WITH touched AS (
{_INSERT}
ON CONFLICT (id) DO UPDATE SET
    last_ms = GREATEST(live.last_ms, EXCLUDED.last_ms),
    stop_ms = GREATEST(live.stop_ms, EXCLUDED.stop_ms),
    bytes_out = GREATEST(live.bytes_out, EXCLUDED.bytes_out),
    bandwidth = CASE
        WHEN {_QUOTIENT} THEN (EXCLUDED.bytes_out - live.bytes_out) * 1000 / (EXCLUDED.last_ms - live.last_ms)
        WHEN EXCLUDED.bandwidth IS NOT NULL AND {_NEWER_BANDWIDTH} THEN EXCLUDED.bandwidth
        ELSE live.bandwidth END,
    bandwidth_ms = CASE
        WHEN {_QUOTIENT} THEN EXCLUDED.last_ms
        WHEN EXCLUDED.bandwidth IS NOT NULL THEN GREATEST(live.bandwidth_ms, EXCLUDED.bandwidth_ms)
        ELSE live.bandwidth_ms END,
    health = CASE
        WHEN EXCLUDED.health IS NOT NULL AND {_NEWER_HEALTH} THEN EXCLUDED.health ELSE live.health END,
    health_ms = GREATEST(live.health_ms, EXCLUDED.health_ms),
    worst_health = LEAST(live.worst_health, EXCLUDED.worst_health),
    skewed = live.skewed OR EXCLUDED.skewed
WHERE EXCLUDED.started_ms >= live.started_ms
    AND EXCLUDED.started_ms <= GREATEST(live.last_ms, live.stop_ms) + {_SILENCE}
    AND ({_END} - 1 - {_CUT}) / {WEEK_MS} * {WEEK_MS} + {_CUT} <= live.started_ms
RETURNING live.id, xmax = 0 AS inserted, live.stop_ms >= live.last_ms AS over)
SELECT array_agg(id), array_agg(id) FILTER (WHERE inserted), array_agg(id) FILTER (WHERE over) FROM touched
"""


@dataclass(slots=True)
class Touched:
    """What became of a batch's runs, by id: ``taken`` extended a live run or began one (``inserted``);
    ``over`` are those of them that have stopped. A run that was not taken needs the careful way."""

    taken: set[bytes] = field(default_factory=set)
    inserted: set[bytes] = field(default_factory=set)
    over: set[bytes] = field(default_factory=set)


def touch(runs: Sequence[Run], source: Source) -> Touched:
    """Extend or begin live runs: at most one run a connection, sorted by id. Locks all their rows."""
    if not runs:
        return Touched()
    with raw_cursor() as cursor:
        cursor.execute(_TOUCH, [source.app_id, source.pk, *_arrays(runs), source.silence_ms])
        result = cursor.pgresult
        if result is None:
            raise RuntimeError("the statement gave no result")
        taken, inserted, over = (set(pgarrays.read_uuids(result.get_value(0, column))) for column in range(3))
    return Touched(taken, inserted, over)


def load(ids: Iterable[bytes]) -> dict[bytes, Run]:
    """The live runs of these connections."""
    with raw_cursor() as cursor:
        cursor.execute(
            f"SELECT {_READ} FROM viewers_viewersession WHERE id = ANY($1::uuid[])",
            [pgarrays.uuids(list(ids))],
        )
        return {run.id: run for run in map(_run, cursor)}


def take(ids: Iterable[bytes]) -> list[Run]:
    """Remove these connections from the living and return their runs."""
    with raw_cursor() as cursor:
        cursor.execute(
            f"DELETE FROM viewers_viewersession WHERE id = ANY($1::uuid[]) RETURNING {_READ}",
            [pgarrays.uuids(list(ids))],
        )
        return [_run(row) for row in cursor]


def put(runs: Sequence[Run], source: Source) -> None:
    """Write live rows as they are; the connections have none now."""
    if runs:
        with raw_cursor() as cursor:
            cursor.execute(_INSERT, [source.app_id, source.pk, *_arrays(runs)])


def locate(runs: Sequence[Run]) -> None:
    """Store the places of rows that were begun without one."""
    if not runs:
        return
    names = ", ".join(run_rows.PLACE_NAMES)
    types = ["uuid", *(run_rows.COLUMNS[name] for name in run_rows.PLACE_NAMES)]
    changes = ", ".join(f"{name} = batch.{name}" for name in run_rows.PLACE_NAMES)
    with raw_cursor() as cursor:
        cursor.execute(
            f"""UPDATE viewers_viewersession AS live SET {changes}
            FROM unnest({run_rows.unnest(types, 1)}) AS batch (id, {names}) WHERE live.id = batch.id""",
            [pgarrays.uuids([run.id for run in runs]), *run_rows.place_arrays([run.place for run in runs])],
        )


def take_silent(silences: dict[int, int], now: int, limit: int) -> list[tuple[int, int, Run]]:
    """Remove up to ``limit`` runs that nobody has heard of for longer than their source's T.

    ``silences`` maps source ids to T in ms. Returns (app id, source id, run). Rows that a writer holds are
    left to it and to the next sweep.
    """
    with raw_cursor() as cursor:
        cursor.execute(
            f"""DELETE FROM viewers_viewersession WHERE id = ANY(ARRAY(
                SELECT live.id FROM viewers_viewersession AS live
                JOIN unnest($1::int8[], $2::int8[]) AS sources (source_id, silence_ms) USING (source_id)
                WHERE GREATEST(live.last_ms, live.stop_ms) < $3 - sources.silence_ms
                LIMIT $4 FOR UPDATE OF live SKIP LOCKED))
            RETURNING app_id, source_id, {_READ}""",
            [pgarrays.int8s(list(silences)), pgarrays.int8s(list(silences.values())), now, limit],
        )
        return [(row[0], row[1], _run(row[2:])) for row in cursor]


def take_watching(source_id: int, stream_key: str, app_id: int, limit: int) -> list[Run]:
    """Remove up to ``limit`` runs of one source that watch one stream."""
    with raw_cursor() as cursor:
        cursor.execute(
            f"""DELETE FROM viewers_viewersession WHERE id = ANY(ARRAY(
                SELECT id FROM viewers_viewersession WHERE app_id = $1 AND stream_key = $2 AND source_id = $3
                LIMIT $4 FOR UPDATE SKIP LOCKED))
            RETURNING {_READ}""",
            [app_id, stream_key, source_id, limit],
        )
        return [_run(row) for row in cursor]


def _run(row: Sequence[Any]) -> Run:
    run = run_rows.run_of(row[0].bytes, row[3:])
    run.ip, run.user_agent = row[1], row[2]
    return run


def _arrays(runs: Sequence[Run]) -> list[pgarrays.PgArray]:
    return [
        pgarrays.uuids([run.id for run in runs]),
        pgarrays.texts([run.ip for run in runs]),
        pgarrays.texts([run.user_agent for run in runs]),
        *run_rows.arrays(runs),
    ]
