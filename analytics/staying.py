"""How long a broadcast's viewers stay: the share of viewings that last at least so many minutes.

From the rows, counted in the database: of each length in whole seconds how many viewings there are.
"""

from dataclasses import dataclass

import numpy as np

from analytics import raw
from analytics.arithmetic import MINUTE_MS, WEEK_MS
from analytics.broadcasts import end_of
from analytics.models import LivestreamSession
from analytics.patience import patience
from analytics.snapshot import snapshot
from analytics.survival import shares
from viewers.sessions.statements import phase

MOST_POINTS = 180
RULE = (
    "Of the viewings that began during the broadcast, the share that lasts at least so many minutes, in "
    "whole seconds. Viewings that still go on, or that a weekly cut ended after the broadcast, count for as "
    "long as they are known to have lasted (Kaplan-Meier estimate)."
)

_AT_CUT = f"(started_ms - {phase('{id}')}) %% {WEEK_MS} = 0"

# Pieces at a weekly cut are put together again. One that begins at its connection's cut may be the rest
# of a viewing that began before the broadcast: then the piece before it ended there.
_LENGTHS = f"""
WITH piece AS NOT MATERIALIZED (
    SELECT connection, started_ms, ended_ms, reason = 'cut' AS going_on,
        reason = 'cut' OR {_AT_CUT.format(id="connection")} AS touching
    FROM analytics_viewinterval
    WHERE app_id = %(app)s AND stream_key = %(stream)s AND started_ms >= %(first)s
        AND started_ms < %(last)s AND ended_ms >= %(first)s AND ended_ms < %(farthest)s AND counted
    UNION ALL
    SELECT id, started_ms, %(now)s, true, {_AT_CUT.format(id="id")} FROM viewers_viewersession
    WHERE app_id = %(app)s AND stream_key = %(stream)s AND started_ms >= %(first)s
        AND started_ms < %(last)s AND counted
), neighbour AS (
    SELECT *, started_ms IS DISTINCT FROM
        lag(ended_ms) OVER (PARTITION BY connection ORDER BY started_ms, ended_ms) AS begins
    FROM piece WHERE touching
), part AS (
    SELECT *, count(*) FILTER (WHERE begins)
        OVER (PARTITION BY connection ORDER BY started_ms, ended_ms) AS chain
    FROM neighbour
), whole AS (
    SELECT connection, min(started_ms) AS started_ms, max(ended_ms) AS ended_ms,
        (array_agg(going_on ORDER BY started_ms DESC, ended_ms DESC))[1] AS going_on
    FROM part GROUP BY connection, chain
)
SELECT array_agg(seconds), array_agg(over), array_agg(going_on) FROM (
    SELECT (ended_ms - started_ms) / 1000 AS seconds, count(*) FILTER (WHERE NOT going_on) AS over,
        count(*) FILTER (WHERE going_on) AS going_on
    FROM (
        SELECT started_ms, ended_ms, going_on FROM piece WHERE NOT touching
        UNION ALL
        SELECT started_ms, ended_ms, going_on FROM whole WHERE NOT EXISTS (
            SELECT FROM analytics_viewinterval AS before
            WHERE before.connection = whole.connection AND before.ended_ms = whole.started_ms
                AND before.ended_ms >= %(first)s AND before.ended_ms < %(last)s
                AND before.started_ms < before.ended_ms AND before.reason = 'cut' AND before.counted
        )
    ) AS viewing GROUP BY seconds
) AS length
"""


@dataclass(frozen=True, slots=True)
class Retention:
    viewings: int
    points: list[tuple[int, float]]
    """(minutes, share), as far as anybody was followed; at most ``MOST_POINTS`` and the one at 0."""


def retention(session: LivestreamSession, now_ms: int) -> Retention:
    """Raises TookTooLong."""
    end = end_of(session, now_ms)
    values = {
        "app": session.app_id,
        "stream": session.livestream.stream_key,
        "first": session.started_ms,
        "last": end,
        "farthest": end + WEEK_MS,
        "now": now_ms,
    }
    with snapshot(), patience():
        length, over, going_on = raw.integers(_LENGTHS, values)
    minutes = max(end - session.started_ms, 0) // MINUTE_MS
    step = max(1, -(-minutes // MOST_POINTS))
    at = np.arange(0, minutes + 1, step) if len(length) else length
    known = zip(at.tolist(), shares(length, over, going_on, at * 60), strict=True)
    return Retention(
        int((over + going_on).sum()), [(minute, share) for minute, share in known if share is not None]
    )
