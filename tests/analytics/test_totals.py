"""Totals of a window against the sum over all intervals."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Source
from analytics import totals
from analytics.arithmetic import DAY_MS, HOUR_MS, Interval
from analytics.models import LedgerKind, PurgeHorizon
from tests.analytics import brute
from tests.analytics.brute import NOW, TIME_ZERO
from tests.analytics.writer import World

pytestmark = pytest.mark.django_db
moderate = settings(max_examples=40, deadline=None)


@contextmanager
def world_of(**viewings: list[Interval]) -> Iterator[World]:
    """A world with these viewings of livestreams ``a`` and ``b``; gone afterwards."""
    with transaction.atomic():
        world = World()
        for stream, intervals in viewings.items():
            world.view_all(stream, intervals)
        yield world
        transaction.set_rollback(True)


@moderate
@given(a=brute.intervals(), b=brute.intervals(), windows=st.lists(brute.windows(), min_size=1, max_size=4))
def test_it_sums_what_was_watched(
    a: list[Interval], b: list[Interval], windows: list[tuple[int, int]]
) -> None:
    with world_of(a=a, b=b) as world:
        for start, end in windows:
            whole = totals.between(world.app, start, end, NOW)
            assert whole.viewer_ms == brute.watched([*a, *b], start, end)
            one = totals.between(world.app, start, end, NOW, world.streams["a"])
            assert one.viewer_ms == brute.watched(a, start, end)


@moderate
@given(viewings=brute.intervals(), times=st.lists(brute.instants(), min_size=1, max_size=12))
def test_it_sums_up_to_many_instants_at_once(viewings: list[Interval], times: list[int]) -> None:
    with world_of(a=viewings) as world:
        found = totals.watched_before(world.app.pk, None, LedgerKind.VIEW, times)
    assert found == [brute.watched(viewings, 0, at) for at in times]


@moderate
@given(a=brute.intervals(5), b=brute.intervals(5), windows=st.lists(brute.windows(), min_size=1, max_size=4))
def test_it_takes_publishers_together(
    a: list[Interval], b: list[Interval], windows: list[tuple[int, int]]
) -> None:
    with world_of() as world:
        for stream, runs in (("a", a), ("b", b)):
            for start, end in runs:
                world.publish(stream, start, end)
        for start, end in windows:
            whole = totals.between(world.app, start, end, NOW)
            assert whole.ingest_ms == brute.published(a, start, end) + brute.published(b, start, end)
            one = totals.between(world.app, start, end, NOW, world.streams["a"])
            assert one.ingest_ms == brute.published(a, start, end)


@moderate
@given(a=brute.intervals(4), b=brute.intervals(4), window=brute.windows())
def test_it_counts_the_livestreams_on_the_air(
    a: list[Interval], b: list[Interval], window: tuple[int, int]
) -> None:
    start, end = window
    a, b = brute.broadcasts(a), brute.broadcasts(b)
    with world_of() as world:
        for stream, runs in (("a", a), ("b", b)):
            for run in runs:
                world.broadcast(stream, *run)
        found = totals.between(world.app, start, end, NOW).count
    assert found == sum(any(brute.overlaps(run, start, end) for run in runs) for runs in (a, b))


ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Santiago")]


@moderate
@given(viewings=brute.intervals(), window=brute.windows(), zone=st.sampled_from(ZONES))
def test_it_divides_a_window_into_the_days_of_a_zone(
    viewings: list[Interval], window: tuple[int, int], zone: ZoneInfo
) -> None:
    start, end = window
    broadcasts = brute.broadcasts(viewings)
    with world_of(a=viewings) as world:
        for run in broadcasts:
            world.broadcast("a", *run)
        for run in viewings:
            world.publish("a", *run)
        days = totals.days(world.app, start, end, zone, NOW)
    assert [start, *(day.end_ms for day in days)] == [*(day.start_ms for day in days), end]
    for day in days:
        on_air = any(brute.overlaps(run, day.start_ms, day.end_ms) for run in broadcasts)
        assert day.viewer_ms == brute.watched(viewings, day.start_ms, day.end_ms)
        assert day.ingest_ms == brute.published(viewings, day.start_ms, day.end_ms)
        assert day.count == on_air
        local = datetime.fromtimestamp(day.start_ms / 1000, UTC).astimezone(zone)
        assert day.date == local.date()


def test_it_gives_the_day_of_the_clock_change_its_23_hours() -> None:
    with world_of(a=[(TIME_ZERO, None)]) as world:
        days = totals.days(world.app, TIME_ZERO, NOW, ZoneInfo("Europe/Berlin"), NOW)
    lengths = {day.date.isoformat(): timedelta(milliseconds=day.viewer_ms) for day in days}
    assert lengths["2026-03-29"] == timedelta(hours=23)
    assert lengths["2026-03-30"] == timedelta(hours=24)


def test_it_counts_open_viewings_to_now() -> None:
    with world_of(a=[(NOW - HOUR_MS, None)]) as world:
        assert totals.between(world.app, None, None, NOW).viewer_ms == HOUR_MS
        assert totals.between(world.app, None, NOW + DAY_MS, NOW).end_ms == NOW


def test_it_sums_from_the_beginning_without_a_start() -> None:
    with world_of(a=[(TIME_ZERO, TIME_ZERO + 5)]) as world:
        world.broadcast("a", TIME_ZERO, TIME_ZERO + 5)
        found = totals.between(world.app, None, None, NOW)
    assert (found.viewer_ms, found.count, found.start_ms) == (5, 1, None)


def test_it_answers_nothing_for_a_window_that_ends_before_it_begins() -> None:
    with world_of(a=[(TIME_ZERO, None)]) as world:
        world.broadcast("a", TIME_ZERO, None)
        found = totals.between(world.app, NOW - 5, NOW - 10, NOW)
        assert totals.days(world.app, NOW, NOW, ZoneInfo("UTC"), NOW) == []
    assert (found.viewer_ms, found.ingest_ms, found.count) == (0, 0, 0)


def test_it_leaves_out_viewings_that_are_not_counted() -> None:
    with world_of() as world:
        world.view("a", TIME_ZERO + 1, TIME_ZERO + 10, counted=False)
        world.view("a", TIME_ZERO + 1, None, counted=False)
        assert totals.between(world.app, TIME_ZERO + 2, TIME_ZERO + 9, NOW).viewer_ms == 0


def test_it_leaves_out_inferred_publishers() -> None:
    with world_of() as world:
        world.publish("a", TIME_ZERO + 1, TIME_ZERO + 10, inferred=True)
        world.publish("a", TIME_ZERO + 8, TIME_ZERO + 12)
        assert totals.between(world.app, TIME_ZERO + 2, TIME_ZERO + 11, NOW).ingest_ms == 3


def test_it_keeps_other_apps_out() -> None:
    with world_of(a=[(TIME_ZERO + 1, None)]):
        assert totals.between(World().app, TIME_ZERO, TIME_ZERO + 5, NOW).viewer_ms == 0


def test_it_moves_an_edge_in_purged_time_to_its_minute() -> None:
    with world_of(a=[(TIME_ZERO, None)]) as world:
        PurgeHorizon.objects.create(app=world.app, horizon_ms=TIME_ZERO + DAY_MS)
        purged = totals.between(world.app, TIME_ZERO + 61_000, TIME_ZERO + DAY_MS + 1, NOW)
        kept = totals.between(world.app, TIME_ZERO + DAY_MS + 1, TIME_ZERO + DAY_MS + 2, NOW)
    assert (purged.snapped, purged.start_ms, purged.viewer_ms) == (True, TIME_ZERO + 60_000, DAY_MS - 59_999)
    assert (kept.snapped, kept.viewer_ms) == (False, 1)


def test_it_says_since_when_a_silent_viewer_may_have_left() -> None:
    with world_of() as world:
        assert totals.between(world.app, None, None, NOW).provisional_since_ms is None
        for name, interval_s, last in (("slow", 60, NOW - 5), ("gone", 600, NOW - DAY_MS)):
            Source.objects.create(app=world.app, name=name, interval_s=interval_s, last_event_ms=last)
        assert totals.between(world.app, None, None, NOW).provisional_since_ms == NOW - 180_005
        assert totals.between(world.app, None, NOW - 180_005, NOW).provisional_since_ms is None
