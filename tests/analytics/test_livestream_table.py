"""The table of livestreams, against counting every viewing and broadcast."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import concurrency, peaks, totals
from analytics.arithmetic import DAY_MS, HOUR_MS, Interval
from analytics.livestream_table import Row, livestreams
from analytics.models import PurgeHorizon
from tests.analytics import brute
from tests.analytics.brute import NOW, TIME_ZERO
from tests.analytics.test_totals import moderate, world_of
from tests.analytics.writer import World

pytestmark = pytest.mark.django_db


def table(world: World, start: int | None, end: int | None, now: int = NOW) -> dict[str, Row]:
    _, rows = livestreams(world.app, start, end, now)
    return {row.stream_key: row for row in rows}


@moderate
@given(
    before=brute.intervals(),
    after=brute.intervals(4),
    b=brute.intervals(),
    runs=brute.intervals(4),
    windows=st.lists(brute.windows(), min_size=1, max_size=3),
    fill_at=st.sampled_from([0, TIME_ZERO + DAY_MS + 5 * HOUR_MS, NOW, NOW + DAY_MS]),
)
def test_it_measures_every_livestream(
    before: list[Interval],
    after: list[Interval],
    b: list[Interval],
    runs: list[Interval],
    windows: list[tuple[int, int]],
    fill_at: int,
) -> None:
    with world_of(a=before) as world:
        peaks.fill(fill_at)
        world.view_all("a", after)
        world.view_all("b", b)
        for run in runs:
            world.publish("b", *run)
        for run in brute.broadcasts(runs):
            world.broadcast("b", *run)
        for start, end in windows:
            found = table(world, start, end)
            for key, viewings, published in (("a", [*before, *after], []), ("b", b, runs)):
                expected = brute_row(viewings, published, start, end)
                row = found.get(key)
                assert expected == (
                    (0, 0, 0, 0, 0)
                    if row is None
                    else (row.sessions, row.ingest_ms, row.viewer_ms, row.viewings, row.peak)
                )


def brute_row(
    viewings: list[Interval], runs: list[Interval], start: int, end: int
) -> tuple[int, int, int, int, int]:
    overlapping = [each for each in viewings if brute.overlaps(each, start, end)]
    sessions = sum(brute.overlaps(each, start, end) for each in brute.broadcasts(runs))
    ingest, watched = brute.published(runs, start, end), brute.watched(viewings, start, end)
    peak = brute.peak(viewings, start, end)[0] if start < end and (overlapping or sessions or ingest) else 0
    return sessions, ingest, watched, len(overlapping), peak


@moderate
@given(a=brute.intervals(), b=brute.intervals(), runs=brute.intervals(4), end=brute.instants())
def test_it_says_the_same_as_the_totals(
    a: list[Interval], b: list[Interval], runs: list[Interval], end: int
) -> None:
    with world_of(a=a, b=b) as world:
        for run in runs:
            world.publish("a", *run)
        for row in table(world, None, end).values():
            livestream = world.streams[row.stream_key]
            whole = totals.between(world.app, None, end, NOW, livestream)
            peak = concurrency.peak(world.app, None, end, NOW, livestream)
            assert (row.viewer_ms, row.ingest_ms) == (whole.viewer_ms, whole.ingest_ms)
            assert row.peak == peak.viewers


def test_it_leaves_out_who_left_as_the_window_began() -> None:
    with world_of(a=[(TIME_ZERO, TIME_ZERO + 5), (TIME_ZERO, TIME_ZERO + 6)]) as world:
        assert table(world, TIME_ZERO + 5, NOW)["a"].viewings == 1


def test_it_leaves_out_livestreams_without_anything() -> None:
    with world_of(a=[(TIME_ZERO, TIME_ZERO + 5)]) as world:
        assert table(world, TIME_ZERO, NOW).keys() == {"a"}
        assert table(world, TIME_ZERO + 5, NOW).keys() == set()
        assert table(world, NOW, NOW).keys() == set()


def test_it_knows_who_is_on_the_air_now_and_who_began_last() -> None:
    with world_of() as world:
        world.broadcast("a", TIME_ZERO, TIME_ZERO + 5)
        world.broadcast("a", TIME_ZERO + HOUR_MS, None)
        world.broadcast("b", TIME_ZERO, TIME_ZERO + 5)
        found = table(world, TIME_ZERO, TIME_ZERO + 1)
        later = table(world, None, None)
    assert (found["a"].live, found["b"].live) == (True, False)
    assert (found["a"].sessions, later["a"].sessions) == (1, 2)
    assert later["a"].last_started_ms == TIME_ZERO + HOUR_MS


def test_it_keeps_other_apps_out() -> None:
    with world_of(a=[(TIME_ZERO, None)]):
        assert table(World(), TIME_ZERO, NOW) == {}


def test_it_answers_by_whole_minutes_in_purged_time() -> None:
    with world_of(a=[(TIME_ZERO + 61_000, TIME_ZERO + 200_000)]) as world:
        world.forget()
        PurgeHorizon.objects.create(app=world.app, horizon_ms=TIME_ZERO + DAY_MS)
        asked, [row] = livestreams(world.app, TIME_ZERO + 90_000, TIME_ZERO + 130_000, NOW)
    assert (asked.start, asked.end) == (TIME_ZERO + 60_000, TIME_ZERO + 120_000)
    assert (row.viewer_ms, row.viewings, row.peak) == (59_000, 1, 1)
