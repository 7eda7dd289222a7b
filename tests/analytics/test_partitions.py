"""Weekly partitions of the history of viewings."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from analytics import partitions
from analytics.arithmetic import DAY_MS, WEEK_MS
from analytics.models import ViewInterval
from tests.analytics.writer import view_row

# A Wednesday.
TIME_ZERO = int(datetime(2026, 2, 4, 12, tzinfo=UTC).timestamp()) * 1000
MONDAY = int(datetime(2026, 2, 2, tzinfo=UTC).timestamp()) * 1000


@pytest.mark.django_db
def test_it_makes_the_partitions_of_the_weeks_asked_for() -> None:
    made = partitions.ensure(TIME_ZERO - WEEK_MS, TIME_ZERO + WEEK_MS)
    assert made == [
        "analytics_viewinterval_20260126",
        "analytics_viewinterval_20260202",
        "analytics_viewinterval_20260209",
    ]
    assert partitions.existing() == made


@pytest.mark.django_db
def test_it_makes_nothing_twice() -> None:
    partitions.ensure(TIME_ZERO, TIME_ZERO)
    assert partitions.ensure(MONDAY, MONDAY + WEEK_MS - 1) == []


@pytest.mark.django_db
def test_it_makes_a_partition_again_after_a_rollback() -> None:
    with transaction.atomic():
        partitions.ensure(TIME_ZERO, TIME_ZERO)
        transaction.set_rollback(True)
    assert partitions.ensure(TIME_ZERO, TIME_ZERO) == ["analytics_viewinterval_20260202"]


@pytest.mark.django_db
def test_it_takes_in_the_first_and_the_last_millisecond_of_a_week() -> None:
    partitions.ensure(TIME_ZERO, TIME_ZERO)
    for ended in (MONDAY, MONDAY + WEEK_MS - 1):
        view_row(1, "a", ended - 5, ended).save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        view_row(1, "a", MONDAY, MONDAY + WEEK_MS).save(force_insert=True)


@pytest.mark.django_db
def test_it_gives_every_partition_the_indexes_of_the_history() -> None:
    partitions.ensure(TIME_ZERO, TIME_ZERO)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, count(*) FROM pg_indexes GROUP BY tablename")
        counts = dict(cursor.fetchall())
    assert counts["analytics_viewinterval_20260202"] == counts["analytics_viewinterval"] == 7


@pytest.mark.django_db
def test_it_drops_only_what_lies_wholly_before() -> None:
    partitions.ensure(TIME_ZERO - WEEK_MS, TIME_ZERO)
    assert partitions.drop_before(MONDAY + WEEK_MS - DAY_MS) == ["analytics_viewinterval_20260126"]
    assert partitions.existing() == ["analytics_viewinterval_20260202"]


@pytest.mark.django_db(transaction=True)
def test_it_lets_two_writers_make_the_same_partition_at_once() -> None:
    made: list[list[str]] = []
    barrier = threading.Barrier(2, timeout=20)

    def write() -> None:
        barrier.wait()
        try:
            with transaction.atomic():
                made.append(partitions.ensure(TIME_ZERO, TIME_ZERO))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [[], ["analytics_viewinterval_20260202"]]
    partitions.drop_before(MONDAY + WEEK_MS)


@pytest.mark.django_db(transaction=True)
def test_it_attaches_beside_an_open_writer_and_does_not_drop_under_one() -> None:
    # Other tests that commit may have left theirs.
    partitions.drop_before(MONDAY + 2 * WEEK_MS)
    partitions.ensure(TIME_ZERO, TIME_ZERO)
    writing, done = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                view_row(1, "a", TIME_ZERO - 5, TIME_ZERO).save(force_insert=True)
                writing.set()
                done.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert writing.wait(20)
    try:
        assert partitions.ensure(TIME_ZERO + WEEK_MS, TIME_ZERO + WEEK_MS) == [
            "analytics_viewinterval_20260209"
        ]
        with pytest.raises(OperationalError):
            partitions.drop_before(MONDAY + WEEK_MS)
    finally:
        done.set()
        thread.join()
    partitions.drop_before(MONDAY + 2 * WEEK_MS)
    assert not ViewInterval.objects.exists()
