"""What the rows themselves say about viewers by cell. All instants are ms, a count at an instant is the one
just before it, as in the ledger's curves: #{start < t} − #{end < t}.

The bounds stand in the statements as constants, for the planner: see ``analytics.raw``.
"""

import numpy as np

from analytics import raw
from analytics.arithmetic import MINUTE_MS, WEEK_MS
from analytics.replay.cells import CELL_BITS, NOBODY, NOWHERE, Counts

STEP_MS = 5 * MINUTE_MS

_CELL = f"coalesce(place_code >> {CELL_BITS}, {NOWHERE})"
# Numpy splits the columns up again; the order of a subquery is that of its aggregates.
_CHANGES = f"""
SELECT array_agg(bucket_ms), array_agg(cell), array_agg(net) FROM (
    SELECT at - at %% {STEP_MS} AS bucket_ms, cell, sum(change)::bigint AS net FROM (
        SELECT {_CELL} AS cell, started_ms AS at, 1 AS change FROM analytics_viewinterval
        WHERE app_id = %(app)s AND started_ms >= %(first)s AND started_ms < %(last)s
            AND ended_ms >= %(first)s AND ended_ms < %(farthest)s AND counted
        UNION ALL
        SELECT {_CELL}, ended_ms, -1 FROM analytics_viewinterval
        WHERE app_id = %(app)s AND ended_ms >= %(first)s AND ended_ms < %(last)s AND counted
        UNION ALL
        SELECT {_CELL}, started_ms, 1 FROM viewers_viewersession
        WHERE app_id = %(app)s AND started_ms >= %(first)s AND started_ms < %(last)s AND counted
    ) AS event GROUP BY 1, 2 HAVING sum(change) <> 0 ORDER BY 1, 2
) AS changed
"""
_STANDING = f"""
SELECT array_agg(cell), array_agg(viewers) FROM (
    SELECT cell, count(*) AS viewers FROM (
        SELECT {_CELL} AS cell FROM analytics_viewinterval
        WHERE app_id = %(app)s AND ended_ms >= %(at)s AND ended_ms < %(farthest)s AND started_ms < %(at)s
            AND counted
        UNION ALL
        SELECT {_CELL} FROM viewers_viewersession
        WHERE app_id = %(app)s AND started_ms < %(at)s AND counted
    ) AS viewer GROUP BY 1 ORDER BY 1
) AS counted
"""


def changes(app_id: int, first: int, last: int) -> dict[int, Counts]:
    """What begins less what ends in each bucket of [first, last) in which anything changes."""
    values = {"app": app_id, "first": first, "last": last, "farthest": last + WEEK_MS}
    bucket, cell, net = raw.integers(_CHANGES, values)
    starts = np.flatnonzero(np.diff(bucket, prepend=-1))
    parts = zip(np.split(cell, starts[1:]), np.split(net, starts[1:]), strict=True)
    return {int(bucket[start]): Counts(*part) for start, part in zip(starts, parts, strict=False)}


def standing(app_id: int, at: int) -> Counts:
    """Who was there, of all rows. Costs the more the longer ago that is."""
    cell, viewers = raw.integers(_STANDING, {"app": app_id, "at": at, "farthest": at + WEEK_MS})
    return Counts(cell, viewers) if len(cell) else NOBODY
