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

MOST_POINTS = 180
RULE = (
    "Of the viewings that began during the broadcast, the share that lasts at least so many minutes, in "
    "whole seconds. Viewings that still go on, or were cut after seven days, count for as long as they are "
    "known to have lasted (Kaplan-Meier estimate)."
)

# A piece that was cut went on.
_LENGTHS = """
SELECT array_agg(seconds), array_agg(over), array_agg(going_on) FROM (
    SELECT seconds, count(*) FILTER (WHERE reason <> 'cut') AS over,
        count(*) FILTER (WHERE reason = 'cut') AS going_on
    FROM (
        SELECT (ended_ms - started_ms) / 1000 AS seconds, reason FROM analytics_viewinterval
        WHERE app_id = %(app)s AND stream_key = %(stream)s AND started_ms >= %(first)s
            AND started_ms < %(last)s AND ended_ms >= %(first)s AND ended_ms < %(farthest)s AND counted
        UNION ALL
        SELECT (%(now)s - started_ms) / 1000, 'cut' FROM viewers_viewersession
        WHERE app_id = %(app)s AND stream_key = %(stream)s AND started_ms >= %(first)s
            AND started_ms < %(last)s AND counted
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
