"""Filling the peaks of the ledger's buckets."""

import threading
import time

import pytest
from django.db import connection, transaction
from hypothesis import given

from analytics import peaks
from analytics.arithmetic import DAY_MS, HOUR_MS, MINUTE_MS, Interval, floor
from analytics.models import Ledger, LedgerKind, LedgerLevel
from tests.analytics import brute
from tests.analytics.brute import NOW, TIME_ZERO
from tests.analytics.test_totals import moderate, world_of
from tests.analytics.writer import World

SIZES = {1: MINUTE_MS, 2: HOUR_MS, 3: DAY_MS}


@pytest.mark.django_db
@moderate
@given(viewings=brute.intervals())
def test_it_fills_every_level_with_the_highest_count_above_the_beginning(viewings: list[Interval]) -> None:
    with world_of(a=viewings):
        peaks.fill(NOW + 2 * DAY_MS)
        for level, bucket, peak in Ledger.objects.values_list("level", "bucket_ms", "peak"):
            before = brute.active(viewings, bucket - 1)
            assert peak == brute.peak(viewings, bucket, bucket + SIZES[level])[0] - before


@pytest.mark.django_db
def test_it_leaves_young_minutes_empty() -> None:
    with world_of(a=[(TIME_ZERO, None)]):
        assert peaks.fill(TIME_ZERO + 10 * MINUTE_MS) == 0
        assert peaks.fill(TIME_ZERO + 11 * MINUTE_MS + 1) == 2


@pytest.mark.django_db
def test_it_fills_no_more_rows_than_asked() -> None:
    with world_of(a=[(TIME_ZERO, None), (TIME_ZERO + HOUR_MS, None)]):
        peaks.fill(NOW + DAY_MS, limit=1)
        empty = Ledger.objects.filter(level=LedgerLevel.MINUTE, peak__isnull=True)
        assert set(empty.values_list("bucket_ms", flat=True)) == {TIME_ZERO + HOUR_MS}


@pytest.mark.django_db
def test_it_fills_a_bucket_again_after_a_change() -> None:
    with world_of(a=[(TIME_ZERO + 5, TIME_ZERO + 9)]) as world:
        peaks.fill(NOW + DAY_MS)
        world.view("a", TIME_ZERO + 6, TIME_ZERO + 8)
        assert Ledger.objects.filter(peak__isnull=True).count() == 6
        peaks.fill(NOW + DAY_MS)
        assert set(Ledger.objects.values_list("peak", flat=True)) == {2}


@pytest.mark.django_db
def test_it_fills_a_minute_in_which_nothing_is_left() -> None:
    with world_of() as world:
        world.change(LedgerKind.VIEW, "a", [(TIME_ZERO + 5, None)], 1)
        world.change(LedgerKind.VIEW, "a", [(TIME_ZERO + 5, None)], -1)
        peaks.fill(NOW + DAY_MS)
        assert set(Ledger.objects.values_list("peak", flat=True)) == {0}


@pytest.mark.django_db(transaction=True)
def test_it_stores_nothing_beside_a_writer_who_changes_the_same_minute() -> None:
    world = World()
    world.view("a", TIME_ZERO + 5, None)
    holding, filled = threading.Event(), []

    def fill() -> None:
        holding.wait(20)
        try:
            filled.append(peaks.fill(TIME_ZERO + 20 * MINUTE_MS))
        finally:
            connection.close()

    thread = threading.Thread(target=fill)
    thread.start()
    with transaction.atomic():
        # The sums are the same afterwards; the instants are not.
        world.change(LedgerKind.VIEW, "a", [(TIME_ZERO + 5, None), (TIME_ZERO + 50, None)], 1)
        world.change(LedgerKind.VIEW, "a", [(TIME_ZERO + 15, None), (TIME_ZERO + 40, None)], -1)
        holding.set()
        wait_until_somebody_waits_for_us()
    thread.join()
    assert filled == [0]
    minute = Ledger.objects.filter(bucket_ms=floor(TIME_ZERO, MINUTE_MS), level=LedgerLevel.MINUTE)
    assert set(minute.values_list("peak", flat=True)) == {None}


def wait_until_somebody_waits_for_us() -> None:
    with connection.cursor() as cursor:
        for _ in range(2000):
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks"
                " WHERE NOT granted AND transactionid = pg_current_xact_id()::xid)"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    pytest.fail("nobody waited for the writer")
