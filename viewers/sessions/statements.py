"""The statements that write live rows: how a sign changes a session is said here, once."""

from viewers.sessions import change_feed, run_rows
from viewers.sessions.runs import CUT_PHASE_MS, WEEK_MS

HEARTBEAT_TYPES = ["uuid", "int8", "int8", "int8", "int8", "int8"]
LOCATED_TYPES = ["uuid", *(run_rows.COLUMNS[name] for name in run_rows.PLACE_NAMES)]

_ROWS = f"""
INSERT INTO viewers_viewersession AS live (app_id, source_id, id, ip, user_agent, {run_rows.NAMES})
SELECT $1, $2, id, ip::inet, user_agent, {run_rows.NAMES}
FROM unnest({run_rows.unnest(["uuid", "text", "text", *run_rows.COLUMNS.values()], 3)})
    AS batch (id, ip, user_agent, {run_rows.NAMES})
"""


def phase(id: str) -> str:
    """Where a connection's weekly grid lies: see `viewers.sessions.runs.cuts`."""
    return f"get_byte(uuid_send({id}), 0) * {CUT_PHASE_MS}::bigint"


def _changes(sign: str) -> dict[str, str]:
    """The columns that a sign changes. Every figure is an extreme, or the newest's: no order matters."""
    newer_bandwidth = f"""(live.bandwidth_ms IS NULL OR {sign}.bandwidth_ms > live.bandwidth_ms
        OR ({sign}.bandwidth_ms = live.bandwidth_ms AND {sign}.bandwidth > live.bandwidth))"""
    newer_health = f"""(live.health_ms IS NULL OR {sign}.health_ms > live.health_ms
        OR ({sign}.health_ms = live.health_ms AND {sign}.health > live.health))"""
    # Between two signs that tell only how many bytes were sent, the bandwidth is their difference quotient.
    by_bytes = f"""{sign}.bandwidth IS NULL AND {sign}.bytes_out >= live.bytes_out
        AND {sign}.last_ms > live.last_ms"""
    quotient = f"({sign}.bytes_out - live.bytes_out) * 1000 / ({sign}.last_ms - live.last_ms)"
    return {
        "last_ms": f"GREATEST(live.last_ms, {sign}.last_ms)",
        "stop_ms": f"GREATEST(live.stop_ms, {sign}.stop_ms)",
        "bytes_out": f"GREATEST(live.bytes_out, {sign}.bytes_out)",
        "bandwidth": f"""CASE WHEN {by_bytes} THEN {quotient}
            WHEN {sign}.bandwidth IS NOT NULL AND {newer_bandwidth} THEN {sign}.bandwidth
            ELSE live.bandwidth END""",
        "bandwidth_ms": f"""CASE WHEN {by_bytes} THEN {sign}.last_ms
            WHEN {sign}.bandwidth IS NOT NULL THEN GREATEST(live.bandwidth_ms, {sign}.bandwidth_ms)
            ELSE live.bandwidth_ms END""",
        "health": f"""CASE WHEN {sign}.health IS NOT NULL AND {newer_health} THEN {sign}.health
            ELSE live.health END""",
        "health_ms": f"GREATEST(live.health_ms, {sign}.health_ms)",
        "worst_health": f"LEAST(live.worst_health, {sign}.worst_health)",
        "skewed": f"live.skewed OR {sign}.skewed",
    }


def _set(sign: str) -> str:
    return ", ".join(f"{column} = {value}" for column, value in _changes(sign).items())


def _extends(sign: str, silence: str) -> str:
    """Whether a sign only extends the live run: not before it, not after T, not over its next weekly cut."""
    cut = phase("live.id")
    end = f"GREATEST({sign}.last_ms, {sign}.stop_ms)"
    return f"""{sign}.started_ms >= live.started_ms
    AND {sign}.started_ms <= GREATEST(live.last_ms, live.stop_ms) + {silence}
    AND ({end} - 1 - {cut}) / {WEEK_MS} * {WEEK_MS} + {cut} <= live.started_ms"""


# Of connections that have no row: as much as a sixth faster than what is ready for one.
INSERT = f"""
WITH added AS ({_ROWS} RETURNING {change_feed.BEGAN})
{change_feed.began("added", "$1")}
"""

