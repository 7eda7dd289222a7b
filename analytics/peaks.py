"""The one writer of the ledger's peaks: the highest running count of each bucket, relative to its start.

Every change of a bucket empties its peak, and its hour's and day's. Filling is restartable, and safe beside
writers: a row takes a peak only while it is the very row version that the peak was computed beside
(``xmin``). Comparing the sums would not do: two viewings that move within a minute can leave them equal.
"""

from itertools import groupby

from django.db import connection

from analytics import raw
from analytics.arithmetic import DAY_MS, HOUR_MS, MINUTE_MS, floor
from analytics.models import LedgerLevel
from analytics.replay.marks import MARKED

# Younger minutes are read from the rows: they would only have to be filled again.
SETTLED_MS = 10 * MINUTE_MS

_UNFILLED = """
SELECT DISTINCT app_id, bucket_ms FROM (
    SELECT app_id, bucket_ms FROM analytics_ledger
    WHERE level = 1 AND peak IS NULL AND bucket_ms < %s ORDER BY bucket_ms LIMIT %s
) AS oldest ORDER BY app_id, bucket_ms
"""

_FILL_MINUTES = (
    "WITH minute AS MATERIALIZED ("
    + raw.PEAKS
    + """),
filled AS (
    SELECT entry.owner, entry.bucket_ms, entry.xmin::text AS version, coalesce(minute.peak, 0) AS peak
    FROM analytics_ledger AS entry
        LEFT JOIN minute ON minute.owner = entry.owner AND minute.bucket_ms = entry.bucket_ms
    WHERE entry.app_id = %(app)s AND entry.kind = 1 AND entry.level = 1 AND entry.peak IS NULL
        AND entry.bucket_ms >= %(first)s AND entry.bucket_ms < %(last)s
),
stored AS (
    UPDATE analytics_ledger AS entry SET peak = filled.peak FROM filled
    WHERE entry.app_id = %(app)s AND entry.kind = 1 AND entry.level = 1
        AND entry.owner = filled.owner AND entry.bucket_ms = filled.bucket_ms
        AND entry.xmin::text = filled.version
    RETURNING entry.owner, entry.bucket_ms
),"""
    + MARKED
    + "SELECT count(*) FROM stored"
)

# From the level below: the count before each part, plus the part's own peak. The bucket's beginning counts
# too, unless a part begins with it. A bucket with an unfilled part waits.
_FILL_WHOLE = """
WITH parent AS MATERIALIZED (
    SELECT app_id, owner, bucket_ms, xmin::text AS version FROM analytics_ledger
    WHERE kind = 1 AND level = %(level)s AND peak IS NULL AND bucket_ms < %(before)s
    ORDER BY bucket_ms LIMIT %(limit)s
),
part AS (
    SELECT parent.*, child.bucket_ms AS part_ms, child.peak, child.starts - child.ends AS net,
        sum(child.starts - child.ends) OVER (
            PARTITION BY parent.app_id, parent.owner, parent.bucket_ms ORDER BY child.bucket_ms) AS running
    FROM parent CROSS JOIN LATERAL (
        SELECT bucket_ms, peak, starts, ends FROM analytics_ledger AS entry
        WHERE entry.app_id = parent.app_id AND entry.owner = parent.owner AND entry.kind = 1
            AND entry.level = %(level)s - 1
            AND entry.bucket_ms >= parent.bucket_ms AND entry.bucket_ms < parent.bucket_ms + %(size)s
    ) AS child
),
filled AS (
    SELECT app_id, owner, bucket_ms, version, greatest(
        max(running - net + peak), CASE WHEN min(part_ms) > bucket_ms THEN 0 END) AS peak
    FROM part GROUP BY app_id, owner, bucket_ms, version HAVING bool_and(peak IS NOT NULL)
)
UPDATE analytics_ledger AS entry SET peak = filled.peak FROM filled
WHERE entry.app_id = filled.app_id AND entry.owner = filled.owner
    AND entry.kind = 1 AND entry.level = %(level)s AND entry.bucket_ms = filled.bucket_ms
    AND entry.xmin::text = filled.version
"""


def fill(now_ms: int, limit: int = 10_000) -> int:
    """Fill the oldest empty peaks, of about ``limit`` rows on each level; the number filled.

    One call at a time: the worker's lead sees to it (two would only do the same work twice).
    """
    before = now_ms - SETTLED_MS
    filled = sum(fill_minutes(*span) for span in _spans(before, limit))
    for level, size in ((LedgerLevel.HOUR, HOUR_MS), (LedgerLevel.DAY, DAY_MS)):
        filled += _fill_whole(level, size, before - size, limit)
    return filled


def _spans(before: int, limit: int) -> list[tuple[int, int, int]]:
    """(app, first, last): spans of at most an hour that hold empty minutes, so that no statement is long."""
    with connection.cursor() as cursor:
        cursor.execute(_UNFILLED, [before - MINUTE_MS, limit])
        rows = cursor.fetchall()
    spans = []
    for (app_id, _), hour in groupby(rows, key=lambda row: (row[0], floor(row[1], HOUR_MS))):
        minutes = [bucket for _, bucket in hour]
        spans.append((app_id, minutes[0], minutes[-1] + MINUTE_MS))
    return spans


def fill_minutes(app_id: int, first: int, last: int) -> int:
    """Fill the empty peaks of minutes in [first, last), and mark for the replay what may have changed."""
    with connection.cursor() as cursor:
        cursor.execute(_FILL_MINUTES, raw.parameters(app_id, first, last))
        return int(cursor.fetchone()[0])


def _fill_whole(level: LedgerLevel, size: int, before: int, limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FILL_WHOLE, {"level": int(level), "size": size, "before": before, "limit": limit})
        return int(cursor.rowcount)
