"""How a change of the past becomes known here: with the peak of its minute.

Every change of the ledger empties the peak of its minute, and the worker fills it again. The statement that
does marks the minute's bucket too, so neither can be without the other: see ``analytics.peaks``.
"""

from analytics.replay.recount import STEP_MS

# Of a statement that has the minutes whose peaks it filled as ``stored (owner, bucket_ms)``. A bucket that is
# not counted yet is marked as well: it may be about to be.
MARKED = f"""
marked AS (
    INSERT INTO analytics_replaychange AS change (app_id, bucket_ms, cells, stale)
    SELECT DISTINCT %(app)s::int, bucket_ms - bucket_ms %% {STEP_MS}, ''::bytea, true FROM stored
    WHERE owner = '00000000-0000-0000-0000-000000000000'
    ORDER BY 2
    ON CONFLICT (app_id, bucket_ms) DO UPDATE SET stale = true
)
"""
