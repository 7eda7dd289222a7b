"""Many who announce themselves at once, some of whom are known already."""

import threading

import pytest
from django.db import connection

from accounts.models import Source
from analytics.verify import verify
from ingest.events import Event
from ingest.record import record
from tests.exact import world
from tests.exact.world import SECOND, ZERO
from viewers.models import ViewerSession
from viewers.sessions import live_table
from viewers.sessions.newcomers import Newcomers

COUNT = 150


def starting(numbers: range, at: int = ZERO) -> list[Event]:
    return [Event("view.start", f"v{number}", "news", at=at) for number in numbers]


def assert_exact(source: Source, count: int) -> None:
    assert ViewerSession.objects.count() == count
    assert list(verify(source.app)) == []


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_sent_again_changes_nothing() -> None:
    source = world.source()
    for _ in range(3):
        record(starting(range(COUNT)), source, ZERO)
    assert_exact(source, COUNT)


@pytest.mark.django_db(transaction=True)
def test_one_who_is_known_holds_up_nobody() -> None:
    source = world.source()
    record(starting(range(1)), source, ZERO)
    later = ZERO + 5 * SECOND
    record(starting(range(COUNT), later), source, later)
    assert_exact(source, COUNT)
    known = ViewerSession.objects.get(connection_id="v0")
    assert (known.started_ms, known.last_ms) == (ZERO, later)


@pytest.mark.django_db(transaction=True)
def test_who_repeats_himself_is_not_believed_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_table, "DISBELIEF_S", 60)
    source = world.source()
    for _ in range(2):
        record(starting(range(COUNT)), source, ZERO)
    assert not live_table.believed(Newcomers(ids=[b"id"] * 2 * COUNT))
    record(starting(range(COUNT, 2 * COUNT)), source, ZERO)
    assert_exact(source, 2 * COUNT)


@pytest.mark.django_db(transaction=True)
def test_they_come_and_go_in_one_batch() -> None:
    source = world.source()
    at = ZERO + SECOND
    leaving = [Event("view.stop", f"v{number}", "news", at=at) for number in range(0, COUNT, 2)]
    record([*starting(range(COUNT)), *leaving], source, at)
    assert_exact(source, COUNT // 2)


@pytest.mark.django_db(transaction=True)
def test_writers_who_announce_the_same_ones_at_once_begin_each_once() -> None:
    source = world.source()
    failures: list[Exception] = []

    def write(first: int) -> None:
        try:
            for turn in range(6):
                numbers = range(first + 40 * turn, first + 40 * turn + COUNT)
                record(starting(numbers), Source.objects.get(pk=source.pk), ZERO)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[first]) for first in (0, 20, 40, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert_exact(source, 40 + 40 * 5 + COUNT)


@pytest.mark.django_db
@pytest.mark.parametrize("counts_viewers", [True, False])
def test_many_are_written_as_few_are(monkeypatch: pytest.MonkeyPatch, counts_viewers: bool) -> None:
    sources = [world.source(name=name, counts_viewers=counts_viewers) for name in ("many", "few")]
    at = ZERO + 20 * SECOND
    events = [
        Event("view.start", "bare", "news"),
        Event("view.start", "own clock", "news", at=at - SECOND, since=at - 15 * SECOND),
        Event("view.start", "located", "news", at=at, ip="2.125.160.216", position=(-33.92, 18.42)),
        Event("view.start", "address", "sport", at=at, ip="2001:db8::1", protocol="hls", player="hls.js"),
        Event("view.start", "agent", "sport", at=at, user_agent="VLC/3.0.18 LibVLC/3.0.18", bytes_out=7),
        Event("view.start", "figures", "sport", at=at, out_bandwidth=1_000, health_score=49),
        Event("view.start", "wrong clock", "news", at=at - 10**9),
        Event("view.start", "silent", "news", at=at - 10**7),
        Event("view.start", "twice", "news", at=at - SECOND),
        Event("view.start", "twice", "news", at=at),
    ]

    for source, many in zip(sources, (1, 1_000), strict=True):
        monkeypatch.setattr(live_table, "MANY", many)
        record(events, source, at)

    known = ("id", "app_id", "source_id")
    rows = [
        [
            {name: value for name, value in row.items() if name not in known}
            for row in ViewerSession.objects.filter(source=source).order_by("connection_id").values()
        ]
        for source in sources
    ]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 8
    assert {row["counted"] for row in rows[0]} == {counts_viewers}
    assert all(list(verify(source.app)) == [] for source in sources)
