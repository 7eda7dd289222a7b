"""The map as it was, against counting the viewings: `python -m benchmarks.replay --viewers 100000`.

Fills a database of its own with so many viewers at once over `--hours`, who come and go, and has the worker's
job count them. Then random moments are asked for in rounds: of the frames in SQL, with Python, through
Django's test client, and of the rows by plain SQL. Every frame has to equal the rows, cell by cell.
"""

import argparse
import statistics
import time
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.database import own_database

DATABASE = "turnout_bench_replay"
HOUR_MS = 3_600_000
LONGEST_MS = 4 * HOUR_MS
# Most leave after minutes, few after hours: this is what they stay in the mean.
MEAN_MS = LONGEST_MS // 5
BLOCK = 200_000

PAST = """
INSERT INTO analytics_viewinterval
    (id, connection, app_id, source_id, connection_id, stream_key, started_ms, ended_ms, last_ms, reason,
    place_code)
SELECT gen_random_uuid(), gen_random_uuid(), $1, 1, 'viewer', 's00', started_ms, ended_ms, ended_ms, 'stop',
    code
FROM unnest($2::int8[], $3::int8[], $4::int8[]) AS viewing (started_ms, ended_ms, code)
"""
LIVE = """
INSERT INTO viewers_viewersession
    (id, app_id, source_id, connection_id, stream_key, started_ms, last_ms, place_code)
SELECT gen_random_uuid(), $1, 1, 'viewer', 's00', started_ms, $3, code
FROM unnest($2::int8[], $4::int8[]) AS viewing (started_ms, code)
"""
SIZE = "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name"
TABLES = ["analytics_replaychange", "analytics_replaykeyframe"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--viewers", type=int, default=100_000, help="at once")
    options.add_argument("--places", type=int, default=100_000)
    options.add_argument("--hours", type=int, default=4)
    options.add_argument("--rounds", type=int, default=15)
    given = options.parse_args()
    with own_database(DATABASE):
        run(given, time.time_ns() // 1_000_000)


def run(given: argparse.Namespace, now: int) -> None:
    from analytics.models import ReplayRange
    from analytics.replay import frames

    app = filled(given, now)
    began = time.perf_counter()
    while frames.fill(now):
        pass
    took = time.perf_counter() - began
    steps = (given.hours + 4) * 12
    size = _one(SIZE, [TABLES])
    print(
        f"The job: {took / steps * 1000:,.0f} ms for each five minutes of history,"
        f" {size / steps * 288 / 1e6:,.1f} MB a day",
        flush=True,
    )
    known = ReplayRange.objects.get(app=app)
    measure(given, app, known.until_ms)


def filled(given: argparse.Namespace, now: int) -> Any:
    """The app, whose viewers begin at one rate, each at the place of a viewer of the scattered audience."""
    from accounts.models import Account, App
    from analytics.identity import livestream_id
    from analytics.models import Livestream
    from benchmarks import viewing_tables
    from benchmarks.scattered import audience
    from viewers.sessions.pgarrays import int8s, raw_cursor

    viewing_tables.without_unasked_indexes()
    app = App.objects.create(account=Account.objects.create(name="Bench"), name="Bench")
    Livestream.objects.create(id=livestream_id(app.pk, "s00"), app=app, stream_key="s00", created_ms=0)
    draw = np.random.default_rng(1)
    length = (given.hours + 4) * HOUR_MS
    count = given.viewers * length // MEAN_MS
    code = draw.choice(audience(given.viewers, given.places, 1, draw).code, count)
    started = now - draw.integers(0, length, count)
    ended = started + (LONGEST_MS * draw.random(count) ** 4).astype(np.int64)
    began = time.perf_counter()
    with raw_cursor() as cursor:
        _ensure_partitions(now - length, now)
        for first in range(0, count, BLOCK):
            block = slice(first, first + BLOCK)
            over = ended[block] < now
            columns = [started[block], ended[block], code[block]]
            past, live = ([column[kept] for column in columns] for kept in (over, ~over))
            cursor.execute(PAST, [app.pk, *map(int8s, past)])
            cursor.execute(LIVE, [app.pk, int8s(live[0]), now, int8s(live[2])])
    viewing_tables.sum_up([app], now)
    print(f"{count:,} viewings, {given.viewers:,} at once: {time.perf_counter() - began:.0f} s", flush=True)
    return app


def _ensure_partitions(first: int, last: int) -> None:
    from analytics import partitions

    partitions.ensure(first, last)


def measure(given: argparse.Namespace, app: Any, until: int) -> None:
    from django.db import connection
    from django.test import Client

    from accounts.models import ApiToken
    from analytics.replay import frames as written
    from analytics.replay import recount, replaying

    _, secret = ApiToken.issue(account=app.account, app=app, scopes=["read"], name=uuid.uuid4().hex)
    client = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {secret}"})
    draw = np.random.default_rng(2)
    times: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        answer = work()
        times.setdefault(name, []).append(time.perf_counter() - began)
        return answer

    def in_sql(at: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(replaying._FRAME, {"apps": [app.pk], "at": at})
            cursor.fetchall()

    for _ in range(given.rounds):
        at = until - int(draw.integers(0, given.hours * 12)) * recount.STEP_MS
        rows = timed("plain SQL over the rows", lambda at=at: recount.standing(app.pk, at))  # type: ignore[misc]
        timed("frame, SQL", lambda at=at: in_sql(at))  # type: ignore[misc]
        timed("frame, with Python", lambda at=at: replaying._read((app.pk,), at))  # type: ignore[misc]
        replaying.frames.__init__()  # type: ignore[misc]
        for name in ("through Django", "the same moment again, another box"):
            box = "" if name.startswith("through") else "&bbox=-20,30,40,60&zoom=4"
            url = f"/api/analytics/replay?at={at}{box}"
            answer = timed(name, lambda url=url: client.get(url))  # type: ignore[misc]
            if answer.status_code != 200:
                raise SystemExit(answer.content)
        found = written.before(app.pk, at)
        if not (np.array_equal(found.cells, rows.cells) and np.array_equal(found.viewers, rows.viewers)):
            raise SystemExit(f"the frame at {at} differs from the rows")
    print(
        f"{int(found.viewers.sum()):,} viewers in {len(found.cells):,} cells; every frame equalled the rows."
    )
    plain = statistics.median(times["plain SQL over the rows"])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(
            f"    {name:35} {median * 1000:8.1f} ms, at worst {max(taken) * 1000:8.1f};"
            f" the rows take {plain / median:.1f} times as long",
            flush=True,
        )


def _one(statement: str, values: list[Any]) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM analytics_replaychange, analytics_replaykeyframe")
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