TOUCH = f"""
WITH touched AS (
    {_ROWS}
    ON CONFLICT (id) DO UPDATE SET {_set("EXCLUDED")}
    WHERE {_extends("EXCLUDED", f"${len(run_rows.COLUMNS) + 6}")}
    RETURNING {change_feed.BEGAN}, xmax = 0 AS inserted, live.stop_ms >= live.last_ms AS over
), told AS ({change_feed.began("touched", "$1")})
SELECT array_agg(id), array_agg(id) FILTER (WHERE inserted), array_agg(id) FILTER (WHERE over) FROM touched
"""


def _heartbeats(last: str, stop: str) -> str:
    """Heartbeats as signs; their figures are of the instant itself."""
    return f"""(
        SELECT id, started_ms, {last} AS last_ms, {stop} AS stop_ms, bytes_out,
            bandwidth, CASE WHEN bandwidth IS NOT NULL THEN at_ms END AS bandwidth_ms,
            health, CASE WHEN health IS NOT NULL THEN at_ms END AS health_ms, health AS worst_health,
            false AS skewed
        FROM unnest({run_rows.unnest(HEARTBEAT_TYPES, 1)})
            AS batch (id, started_ms, at_ms, bytes_out, bandwidth, health)
    ) AS sign"""


_OF_HEARTBEATS = f"live.id = sign.id AND {_extends('sign', f'${len(HEARTBEAT_TYPES) + 1}')}"

EXTEND = f"""
WITH extended AS (
    UPDATE viewers_viewersession AS live SET {_set("sign")}
    FROM {_heartbeats("at_ms", "NULL::bigint")} WHERE {_OF_HEARTBEATS}
    RETURNING {change_feed.REPORTED}
), told AS ({change_feed.reported("extended")})
SELECT array_agg(id) FROM extended
"""

_STOPPED = _changes("sign")
# For others to go on with, as `taken`: the rows whose viewers say that they have left, and what that changes.
STOPPING = f"""
WITH taken AS (
    DELETE FROM viewers_viewersession AS live
    USING {_heartbeats("started_ms", "at_ms")}
    WHERE {_OF_HEARTBEATS} AND {_STOPPED["stop_ms"]} >= {_STOPPED["last_ms"]}
    RETURNING live.app_id, live.source_id, live.id,
        {", ".join(f"{_STOPPED.get(name, f'live.{name}')} AS {name}" for name in run_rows.COLUMNS)}
), told AS ({change_feed.left("taken")})
"""
ONE_BY_ONE = """
SELECT set_config('enable_hashjoin', $1, true), set_config('enable_mergejoin', $1, true),
    set_config('enable_seqscan', $1, true)
"""

LOCATE = f"""
WITH located AS (
    UPDATE viewers_viewersession AS live
    SET {", ".join(f"{name} = batch.{name}" for name in run_rows.PLACE_NAMES)}
    FROM unnest({run_rows.unnest(LOCATED_TYPES, 1)}) AS batch (id, {", ".join(run_rows.PLACE_NAMES)})
    WHERE live.id = batch.id RETURNING live.app_id, {change_feed.BEGAN}
)
{change_feed.began("located", "min(app_id)")}
"""


def taking(which: str) -> str:
    """Removes the rows of a subquery of ids. Answers with app, source, id, address, user agent and run."""
    return f"""
    WITH taken AS (
        DELETE FROM viewers_viewersession WHERE id = ANY({which})
        RETURNING app_id, source_id, id, ip, user_agent, {run_rows.NAMES}
    ), told AS ({change_feed.left("taken")})
    SELECT app_id, source_id, id, host(ip), user_agent, {run_rows.NAMES} FROM taken
    """


TAKE = taking("$1::uuid[]")

TAKE_SILENT = taking(
    """ARRAY(
    SELECT live.id FROM viewers_viewersession AS live
    JOIN unnest($1::int8[], $2::int8[]) AS sources (source_id, silence_ms) USING (source_id)
    WHERE GREATEST(live.last_ms, live.stop_ms) < $3 - sources.silence_ms
    LIMIT $4 FOR UPDATE OF live SKIP LOCKED)"""
)

TAKE_WATCHING = taking(
    """ARRAY(
    SELECT id FROM viewers_viewersession WHERE app_id = $1 AND stream_key = $2 AND source_id = $3
    LIMIT $4 FOR UPDATE SKIP LOCKED)"""
)
