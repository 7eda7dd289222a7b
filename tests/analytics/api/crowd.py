"""Many past viewings at once, without their ledger."""

from django.db import connection

from analytics import partitions
from tests.analytics.signs import HOUR, START

_CROWD = """
INSERT INTO analytics_viewinterval (id, connection, app_id, source_id, connection_id, stream_key, started_ms,
    last_ms, ended_ms, reason, country)
SELECT gen_random_uuid(), gen_random_uuid(), %s, 1, 'v' || n, 'live', %s + n, %s + n, %s + n * 10, 'stop',
    CASE n %% 3 WHEN 0 THEN 'PL' WHEN 1 THEN 'DE' ELSE '' END
FROM generate_series(1, %s) AS n
"""


def crowd(app_id: int, size: int) -> None:
    """Of the livestream ``live``: from START on, the n-th from n to 10 n ms after it."""
    partitions.ensure(START, START + HOUR)
    with connection.cursor() as cursor:
        cursor.execute(_CROWD, [app_id, START, START, START, size])
