"""The session rule's traps, one by one."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from accounts.models import Source
from analytics import retention, totals
from analytics.models import PurgeHorizon
from analytics.verify import verify
from ingest.record import record
from ingest.sweep import sweep
from tests.exact import world
from tests.exact.model import Sign, sessions
from tests.exact.world import SECOND, ZERO
from viewers.models import ViewerSession

pytestmark = pytest.mark.django_db
DAY = 86_400 * SECOND
WEEK = 7 * DAY


def sign(at_s: float, *, since_s: float | None = None, stop: bool = False, connection: str = "v1") -> Sign:
    at = ZERO + round(at_s * SECOND)
    return Sign(connection, "s", at if since_s is None else ZERO + round(since_s * SECOND), at, stop)


def tell(source: Source, *signs: Sign, now_s: float = 0) -> None:
    record([world.event(s) for s in signs], source, ZERO + round(now_s * SECOND))


def seconds() -> list[tuple[float, float | None]]:
    return [
        ((p.start - ZERO) / SECOND, None if p.end is None else (p.end - ZERO) / SECOND)
        for p in world.viewings()
    ]


@pytest.fixture
def source() -> Source:
    return world.source(interval_s=20)


@pytest.mark.parametrize("order", list(permutations([0, 50, 100])))
def test_it_joins_signs_in_any_order(source: Source, order: tuple[int, ...]) -> None:
    for at in order:
        tell(source, sign(at), now_s=100)
    assert seconds() == [(0, None)]
    sweep(ZERO + 161 * SECOND, 0)
    assert seconds() == [(0, 100)]


@pytest.mark.parametrize("order", list(permutations([0, 50, 100])))
def test_it_joins_signs_of_one_batch_in_any_order(source: Source, order: tuple[int, ...]) -> None:
    tell(source, *(sign(at) for at in order), now_s=100)
    assert seconds() == [(0, None)]


def test_it_separates_signs_further_apart_than_the_silence(source: Source) -> None:
    tell(source, sign(0), now_s=0)
    tell(source, sign(60.001), now_s=61)
    assert seconds() == [(0, 0), (60.001, None)]


@pytest.mark.parametrize("first", [0, 1])
def test_it_ends_at_a_stop_in_the_millisecond_of_an_update(source: Source, first: int) -> None:
    signs = [sign(10), sign(10, stop=True)]
    tell(source, sign(0), now_s=10)
    tell(source, signs[first], now_s=10)
    tell(source, signs[1 - first], now_s=10)
    assert seconds() == [(0, 10)]


def test_it_takes_a_stop_back_when_a_later_sign_comes(source: Source) -> None:
    tell(source, sign(0), sign(10, stop=True), now_s=10)
    assert seconds() == [(0, 10)]
    tell(source, sign(30), now_s=30)
    assert seconds() == [(0, None)]


def test_it_begins_anew_long_after_a_stop(source: Source) -> None:
    tell(source, sign(0), sign(10, stop=True), now_s=10)
    tell(source, sign(80), now_s=80)
    assert seconds() == [(0, 10), (80, None)]


def test_it_knows_a_viewer_by_its_stop_alone(source: Source) -> None:
    tell(source, sign(10, stop=True), now_s=10)
    assert seconds() == [(10, 10)]


def test_it_ends_a_silent_viewer_at_its_last_sign(source: Source) -> None:
    tell(source, sign(0), sign(45), now_s=45)
    sweep(ZERO + 105 * SECOND, 0)
    assert seconds() == [(0, None)]
    sweep(ZERO + 106 * SECOND, 0)
    assert seconds() == [(0, 45)]


def test_it_waits_after_an_outage_before_it_sweeps(source: Source) -> None:
    tell(source, sign(0), now_s=0)
    sweep(ZERO + 600 * SECOND, ZERO + 550 * SECOND)
    assert seconds() == [(0, None)]


def test_a_poll_covers_an_outage_by_the_connect_time(source: Source) -> None:
    tell(source, sign(0), now_s=0)
    sweep(ZERO + 300 * SECOND, 0)
    tell(source, sign(600, since_s=0), now_s=600)
    assert seconds() == [(0, None)]


def test_a_late_sign_joins_three_runs(source: Source) -> None:
    for at in (0, 100, 200):
        tell(source, sign(at), now_s=200)
    assert seconds() == [(0, 0), (100, 100), (200, None)]
    tell(source, sign(150, since_s=50), now_s=210)
    assert seconds() == [(0, None)]


def test_an_old_sign_does_not_come_back_to_life(source: Source) -> None:
    tell(source, sign(-3600), now_s=0)
    assert seconds() == [(-3600, -3600)]


def test_it_uses_the_time_of_receipt_for_a_clock_that_is_off(source: Source) -> None:
    tell(source, sign(90_000), now_s=0)
    assert seconds() == [(0, None)]
    assert ViewerSession.objects.get().skewed


def test_it_cuts_a_run_into_weekly_pieces_that_abut(source: Source) -> None:
    tell(source, sign(0, since_s=-20 * 86_400), now_s=0)
    pieces = world.viewings()
    assert pieces[0].start == ZERO - 20 * 86_400 * SECOND
    assert [a.end for a in pieces[:-1]] == [b.start for b in pieces[1:]]
    assert all(p.end - p.start <= WEEK for p in pieces if p.end is not None)
    assert pieces[-1].end is None


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_it_cuts_at_the_same_instants_whatever_comes_first(source: Source, order: tuple[int, ...]) -> None:
    hours = [(-20, -480), (-10, -20), (0, -10)]
    for number in order:
        at, since = hours[number]
        tell(source, sign(at * 3600, since_s=since * 3600), now_s=0)
    in_parts = world.viewings()
    tell(source, sign(0, since_s=-480 * 3600), now_s=0)
    assert world.viewings() == in_parts
    assert len(in_parts) in (3, 4)


def test_it_forgets_the_address_when_the_viewer_has_left(source: Source) -> None:
    arriving = replace(world.event(sign(0)), ip="81.2.69.142", type="view.start")
    record([arriving], source, ZERO)
    assert ViewerSession.objects.get().ip == "81.2.69.142"
    tell(source, sign(1, stop=True), now_s=1)
    assert not ViewerSession.objects.exists()


def test_overlapping_publishers_of_whom_one_falls_silent_are_one_ingest(source: Source) -> None:
    def publish(*signs: Sign, now_s: float) -> None:
        record([world.event(s, "publish") for s in signs], source, ZERO + round(now_s * SECOND))

    publish(sign(0, connection="a"), sign(30, connection="b"), now_s=30)
    for at in (50, 90, 130, 170):
        publish(sign(at, connection="a"), now_s=at)
    sweep(ZERO + 175 * SECOND, 0)
    assert [(p.connection, p.end is None) for p in world.publishings()] == [("a", True), ("b", False)]
    publish(sign(180, connection="a", stop=True), now_s=180)
    assert world.broadcasts() == [("s", ZERO, ZERO + 180 * SECOND)]
    assert totals.between(source.app, None, None, ZERO + 200 * SECOND).ingest_ms == 180 * SECOND


def test_a_viewing_across_midnight_keeps_its_share_of_a_purged_day(source: Source) -> None:
    midnight = ZERO - ZERO % DAY + DAY
    before = round((midnight - ZERO) / SECOND) - 600
    for at in range(before, before + 1200, 50):
        tell(source, sign(at), now_s=at)
    tell(source, sign(before + 1200, stop=True), now_s=before + 1200)
    source.app.retention_days = 17
    source.app.save()
    later = midnight + 17 * DAY + 1
    began = ZERO + before * SECOND
    retention.purge(later)
    assert PurgeHorizon.objects.get().horizon_ms == midnight
    assert totals.between(source.app, midnight - DAY, midnight, later).viewer_ms == midnight - began
    assert (
        totals.between(source.app, midnight, midnight + DAY, later).viewer_ms
        == began + 1200 * SECOND - midnight
    )
    assert list(verify(source.app)) == []


def test_viewers_stand_in_for_a_publisher_nobody_reports(source: Source) -> None:
    Source.objects.update(sees_publishers=False)
    source.refresh_from_db()
    tell(source, sign(0), now_s=0)
    tell(source, sign(40, stop=True), now_s=40)
    assert world.publishings() == []
    assert world.broadcasts() == [("s", ZERO, None)]
    sweep(ZERO + 101 * SECOND, 0)
    assert world.broadcasts() == [("s", ZERO, ZERO + 40 * SECOND)]


def test_viewers_without_heartbeats_end_with_their_publisher() -> None:
    source = world.source(heartbeats=False)
    record([world.event(sign(0, connection="p"), "publish"), world.event(sign(5))], source, ZERO + 5 * SECOND)
    record([world.event(sign(300, connection="p", stop=True), "publish")], source, ZERO + 300 * SECOND)
    sweep(ZERO + 330 * SECOND, 0)
    assert seconds() == [(5, None)]
    sweep(ZERO + 361 * SECOND, 0)
    assert seconds() == [(5, 300)]


def test_viewers_who_end_with_their_publisher_are_cut_weekly() -> None:
    source = world.source(heartbeats=False)
    days = [0, 6, 12]
    watching = [sign(day * 86_400 + 5, connection=f"v{number}") for number in range(8) for day in days[:2]]
    for day in days:
        publishing = sign(day * 86_400, connection="p", stop=day == days[-1])
        signs = [each for each in watching if each.at == ZERO + day * DAY + 5 * SECOND]
        record(
            [world.event(publishing, "publish"), *map(world.event, signs)],
            source,
            ZERO + day * DAY + 5 * SECOND,
        )
    now = ZERO + 12 * DAY + 61 * SECOND
    sweep(now, 0)

    stops = [sign(12 * 86_400, connection=f"v{number}", stop=True) for number in range(8)]
    expected = sessions([*watching, *stops], source.silence_ms, now, world.keys(stops, source))
    assert set(world.viewings()) == expected
    assert len(expected) > 8
    assert list(verify(source.app)) == []
