"""The table of livestreams, all of them in a few statements: `python -m benchmarks.livestream_table`.

Fills a database of its own with `--livestreams`, each on the air on one day in `--every` of the last hundred
and watched there by `--viewers`. Asks for the tables of windows of several lengths, whose edges lie within a
minute, and compares some rows of every round with the totals and the peak of that livestream alone.
"""

import argparse
import random
import statistics
import time
from typing import Any

from benchmarks.database import own_database

DATABASE = "turnout_bench_table"
DAY_MS = 86_400_000
DAYS = 100
WINDOWS = {"1 hour": DAY_MS // 24, "24 hours": DAY_MS, "7 days": 7 * DAY_MS, "90 days": 90 * DAY_MS}

# Where each livestream is on the air: for two hours, at another time of each day.
_ON_AIR = """
CREATE TEMPORARY TABLE on_air AS
SELECT livestream.id AS livestream, stream_key, day + hashint8(number + day) %% 40000000 + 40000000 AS began
FROM (SELECT *, row_number() OVER (ORDER BY id) AS number FROM analytics_livestream) AS livestream,
    generate_series(%(first)s::bigint, %(last)s::bigint, 86400000) AS day
WHERE abs(hashint8(number * 31 + day)) %% %(every)s = 0
"""
_BROADCASTS = """
INSERT INTO analytics_livestreamsession (id, app_id, livestream_id, started_ms, ended_ms)
SELECT gen_random_uuid(), %(app)s, livestream, began, began + 7200000 FROM on_air
"""
_PUBLISHERS = """
INSERT INTO analytics_ingestinterval (id, connection, app_id, source_id, livestream_id, connection_id,
    stream_key, started_ms, last_ms, ended_ms)
SELECT gen_random_uuid(), livestream, %(app)s, 1, livestream, 'encoder', stream_key, began, began + 7200000,
    began + 7200000 FROM on_air
"""
_VIEWINGS = """
INSERT INTO analytics_viewinterval (id, connection, app_id, source_id, connection_id, stream_key, started_ms,
    last_ms, ended_ms, reason)
SELECT gen_random_uuid(), livestream, %(app)s, 1, 'viewer', stream_key, began + late, began + late + length,
    began + late + length, 'stop'
FROM on_air, generate_series(1, %(viewers)s) AS viewer,
    LATERAL (SELECT abs(hashint8(began + viewer)) %% 3600000 AS late,
        1000 + abs(hashint8(began * 7 + viewer)) %% 3600000 AS length) AS random
"""
_LEDGER = """
INSERT INTO analytics_ledger (app_id, owner, kind, level, bucket_ms, starts, ends, area, peak)
SELECT %(app)s, livestream.id, %(kind)s, level, at - at %% size, sum(starts), sum(1 - starts),
    sum((2 * starts - 1) * (size - at %% size)), CASE WHEN %(kind)s = 2 THEN 0 END
FROM (SELECT stream_key, started_ms AS at, 1 AS starts FROM {rows}
      UNION ALL SELECT stream_key, ended_ms, 0 FROM {rows}) AS event
    JOIN analytics_livestream AS livestream USING (stream_key),
    (VALUES (1, 60000::bigint), (2, 3600000), (3, 86400000)) AS bucket (level, size)
GROUP BY livestream.id, level, at - at %% size
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--livestreams", type=int, default=5_000)
    options.add_argument("--viewers", type=int, default=10, help="of each broadcast")
    options.add_argument("--every", type=int, default=3, help="on the air on one of so many days")
    options.add_argument("--rounds", type=int, default=15)
    with own_database(DATABASE):
        run(options.parse_args())


def run(given: argparse.Namespace) -> None:
    now = time.time_ns() // 1_000_000
    app = filled(given, now)
    draw = random.Random(1)
    for name, length in WINDOWS.items():
        taken = [asked(app, now, length, draw) for _ in range(given.rounds + 1)][1:]
        print(
            f"{name}: {statistics.median(taken) * 1000:.0f} ms (median of {given.rounds}), "
            f"{max(taken) * 1000:.0f} ms at most",
            flush=True,
        )


def asked(app: Any, now: int, length: int, draw: random.Random) -> float:
    """Seconds that a table took. Raises SystemExit where it says something else than the totals."""
    from analytics import concurrency, totals
    from analytics.livestream_table import livestreams
    from analytics.models import Livestream

    end = now - draw.randrange(DAY_MS)
    start = end - length
    began = time.perf_counter()
    _, rows = livestreams(app, start, end, now)
    took = time.perf_counter() - began
    for row in draw.sample(rows, min(3, len(rows))):
        livestream = Livestream.objects.get(pk=row.livestream)
        whole = totals.between(app, start, end, now, livestream)
        peak = concurrency.peak(app, start, end, now, livestream)
        if (row.viewer_ms, row.ingest_ms, row.peak) != (whole.viewer_ms, whole.ingest_ms, peak.viewers):
            raise SystemExit(f"{start} to {end}: {row} differs from {whole}, {peak}")
    return took


def filled(given: argparse.Namespace, now: int) -> Any:
    from django.db import connection

    from accounts.models import Account, App
    from analytics import partitions, peaks
    from analytics.identity import livestream_id
    from analytics.models import Livestream

    began = time.perf_counter()
    app = App.objects.create(account=Account.objects.create(name="Account"), name="App")
    keys = [f"s{number:05}" for number in range(given.livestreams)]
    Livestream.objects.bulk_create(
        Livestream(id=livestream_id(app.pk, key), app=app, stream_key=key, created_ms=0) for key in keys
    )
    today = now - now % DAY_MS
    first, last = today - DAYS * DAY_MS, today - DAY_MS
    partitions.ensure(first, now)
    values = {"app": app.pk, "first": first, "last": last, "viewers": given.viewers, "every": given.every}
    with connection.cursor() as cursor:
        for statement in (_ON_AIR, _BROADCASTS, _PUBLISHERS, _VIEWINGS):
            cursor.execute(statement, values)
        for kind, rows in enumerate(("analytics_viewinterval", "analytics_ingestinterval"), 1):
            cursor.execute(_LEDGER.format(rows=rows), {"app": app.pk, "kind": kind})
        cursor.execute("ANALYZE")
    while peaks.fill(now, limit=1_000_000):
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("SELECT count(*), count(*) FILTER (WHERE level = 3) FROM analytics_ledger")
        rows, days = cursor.fetchone()
    took = time.perf_counter() - began
    print(
        f"{given.livestreams:,} livestreams: {rows:,} ledger rows, {days:,} of days, {took:.0f} s", flush=True
    )
    return app


if __name__ == "__main__":
    main()
