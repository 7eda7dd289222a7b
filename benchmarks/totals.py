"""A 30-day total from the ledger against the plain sum over its rows: `python -m benchmarks.totals`.

Fills a database of its own with viewings of 40 days, for one app `--intervals` of them, for one 100,000, has
`rebuild` make the ledger, and asks both ways in turn, over windows whose edges lie in the midst of a
minute. Medians of the time spent in SQL are compared, and the answers. About 1 kB of disk for each viewing.
"""

import argparse
import random
import shutil
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.database import own_database

SMALL = 100_000
STREAMS = 5
BYTES_EACH = 1500
SPARE_BYTES = 5 * 1024**3

# Evenly over 40 days, most of them minutes long and a few of them hours.
FILL = """
INSERT INTO analytics_viewinterval (id, connection, app_id, source_id, connection_id, stream_key,
    started_ms, ended_ms, last_ms, reason)
SELECT gen_random_uuid(), gen_random_uuid(), %(app)s, 1, 'v_' || n, 'stream-' || n %% %(streams)s,
    started, started + length, started + length, 'stop'
FROM (
    SELECT n, %(first)s + (random() * %(span)s)::bigint AS started,
        (14400000 * random() ^ 4)::bigint AS length
    FROM generate_series(1, %(count)s) AS n
) AS viewing
"""
PLAIN = """
SELECT sum(least(ended_ms, %(end)s) - greatest(started_ms, %(start)s)) FROM analytics_viewinterval
WHERE app_id = %(app)s AND counted AND started_ms < %(end)s AND ended_ms > %(start)s
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--intervals", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=15)
    given = options.parse_args()
    with own_database("turnout_bench_totals"):
        run(given.intervals, given.rounds)


def run(intervals: int, rounds: int) -> None:
    from analytics import totals
    from analytics.arithmetic import DAY_MS

    enough_room(intervals)
    now = time.time_ns() // 1_000_000
    large, small = (filled(name, count, now) for name, count in (("large", intervals), ("small", SMALL)))
    draw = random.Random(1)
    times: dict[str, list[float]] = {"plain": [], "large": [], "small": [], "large, with Python": []}
    for _ in range(rounds + 1):
        start = now - 35 * DAY_MS + draw.randrange(DAY_MS)
        end = start + 30 * DAY_MS
        plain, took = in_sql(lambda s=start, e=end: plain_sum(large.pk, s, e))  # type: ignore[misc]
        times["plain"].append(took)
        for name, app in (("large", large), ("small", small)):
            began = time.perf_counter()
            found, took = in_sql(lambda a=app, s=start, e=end: totals.between(a, s, e, now))  # type: ignore[misc]
            times[name].append(took)
            if app is large:
                times["large, with Python"].append(time.perf_counter() - began)
                if found.viewer_ms != plain:
                    raise SystemExit(f"the ledger says {found.viewer_ms}, the rows {plain}")
    # The first round warms the caches.
    medians = {name: statistics.median(took[1:]) for name, took in times.items()}
    for name, median in medians.items():
        print(f"{name:20} {median * 1000:10.2f} ms")
    print(f"{intervals:,} viewings: {medians['plain'] / medians['large']:.0f} times faster (at least 100)")
    print(f"against {SMALL:,}: {medians['large'] / medians['small']:.2f} times as long (at most 1.5)")


def enough_room(intervals: int) -> None:
    from django.conf import settings

    needed = (intervals + SMALL) * BYTES_EACH + SPARE_BYTES
    free = shutil.disk_usage(settings.VAR_DIR).free
    if free < needed:
        raise SystemExit(f"needs {needed >> 30} GB of disk, {free >> 30} GB are free")


def filled(name: str, count: int, now: int) -> Any:
    """An app with viewings and their ledger."""
    from django.db import connection

    from accounts.models import Account, App
    from analytics import partitions, peaks
    from analytics.arithmetic import DAY_MS
    from analytics.identity import livestream_id
    from analytics.models import Livestream
    from analytics.verify import rebuild

    began = time.perf_counter()
    app = App.objects.create(account=Account.objects.create(name=name), name=name)
    keys = [f"stream-{n}" for n in range(STREAMS)]
    Livestream.objects.bulk_create(
        Livestream(id=livestream_id(app.pk, key), app=app, stream_key=key, created_ms=0) for key in keys
    )
    first, span = now - 40 * DAY_MS, 39 * DAY_MS
    partitions.ensure(first, now + DAY_MS)
    with connection.cursor() as cursor:
        values = {"app": app.pk, "streams": STREAMS, "first": first, "span": span, "count": count}
        cursor.execute(FILL, values)
        cursor.execute("VACUUM (ANALYZE) analytics_viewinterval")
    rows = sum(1 for _ in rebuild(app))
    while peaks.fill(now):
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) analytics_ledger")
    print(f"{name}: {count:,} viewings, {rows:,} ledger rows, {time.perf_counter() - began:.0f} s")
    return app


def plain_sum(app_id: int, start: int, end: int) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(PLAIN, {"app": app_id, "start": start, "end": end})
        return int(cursor.fetchone()[0])


def in_sql(question: Callable[[], Any]) -> tuple[Any, float]:
    """The answer, and the seconds that its statements took."""
    from django.db import connection

    spent = 0.0

    def timed(execute: Callable[..., Any], *args: Any) -> Any:
        nonlocal spent
        began = time.perf_counter()
        try:
            return execute(*args)
        finally:
            spent += time.perf_counter() - began

    with connection.execute_wrapper(timed):
        answer = question()
    return answer, spent


if __name__ == "__main__":
    main()
