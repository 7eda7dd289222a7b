"""What writing takes: `python -m benchmarks.writers --viewers 100000`.

One writer: heartbeats, joins and leaves through `record()`, against a bare COPY of the heartbeats' rows into
an empty logged table of the live table's columns without any index: what disk and server can take at most.
All are durable (fsync on), take batches of the same size and alternate; medians of their rates are compared.

Several writers: batches as they come in (98 of 100 events are heartbeats), and of joins and leaves alone, by
one process and by eight, which also share some viewers; the same without the ledger.

In the end nobody may be lost, and `verify_ledger` must find nothing.
"""

import argparse
import statistics
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.database import own_database


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--viewers", type=int, default=100_000)
    options.add_argument("--batch", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--writers", type=int, default=8)
    given = options.parse_args()
    name = "turnout_bench_writers"
    with own_database(name):
        source = make_source("one")
        one_writer(source, given.viewers, given.batch, given.rounds)
        several_writers(name, given.writers, given.viewers, given.batch, max(given.rounds // 4, 3))
        verify_all()


def make_source(name: str) -> Any:
    from accounts.models import Account, App, Source

    app = App.objects.create(account=Account.objects.create(name=name), name=name)
    return Source.objects.create(app=app, name="players", sees_publishers=True)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def one_writer(source: Any, viewers: int, batch: int, rounds: int) -> None:
    from django.db import connection

    from benchmarks.crowd import Crowd
    from ingest.record import record
    from viewers.models import ViewerSession

    crowd = Crowd("v")
    # Everybody reports every 15 s, in turn, by a clock of our own: joining may take longer than T, and who is
    # silent for that long is a new viewer.
    step = 15_000 * batch // viewers
    clock = [now_ms() - 15_000]
    while len(crowd.present) < viewers:
        clock[0] += step
        record(crowd.joins(batch, clock[0]), source, clock[0])
    connection.cursor().execute("VACUUM ANALYZE viewers_viewersession")
    connection.cursor().execute(
        "CREATE TABLE bare (LIKE viewers_viewersession INCLUDING DEFAULTS) WITH (fillfactor = 100)"
    )
    rates: dict[str, list[float]] = defaultdict(list)
    in_ledger: dict[str, list[float]] = defaultdict(list)

    def timed(what: str, make: Callable[[int, int], list[Any]]) -> list[Any]:
        clock[0] += step
        events = make(batch, clock[0])
        with ledger_time() as spent:
            began = time.perf_counter()
            record(events, source, clock[0])
            took = time.perf_counter() - began
        rates[what].append(len(events) / took)
        in_ledger[what].append(spent[0] / took)
        return events

    for _ in range(rounds):
        beats = timed("heartbeats", crowd.heartbeats)
        keys = [event.connection_id for event in beats]
        ids = ViewerSession.objects.filter(connection_id__in=keys).values_list("pk", flat=True)
        rates["COPY"].append(batch / copied(list(ids)))
        timed("joins", crowd.joins)
        timed("leaves", crowd.leaves)
    medians = {what: statistics.median(found) for what, found in rates.items()}
    print(f"One writer, {viewers:,} live, batches of {batch:,}, {rounds} rounds")
    print(f"  COPY          {medians['COPY']:10,.0f} rows/s")
    for what, against in (("heartbeats", "COPY"), ("joins", "heartbeats"), ("leaves", "heartbeats")):
        ratio, share = medians[what] / medians[against], statistics.median(in_ledger[what])
        print(f"  {what:12}  {medians[what]:10,.0f}/s  {ratio:.3f} of {against}, {share:.1%} in the ledger")
    changed = 2 / (1 / medians["joins"] + 1 / medians["leaves"])
    print(f"  joins and leaves {changed:7,.0f}/s  {changed / medians['heartbeats']:.3f} of heartbeats")
    print(f"  heap-only updates: {heap_only():.0%}")


def several_writers(name: str, writers: int, viewers: int, batch: int, rounds: int) -> None:
    from analytics.verify import rebuild
    from benchmarks.writer_process import Kind, Writers

    before = deadlocks()
    source, bare = make_source("several"), make_source("without a ledger")
    kinds: tuple[Kind, ...] = ("mixed", "joins and leaves")
    rates: dict[tuple[str, str], list[float]] = defaultdict(list)
    each = viewers // writers
    with (
        Writers(name, source.pk, writers, each, with_ledger=True) as pool,
        Writers(name, bare.pk, writers, each, with_ledger=False) as without,
    ):
        for _ in range(rounds):
            for kind in kinds:
                rates[kind, "one"].append(pool.rate(kind, 1, 2 * writers, batch))
                rates[kind, "all"].append(pool.rate(kind, writers, 2, batch))
                rates[kind, "without"].append(without.rate(kind, writers, 2, batch))
        expected, held = pool.present() + without.present(), live(source) + live(bare)
    # Its rows are as good as any, only their sums are missing.
    for _ in rebuild(bare.app):
        pass
    print(f"\n{writers} writers, each with {each:,} viewers and some of all, {rounds} rounds")
    for kind in kinds:
        one, every, unsummed = (statistics.median(rates[kind, who]) for who in ("one", "all", "without"))
        print(
            f"  {kind:16}  one {one:9,.0f}/s, {writers} {every:9,.0f}/s: {every / one:.2f} of one,"
            f" {every / unsummed:.2f} of the rate without a ledger"
        )
    print(f"  deadlocks: {deadlocks() - before}; live sessions: {held:,} of {expected:,}")
    if held != expected:
        raise SystemExit("sessions were lost")


@contextmanager
def ledger_time() -> Iterator[list[float]]:
    """Seconds that are spent in collecting and writing the ledger's deltas."""
    from analytics.ledger import Deltas

    spent = [0.0]

    def measured(method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return method(*args, **kwargs)
            finally:
                spent[0] += time.perf_counter() - began

        return timed

    plain = {name: getattr(Deltas, name) for name in ("add", "add_each", "write")}
    for name, method in plain.items():
        setattr(Deltas, name, measured(method))
    try:
        yield spent
    finally:
        for name, method in plain.items():
            setattr(Deltas, name, method)


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


def heap_only() -> float:
    """The share of updates of live rows that touched no index."""
    updated, hot = asked(
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'viewers_viewersession'"
    )
    return hot / max(updated, 1)


def deadlocks() -> int:
    return asked("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0]


def live(source: Any) -> int:
    return asked(f"SELECT count(*) FROM viewers_viewersession WHERE source_id = {source.pk}")[0]


def asked(statement: str) -> tuple[int, ...]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: tuple[int, ...] = cursor.fetchone()
    return found


def verify_all() -> None:
    from accounts.models import App
    from analytics.verify import verify

    for app in App.objects.all():
        if next(iter(verify(app)), None) is not None:
            raise SystemExit("the ledger differs from its rows")
    print("verify_ledger finds nothing")


if __name__ == "__main__":
    main()
