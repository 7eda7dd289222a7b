"""The map's replica of the live table is the live table, at every moment and whatever is written."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from django.db import connection, transaction
from django.db.models import Count, Sum

from ingest.events import Event
from ingest.record import record
from ingest.sweep import sweep
from tests.exact import world
from tests.exact.world import SECOND, ZERO
from viewers.models import ViewerSession
from viewers.snapshot import live_rows
from viewers.snapshot.follower import Follower
from viewers.snapshot.replica import Change, Collision, Replica

PLACES = [None, (53.0, 18.6), (-18.1, 178.4), (53.0, 18.6)]


def event(draw: random.Random, at: int) -> Event:
    return Event(
        type=draw.choice(["view.start", "view.update", "view.update", "view.update", "view.stop"]),
        connection_id=f"v{draw.randrange(12)}",
        stream_key=f"s{draw.randrange(3)}",
        at=at,
        position=draw.choice(PLACES),
        out_bandwidth=draw.choice([None, 0, 100, 10**12]),
        bytes_out=draw.choice([None, 10, 10_000]),
        health_score=draw.choice([None, 0, 50, 100]),
    )


def of_the_table() -> Replica:
    _, replica = live_rows.whole(connection)
    return replica


def shown(follower: Follower, now: int) -> tuple[int, int, int]:
    """Viewers, bandwidth and health points of all that the follower would publish."""
    totals = [audience.total for audience in follower.snapshot(connection, now).audiences.values()]
    return sum(t.viewers for t in totals), sum(t.bandwidth for t in totals), sum(t.health for t in totals)


def counted() -> tuple[int, int, int]:
    rows = ViewerSession.objects.filter(counted=True)
    found = rows.aggregate(n=Count("pk"), bandwidth=Sum("bandwidth"), health=Sum("health"))
    return found["n"], int(found["bandwidth"] or 0), int(found["health"] or 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(6))
def test_it_follows_any_history(seed: int) -> None:
    draw = random.Random(seed)
    sources = [world.source(name="a"), world.source(name="b", counts_viewers=False)]
    follower = Follower()
    now = ZERO
    for _ in range(60):
        now += draw.choice([1, 20, 70]) * SECOND
        for _ in range(draw.randrange(3)):
            late = draw.choice([0, 0, 0, 30, 90]) * SECOND
            batch = [event(draw, now - late) for _ in range(draw.randrange(1, 10))]
            record(batch, draw.choice(sources), now)
        if draw.random() < 0.3:
            sweep(now, 0)
        assert shown(follower, now) == counted()
        assert follower._replica == of_the_table()


@contextmanager
def writing(writers: int) -> Iterator[list[Exception]]:
    """Threads that report the same viewers, until the block ends."""
    source = world.source(interval_s=20)
    failures: list[Exception] = []
    stopping = threading.Event()

    def write(seed: int) -> None:
        draw = random.Random(seed)
        now = ZERO
        try:
            while not stopping.is_set():
                now += draw.choice([1, 5, 61]) * SECOND
                record([event(draw, now) for _ in range(draw.randrange(1, 12))], source, now)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[seed]) for seed in range(writers)]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


@pytest.mark.django_db(transaction=True)
def test_it_never_differs_from_a_count_while_four_write() -> None:
    follower = Follower()
    with writing(4) as failures:
        for _ in range(60):
            with transaction.atomic():
                connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                assert shown(follower, ZERO) == counted()
                assert follower._replica == of_the_table()
    assert failures == []
    assert shown(follower, ZERO) == counted()


@pytest.mark.django_db(transaction=True)
def test_it_puts_right_what_somebody_else_wrote_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    source = world.source()
    record([Event("view.start", f"v{n}", "news", at=ZERO) for n in range(3)], source, ZERO)
    follower = Follower()
    assert shown(follower, ZERO)[0] == 3
    follower.correct(connection)
    record([Event("view.stop", "v0", "news", at=ZERO + 1)], source, ZERO + 1)
    assert shown(follower, ZERO)[0] == 2
    assert caplog.messages == []
    ViewerSession.objects.filter(connection_id="v1").delete()
    assert shown(follower, ZERO)[0] == 2
    follower.correct(connection)
    assert shown(follower, ZERO)[0] == 1
    assert ["changed by somebody else" in message for message in caplog.messages] == [True]


@pytest.mark.django_db(transaction=True)
def test_it_begins_anew_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    source = world.source()
    record([Event("view.start", "v0", "news", at=ZERO)], source, ZERO)
    follower = Follower()
    assert shown(follower, ZERO)[0] == 1
    record([Event("view.start", "v1", "news", at=ZERO)], source, ZERO)
    with monkeypatch.context() as patched:
        patched.setattr(Replica, "apply", lambda self, changes: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            follower.snapshot(connection, ZERO)
    # As a crash of the database leaves the feed.
    connection.cursor().execute("TRUNCATE viewers_livechange")
    assert shown(follower, ZERO)[0] == 2


@pytest.mark.django_db(transaction=True)
def test_it_reads_the_table_anew_where_the_feed_tells_no_profiles() -> None:
    source = world.source()
    record([Event("view.start", "v0", "news", at=ZERO)], source, ZERO)
    follower = Follower()
    assert shown(follower, ZERO)[0] == 1
    record([Event("view.start", "v1", "news", at=ZERO)], source, ZERO)
    # As a writer does that was started before the upgrade.
    connection.cursor().execute("UPDATE viewers_livechange SET profiles = NULL")
    with pytest.raises(ValueError, match="profiles"):
        follower.snapshot(connection, ZERO)
    assert shown(follower, ZERO)[0] == 2


def test_it_does_not_take_one_session_for_another() -> None:
    one = np.zeros(1, dtype=np.int64)
    replica = Replica([(1, "news")], ["\t\t\t"], np.array([[1, 1]], dtype=np.uint64), one, one, one, one)
    # An id whose halves are mixed into the same key.
    high = 1 ^ ((1 * int(replica._salt)) % 2**64) ^ ((2 * int(replica._salt)) % 2**64)
    other = np.array([[high, 2]], dtype=np.uint64)
    with pytest.raises(Collision):
        replica.apply([Change(other, 1, ["news"], ["\t\t\t"], one, one)])
    two = np.zeros(2, dtype=np.int64)
    both = np.concatenate([other, other])
    with pytest.raises(Collision):
        Replica([(1, "news")], ["\t\t\t"], both, two, two, two, two)
