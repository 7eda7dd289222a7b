"""Deletes single viewings that are older than an app keeps them. Ledger, publishers and broadcasts stay."""

from django.db import connection

from accounts.models import App
from analytics import partitions, peaks
from analytics.arithmetic import DAY_MS, floor
from analytics.horizon import retention_ms
from analytics.replay import frames

# Late signs reach 24 hours back, from there the longest silence (7 days), and from there a run of 7 days.
LEAST_MS = 17 * DAY_MS

_MOVE = """
INSERT INTO analytics_purgehorizon AS horizon (app_id, horizon_ms)
SELECT * FROM unnest(%s::bigint[], %s::bigint[]) ORDER BY 1
ON CONFLICT (app_id) DO UPDATE SET horizon_ms = greatest(horizon.horizon_ms, EXCLUDED.horizon_ms)
RETURNING horizon.app_id, horizon.horizon_ms
"""
_DELETE = """
DELETE FROM analytics_viewinterval WHERE (id, ended_ms) IN (
    SELECT id, ended_ms FROM analytics_viewinterval
    WHERE app_id = %(app)s AND ended_ms < %(before)s ORDER BY ended_ms LIMIT %(limit)s
) AND ended_ms < %(before)s
"""


def purge(now_ms: int, chunk: int = 10_000) -> int:
    """Purge viewings that ended before each app's horizon; the number of rows deleted one by one.

    A horizon is a UTC midnight: from there on every bucket of the ledger can still be recomputed, and F is
    exact at every instant. It moves first, so that no reader counts on rows that are going. Weeks that nobody
    keeps any more go as whole partitions. Raises OperationalError when a long read is in their way.
    """
    # The peaks of purged minutes, and what is replayed of them, can only be put right before.
    while peaks.fill(now_ms):
        pass
    for app in App.objects.order_by("pk"):
        frames.correct(app.pk)
    horizons = _move_horizons(now_ms)
    if not horizons:
        return 0
    for app_id, before in horizons.items():
        frames.drop_before(app_id, before)
    partitions.drop_before(min(horizons.values()))
    return sum(_delete(app_id, before, chunk) for app_id, before in horizons.items())


def _move_horizons(now_ms: int) -> dict[int, int]:
    wanted = {
        app.pk: floor(now_ms - max(retention_ms(app), LEAST_MS), DAY_MS) for app in App.objects.order_by("pk")
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [list(wanted), list(wanted.values())])
        return dict(cursor.fetchall())


def _delete(app_id: int, before: int, chunk: int) -> int:
    deleted = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_DELETE, {"app": app_id, "before": before, "limit": chunk})
            gone = int(cursor.rowcount)
        deleted += gone
        if gone < chunk:
            return deleted
