"""What a change of intervals adds to the ledger."""

import random
import uuid
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from analytics.arithmetic import DAY_MS, HOUR_MS, MINUTE_MS, union
from analytics.identity import WHOLE_APP
from analytics.ledger import Deltas
from analytics.models import Ledger, LedgerKind, LedgerLevel

pytestmark = pytest.mark.django_db

TIME_ZERO = 20_000 * DAY_MS
STREAM = uuid.UUID(int=7)
OTHER = uuid.UUID(int=8)


def write(deltas: Deltas) -> int:
    with connection.cursor() as cursor:
        return deltas.write(cursor)


def rows(**filters: Any) -> set[tuple[Any, ...]]:
    return set(
        Ledger.objects.filter(**filters).values_list("owner", "level", "bucket_ms", "starts", "ends", "area")
    )


def test_it_counts_in_minute_hour_and_day_for_the_livestream_and_its_app() -> None:
    deltas = Deltas()
    deltas.add(1, LedgerKind.VIEW, STREAM, starts=[TIME_ZERO + 10], ends=[TIME_ZERO + HOUR_MS])
    assert write(deltas) == 10
    for owner in (STREAM, WHOLE_APP):
        assert rows(owner=owner) == {
            (owner, LedgerLevel.MINUTE, TIME_ZERO, 1, 0, MINUTE_MS - 10),
            (owner, LedgerLevel.MINUTE, TIME_ZERO + HOUR_MS, 0, 1, -MINUTE_MS),
            (owner, LedgerLevel.HOUR, TIME_ZERO, 1, 0, HOUR_MS - 10),
            (owner, LedgerLevel.HOUR, TIME_ZERO + HOUR_MS, 0, 1, -HOUR_MS),
            (owner, LedgerLevel.DAY, TIME_ZERO, 1, 1, HOUR_MS - 10),
        }


def test_it_counts_an_empty_viewing_as_a_start_and_an_end() -> None:
    deltas = Deltas()
    deltas.add(1, LedgerKind.VIEW, STREAM, starts=[TIME_ZERO], ends=[TIME_ZERO])
    write(deltas)
    assert rows(owner=STREAM, level=1) == {(STREAM, 1, TIME_ZERO, 1, 1, 0)}


def test_it_writes_nothing_where_all_changes_cancel() -> None:
    deltas = Deltas()
    deltas.add(1, LedgerKind.VIEW, STREAM, starts=[TIME_ZERO])
    deltas.add(1, LedgerKind.VIEW, STREAM, starts=[TIME_ZERO], sign=-1)
    assert write(deltas) == 0
    assert write(deltas) == 0


def test_it_forgets_the_peak_of_a_minute_whose_sums_stay_but_whose_instants_move() -> None:
    Ledger.objects.create(app_id=1, owner=STREAM, kind=1, level=1, bucket_ms=TIME_ZERO, starts=2, peak=2)
    deltas = Deltas()
    deltas.add(1, LedgerKind.VIEW, STREAM, starts=[TIME_ZERO + 10, TIME_ZERO + 40], sign=-1)
    deltas.add(1, LedgerKind.VIEW, STREAM, starts=[TIME_ZERO + 20, TIME_ZERO + 30])
    write(deltas)
    moved = Ledger.objects.get(owner=STREAM, level=1)
    assert (moved.starts, moved.area, moved.peak) == (2, 0, None)


def test_it_keeps_apps_and_kinds_apart() -> None:
    deltas = Deltas()
    deltas.add(1, LedgerKind.VIEW, STREAM, starts=[TIME_ZERO])
    deltas.add(1, LedgerKind.INGEST, STREAM, starts=[TIME_ZERO])
    deltas.add(2, LedgerKind.VIEW, OTHER, starts=[TIME_ZERO])
    write(deltas)
    whole = Ledger.objects.filter(owner=WHOLE_APP, level=3).values_list("app_id", "kind", "starts")
    assert set(whole) == {(1, 1, 1), (1, 2, 1), (2, 1, 1)}


def test_it_needs_no_peak_of_publishers() -> None:
    deltas = Deltas()
    deltas.add(1, LedgerKind.INGEST, STREAM, starts=[TIME_ZERO])
    write(deltas)
    assert not Ledger.objects.filter(peak__isnull=True).exists()


CHANGES = st.lists(
    st.tuples(st.sampled_from([STREAM, OTHER]), st.integers(0, 2 * DAY_MS), st.booleans()),
    max_size=30,
)


@given(changes=CHANGES, batches=st.integers(1, 4), seed=st.integers(0, 99))
def test_it_gives_the_same_rows_whatever_the_order_and_the_batches(
    changes: list[tuple[uuid.UUID, int, bool]], batches: int, seed: int
) -> None:
    together, shuffled = changes, list(changes)
    random.Random(seed).shuffle(shuffled)
    found = []
    for app_id, parts in ((1, [together]), (2, [shuffled[n::batches] for n in range(batches)])):
        for part in parts:
            deltas = Deltas()
            for stream, at, is_end in part:
                column = "ends" if is_end else "starts"
                deltas.add(app_id, LedgerKind.VIEW, stream, **{column: [TIME_ZERO + at]})  # type: ignore[arg-type]
            write(deltas)
        found.append(rows(app_id=app_id))
    Ledger.objects.all().delete()
    assert found[0] == found[1]


def test_it_joins_runs_that_overlap_or_touch() -> None:
    assert union([(5, 9), (1, 3), (3, 4), (8, 12), (20, 20)]) == [(1, 4), (5, 12)]


def test_it_lets_an_open_run_swallow_all_that_follows() -> None:
    assert union([(1, 2), (10, None), (12, 15), (5, 11)]) == [(1, 2), (5, None)]
