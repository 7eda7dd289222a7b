"""How many watched at once, against counting at every instant."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics import concurrency, peaks
from analytics.arithmetic import DAY_MS, HOUR_MS, MINUTE_MS, Interval
from tests.analytics import brute
from tests.analytics.brute import NOW, TIME_ZERO
from tests.analytics.test_totals import moderate, world_of
from tests.analytics.writer import World

pytestmark = pytest.mark.django_db


@moderate
@given(
    before=brute.intervals(),
    after=brute.intervals(4),
    windows=st.lists(brute.windows(), min_size=1, max_size=4),
    fill_at=st.sampled_from([0, TIME_ZERO + DAY_MS + 5 * HOUR_MS, NOW, NOW + DAY_MS]),
)
@example(  # Somebody leaves at the window's very start: the count before it, as high as any after, is none.
    before=[(TIME_ZERO, TIME_ZERO + 1)],
    after=[(TIME_ZERO + 2, None)],
    windows=[(TIME_ZERO + 1, TIME_ZERO + DAY_MS)],
    fill_at=0,
)
def test_it_finds_the_peak_whatever_is_filled_already(
    before: list[Interval], after: list[Interval], windows: list[tuple[int, int]], fill_at: int
) -> None:
    with world_of(a=before) as world:
        peaks.fill(fill_at)
        world.view_all("b", after)
        for start, end in windows:
            found = concurrency.peak(world.app, start, end, NOW)
            expected = brute.peak([*before, *after], start, end) if start < end else (0, None)
            assert (found.viewers, found.at_ms) == expected
            one = concurrency.peak(world.app, start, end, NOW, world.streams["a"])
            assert one.viewers == (brute.peak(before, start, end)[0] if start < end else 0)


@moderate
@given(viewings=brute.intervals(), window=brute.windows(), points=st.sampled_from([4, 10, 80, 500]))
def test_it_draws_the_curve(viewings: list[Interval], window: tuple[int, int], points: int) -> None:
    start, end = window
    with world_of(a=viewings) as world:
        curve = concurrency.curve(world.app, start, end, NOW, points=points)
    assert len(curve.points) <= points
    assert {start, end} <= {point.at_ms for point in curve.points}
    assert [point.viewers for point in curve.points] == [
        brute.active(viewings, point.at_ms - 1) for point in curve.points
    ]


def test_it_draws_in_whole_minutes_where_they_fit() -> None:
    with world_of(a=[(TIME_ZERO + 90_000, None)]) as world:
        curve = concurrency.curve(world.app, TIME_ZERO, TIME_ZERO + 3 * MINUTE_MS, NOW)
    assert curve.step_ms == MINUTE_MS
    assert [point.viewers for point in curve.points] == [0, 0, 1, 1]


def test_it_begins_with_the_day_of_the_first_viewing() -> None:
    with world_of(a=[(TIME_ZERO + DAY_MS + 5, TIME_ZERO + DAY_MS + 9)]) as world:
        assert concurrency.curve(world.app, None, None, NOW).points[0].at_ms == TIME_ZERO + DAY_MS
        assert concurrency.peak(world.app, None, None, NOW).at_ms == TIME_ZERO + DAY_MS + 5


def test_it_knows_no_peak_where_nobody_watched() -> None:
    with world_of() as world:
        found = concurrency.peak(world.app, None, None, NOW)
        assert (found.viewers, found.at_ms) == (0, None)
        assert [point.viewers for point in concurrency.curve(world.app, None, None, NOW).points] == [0]


def test_it_does_not_count_a_change_of_seats_twice() -> None:
    at = TIME_ZERO + HOUR_MS
    with world_of(a=[(TIME_ZERO, at), (at, at + 5)]) as world:
        assert concurrency.peak(world.app, TIME_ZERO, NOW, NOW).viewers == 1
        peaks.fill(NOW)
        assert concurrency.peak(world.app, TIME_ZERO, NOW, NOW).viewers == 1


def test_it_keeps_other_apps_out() -> None:
    with world_of(a=[(TIME_ZERO, None)]):
        assert concurrency.peak(World().app, TIME_ZERO, NOW, NOW).viewers == 0
