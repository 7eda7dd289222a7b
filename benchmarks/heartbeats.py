"""Heartbeats through `record()` against a bare COPY of the same rows: `python -m benchmarks.heartbeats`.

Both are durable (fsync on), take batches of the same size, and alternate; the medians of their rates are
compared. COPY goes into an empty logged table of the live table's columns without any index: what the
disk and the server can take at most.
"""

import argparse
import random
import statistics
import time
import uuid

from benchmarks.database import own_database


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--viewers", type=int, default=100_000)
    options.add_argument("--batch", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=20)
    given = options.parse_args()
    with own_database("turnout_bench_heartbeats"):
        run(given.viewers, given.batch, given.rounds)


def run(viewers: int, batch: int, rounds: int) -> None:
    from django.db import connection

    from accounts.models import Account, App, Source
    from ingest.events import Event
    from ingest.record import record
    from viewers.models import ViewerSession

    account = Account.objects.create(name="Bench")
    source = Source.objects.create(app=App.objects.create(account=account, name="Bench"), name="players")
    source.sees_publishers = True
    source.save()
    draw = random.Random(1)
    now = time.time_ns() // 1_000_000
    events = [
        Event(
            type="view.start",
            connection_id=f"v_{number:016x}",
            stream_key=f"stream-{int(draw.paretovariate(1.1)) % 5000}",
            position=(draw.uniform(-60, 70), draw.uniform(-180, 180)),
            user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
            player="hls.js",
            protocol="hls",
        )
        for number in range(viewers)
    ]
    began = time.perf_counter()
    draw.shuffle(events)
    for first in range(0, viewers, batch):
        record(events[first : first + batch], source, now)
    print(f"joins: {viewers / (time.perf_counter() - began):,.0f}/s")
    connection.cursor().execute("VACUUM ANALYZE viewers_viewersession")
    connection.cursor().execute(
        "CREATE TABLE bare (LIKE viewers_viewersession INCLUDING DEFAULTS) WITH (fillfactor = 100)"
    )
    ours: list[float] = []
    bare: list[float] = []
    for number in range(rounds):
        # Everybody reports every 15 s, in turn: who were silent for longer than T would be new viewers.
        now += 15_000 * batch // viewers
        first = number * batch % viewers
        chosen = events[first : first + batch]
        beats = [
            event._replace(
                type="view.update",
                out_bandwidth=draw.randrange(10**6),
                health_score=draw.randrange(101),
                at=now,
            )
            for event in chosen
        ]
        began = time.perf_counter()
        record(beats, source, now)
        ours.append(batch / (time.perf_counter() - began))
        keys = [event.connection_id for event in chosen]
        ids = ViewerSession.objects.filter(connection_id__in=keys).values_list("pk", flat=True)
        bare.append(batch / copied(list(ids)))
        print(f"round {number + 1}: record {ours[-1]:,.0f}/s, COPY {bare[-1]:,.0f}/s")
    ratio = statistics.median(ours) / statistics.median(bare)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'viewers_viewersession'"
        )
        updated, hot = cursor.fetchone()
    print(f"heap-only updates: {hot / max(updated, 1):.0%}")
    print(
        f"record() {statistics.median(ours):,.0f} heartbeats/s, COPY {statistics.median(bare):,.0f} rows/s:"
        f" {ratio:.3f} of COPY at {viewers:,} live"
    )


def copied(ids: list[uuid.UUID]) -> float:
    """Seconds that a COPY of these live rows into an empty table takes, with its commit."""
    import psycopg
    from django.db import connection

    connection.cursor().execute("TRUNCATE bare")
    raw: psycopg.Cursor[tuple[object, ...]] = psycopg.Cursor(connection.connection)
    rows = "SELECT * FROM viewers_viewersession WHERE id = ANY(%s)"
    with raw.copy(f"COPY ({rows}) TO STDOUT", [ids]) as reading:
        data = b"".join(bytes(chunk) for chunk in reading)
    began = time.perf_counter()
    with raw.copy("COPY bare FROM STDIN") as writing:
        writing.write(data)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
