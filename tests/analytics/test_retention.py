"""Purging single viewings; the totals stay."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import partitions, retention, totals
from analytics.arithmetic import DAY_MS, MINUTE_MS, WEEK_MS, Interval, floor
from analytics.models import IngestInterval, PurgeHorizon, ViewInterval
from analytics.verify import verify
from tests.analytics import brute
from tests.analytics.brute import NOW, TIME_ZERO
from tests.analytics.test_totals import moderate, world_of
from tests.analytics.writer import World

pytestmark = pytest.mark.django_db


@moderate
@given(
    old=brute.intervals(),
    new=brute.intervals(4),
    windows=st.lists(brute.windows(), min_size=1, max_size=4),
    purged_days=st.integers(0, 3),
)
def test_it_changes_no_total(
    old: list[Interval], new: list[Interval], windows: list[tuple[int, int]], purged_days: int
) -> None:
    horizon = TIME_ZERO + purged_days * DAY_MS
    with world_of(a=old) as world:
        world.app.retention_days = 17
        world.app.save()
        retention.purge(horizon + 17 * DAY_MS + 5)
        kept = [(start, end) for start, end in new if start >= horizon]
        world.view_all("a", kept)
        everything = [*old, *kept]
        for window in windows:
            start, end = (floor(at, MINUTE_MS) if at < horizon else at for at in window)
            found = totals.between(world.app, *window, NOW)
            assert found.viewer_ms == brute.watched(everything, start, end)
            assert found.snapped == ((start, end) != window)
            top = totals.peak(world.app, *window, NOW)
            expected, at = brute.peak(everything, start, end) if start < end else (0, None)
            assert top.viewers == expected
            if at is not None and at < horizon:
                at = max(start, floor(at, MINUTE_MS))
            assert top.at_ms == at
        assert list(verify()) == []


def test_it_drops_the_weeks_that_no_app_keeps() -> None:
    end = TIME_ZERO + 5 * WEEK_MS
    with world_of(a=[(end - 5, end), (TIME_ZERO, TIME_ZERO + 5)]) as world:
        world.app.retention_days = 17
        world.app.save()
        assert retention.purge(end) == 0
        assert len(partitions.existing()) == 1
        assert list(ViewInterval.objects.values_list("ended_ms", flat=True)) == [end]


def test_it_deletes_row_by_row_what_another_app_keeps_longer() -> None:
    viewings: list[Interval] = [(TIME_ZERO, TIME_ZERO + n) for n in range(5)]
    with world_of(a=viewings) as brief:
        brief.app.retention_days = 17
        brief.app.save()
        patient = World()
        patient.app.retention_days = 60
        patient.app.save()
        patient.view_all("a", viewings)
        assert retention.purge(TIME_ZERO + 20 * DAY_MS, chunk=2) == 5
        assert set(ViewInterval.objects.values_list("app_id", flat=True)) == {patient.app.pk}


def test_it_keeps_for_as_long_as_the_server_says(settings: Any) -> None:
    settings.RETENTION_DAYS = 30
    with world_of() as world:
        retention.purge(NOW + 1)
        assert PurgeHorizon.objects.get(app=world.app).horizon_ms == NOW - 30 * DAY_MS


def test_it_keeps_at_least_as_long_as_a_late_sign_may_reach_back(settings: Any) -> None:
    settings.RETENTION_DAYS = 1
    with world_of() as world:
        retention.purge(NOW)
        assert PurgeHorizon.objects.get(app=world.app).horizon_ms == NOW - 17 * DAY_MS


def test_it_never_moves_the_horizon_back() -> None:
    with world_of() as world:
        PurgeHorizon.objects.create(app=world.app, horizon_ms=NOW)
        retention.purge(NOW)
        assert PurgeHorizon.objects.get(app=world.app).horizon_ms == NOW


def test_it_keeps_publishers() -> None:
    with world_of() as world:
        world.publish("a", TIME_ZERO, TIME_ZERO + 5)
        retention.purge(TIME_ZERO + 4000 * DAY_MS)
        assert IngestInterval.objects.count() == 1
