"""What the admin's pages are measured with: many viewers, and every kind of rare one that makes a list slow.

One account has most of the audience, `north` has five apps of 0.4 % each, a hundred small apps share the
rest. Streams are Zipf-like. Among them:

- stream `opening`: a twentieth of the live viewers, all of whom came first
- stream `finale`: on air once, half a year ago
- connections `old_…`: one week of history, long ago
- country AQ: one viewer, live and half a year ago; country ZZ: nobody
- address 203.0.113.7: one in fifty live viewers
"""

import time
from typing import Any

from django.db import connection, transaction

WEEKS = 52
WEEK_MS = 604_800_000
HOUR_MS = 3_600_000
LIVE_SPAN_MS, PAST_SPAN_MS = 2 * HOUR_MS, WEEKS * WEEK_MS
SMALL_APPS = 100
NORTH_APPS = 5
STREAMS = {"large": 5000, "north": 200, "small": 20}
COUNTRIES = "{DE,US,FR,GB,BR,IN,JP,PL,ES,IT,NL,CA,MX,AR,TR,SE,AT,CH,CZ,PT}"
OLD_WEEK, RARE_WEEK = 10, 26

# A viewer's app, stream and the rest, drawn alike for the living and for history.
DRAWN = """
    SELECT n, apps[least(1 + greatest(0, floor((share - 0.7) / 0.3 * (array_length(apps, 1) - 1))::int
        + (share >= 0.7)::int), array_length(apps, 1))] AS app_id,
        share < 0.7 AS large, r1, r2, r3
    FROM (SELECT n, random() AS share, random() AS r1, random() AS r2, random() AS r3,
        %(apps)s::bigint[] AS apps FROM generate_series(1, %(count)s::bigint) AS n) AS draws
"""
COMMON = f"""
    app_id, app_id,
    'stream-' || floor((CASE WHEN large THEN {STREAMS["large"]} ELSE {STREAMS["small"]} END) ^ r1)::int,
    (ARRAY['hls','hls','hls','webrtc','rtmp'])[1 + floor(r2 * 5)::int], 'hls.js',
    (r2 * 1e6)::bigint, (r3 * 100)::int, (r2 * 90)::int,
    r1 * 120 - 60, r3 * 340 - 170, 20,
    ('{COUNTRIES}'::text[])[1 + floor(20 * r3 * r3)::int], 'Region', 'City ' || (r1 * 1000)::int,
    (r1 * 4e15)::bigint
"""
COLUMNS = """app_id, source_id, stream_key, protocol, player, bandwidth, health, worst_health,
    latitude, longitude, accuracy_km, country, region, city, place_code"""
LIVE = f"""
INSERT INTO viewers_viewersession (id, ip, user_agent, connection_id, started_ms, last_ms, {COLUMNS})
SELECT gen_random_uuid(),
    CASE WHEN r3 < 0.02 THEN '203.0.113.7'::inet ELSE '81.0.0.0'::inet + (r3 * 16777215)::bigint END,
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36',
    'v_' || lpad(to_hex((random() * 281474976710655)::bigint), 12, '0'),
    %(now)s - {LIVE_SPAN_MS} + {LIVE_SPAN_MS} * n / %(count)s, %(now)s, {COMMON}
FROM ({DRAWN}) AS viewer
"""
PAST = f"""
INSERT INTO analytics_viewinterval
    (id, connection, connection_id, started_ms, ended_ms, last_ms, reason, {COLUMNS})
SELECT gen_random_uuid(), gen_random_uuid(),
    %(prefix)s || lpad(to_hex((random() * 281474976710655)::bigint), 12, '0'),
    ended - (14400000 * r1 ^ 4)::bigint, ended, ended,
    (ARRAY['stop','stop','silent'])[1 + (r2 * 2)::int], {COMMON}
FROM (
    SELECT *, %(first)s + (%(last)s - %(first)s) * n / (%(count)s + 1) AS ended FROM ({DRAWN}) AS viewer
) AS viewing
"""


def fill(live: int, past: int, now: int) -> None:
    apps = _owners()
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(LIVE, {"apps": apps, "count": live, "now": now})
        cursor.execute(
            "UPDATE viewers_viewersession SET stream_key = 'opening' WHERE started_ms < %s AND app_id = %s",
            [now - LIVE_SPAN_MS + LIVE_SPAN_MS // 14, apps[0]],
        )
        cursor.execute(
            "UPDATE viewers_viewersession SET country = 'AQ' WHERE id ="
            " (SELECT id FROM viewers_viewersession ORDER BY started_ms OFFSET 1000 LIMIT 1)"
        )
        cursor.execute("VACUUM ANALYZE viewers_viewersession")
    print(f"{live:,} live in {time.perf_counter() - began:.0f} s", flush=True)
    began = time.perf_counter()
    for week in range(WEEKS):
        _fill_week(week, past // WEEKS, apps, now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE analytics_viewinterval")
        cursor.execute("CHECKPOINT")
    print(f"{past:,} past in {time.perf_counter() - began:.0f} s", flush=True)


def _owners() -> list[int]:
    """The apps' ids: the large one, north's, and the small ones, with their livestreams."""
    from accounts.models import Account, App, Source
    from analytics.identity import livestream_id
    from analytics.models import Livestream

    apps: list[int] = []
    for account, count in (("large", 1), ("north", NORTH_APPS), ("small", SMALL_APPS)):
        owner = Account.objects.create(public_id=account, name=account)
        for number in range(count):
            app = App.objects.create(account=owner, name=f"{account}-{number}")
            Source.objects.create(pk=app.pk, app=app, name="players", sees_publishers=True)
            keys = [f"stream-{key}" for key in range(1, STREAMS[account] + 1)]
            keys += ["opening", "finale"] if account == "large" else []
            Livestream.objects.bulk_create(
                Livestream(id=livestream_id(app.pk, key), app=app, stream_key=key, created_ms=0)
                for key in keys
            )
            apps.append(app.pk)
    return apps


def _fill_week(week: int, count: int, apps: list[int], now: int) -> None:
    """The `week`th of the history, as a table of its own whose indexes are made after its rows.

    With wal_level = minimal a table made in the same transaction is not logged: it is half of the time.
    """
    from analytics import partitions
    from analytics.arithmetic import floor_week

    first = floor_week(now) - (WEEKS - 1 - week) * WEEK_MS
    last = min(first + WEEK_MS, now)
    table = partitions.name_of(first)
    values: dict[str, Any] = {"apps": apps, "count": count, "first": first, "last": last}
    values["prefix"] = "old_" if week == OLD_WEEK else "v_"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (LIKE analytics_viewinterval INCLUDING DEFAULTS)")
        cursor.execute(PAST.replace("analytics_viewinterval", table), values)
        if week == RARE_WEEK:
            cursor.execute(
                f"UPDATE {table} SET country = 'AQ' WHERE ended_ms = (SELECT max(ended_ms) FROM {table})"
            )
            cursor.execute(
                f"UPDATE {table} SET stream_key = 'finale', app_id = %s WHERE ended_ms < %s",
                [apps[0], first + HOUR_MS],
            )
        cursor.execute(
            f"ALTER TABLE analytics_viewinterval ATTACH PARTITION {table}"
            f" FOR VALUES FROM ({first}) TO ({first + WEEK_MS})"
        )
