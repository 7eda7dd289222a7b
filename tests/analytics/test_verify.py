"""The ledger against the rows that it sums."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from analytics import peaks, totals
from analytics.arithmetic import DAY_MS, HOUR_MS, Interval
from analytics.identity import WHOLE_APP
from analytics.models import Ledger, LedgerKind, LedgerLevel, PurgeHorizon, ViewInterval
from analytics.verify import rebuild, verify
from tests.analytics import brute
from tests.analytics.brute import NOW, TIME_ZERO
from tests.analytics.test_totals import moderate, world_of

pytestmark = pytest.mark.django_db


@moderate
@given(a=brute.intervals(), b=brute.intervals(5), runs=brute.intervals(5), fill=st.booleans())
def test_it_finds_no_difference_in_what_the_writers_wrote(
    a: list[Interval], b: list[Interval], runs: list[Interval], fill: bool
) -> None:
    with world_of(a=a, b=b) as world:
        for run in runs:
            world.publish("a", *run)
        if fill:
            peaks.fill(NOW + DAY_MS)
        assert list(verify()) == []


@moderate
@given(a=brute.intervals(), runs=brute.intervals(5))
def test_it_rebuilds_the_whole_ledger_and_its_peaks_from_nothing(
    a: list[Interval], runs: list[Interval]
) -> None:
    with world_of(a=a) as world:
        for run in runs:
            world.publish("b", *run)
        peaks.fill(NOW + DAY_MS)
        before = set(Ledger.objects.exclude(starts=0, ends=0).values_list())
        Ledger.objects.all().delete()
        list(rebuild())
        assert set(Ledger.objects.values_list()) == before


@pytest.mark.parametrize("level", [LedgerLevel.MINUTE, LedgerLevel.HOUR, LedgerLevel.DAY])
@pytest.mark.parametrize("column", ["starts", "ends", "area", "peak"])
def test_it_finds_and_replaces_a_wrong_figure(level: LedgerLevel, column: str) -> None:
    with world_of(a=[(TIME_ZERO + 5, TIME_ZERO + HOUR_MS)]):
        peaks.fill(NOW)
        wrong = Ledger.objects.filter(owner=WHOLE_APP, level=level, bucket_ms=TIME_ZERO)
        assert wrong.update(**{column: F(column) + 1}) == 1
        found = [(each.level, each.bucket_ms) for each in verify()]
        assert (level, TIME_ZERO) in found
        list(rebuild())
        peaks.fill(NOW)
        assert list(verify()) == []


def test_it_finds_an_entry_of_which_no_row_is_left() -> None:
    with world_of(a=[(TIME_ZERO + 5, TIME_ZERO + 9)]) as world:
        ViewInterval.objects.all().delete()
        levels = {(each.owner, each.level) for each in verify()}
        assert levels == {(owner, n) for owner in (WHOLE_APP, world.streams["a"].pk) for n in (1, 2)}
        list(rebuild())
        assert not Ledger.objects.exclude(starts=0, ends=0, area=0).exists()
        assert totals.watched_before(world.app.pk, None, LedgerKind.VIEW, [NOW]) == [0]


def test_it_does_not_look_behind_the_purge_horizon() -> None:
    with world_of(a=[(TIME_ZERO + 5, TIME_ZERO + 9)]) as world:
        ViewInterval.objects.all().delete()
        PurgeHorizon.objects.create(app=world.app, horizon_ms=TIME_ZERO + DAY_MS)
        assert list(verify()) == []


def test_its_command_fails_with_the_differences() -> None:
    out = StringIO()
    with world_of(a=[(TIME_ZERO + 5, TIME_ZERO + 9)]):
        call_command("verify_ledger", stdout=out)
        Ledger.objects.filter(level=LedgerLevel.MINUTE).update(area=7)
        with pytest.raises(CommandError, match="2 differences"):
            call_command("verify_ledger", stdout=out)
        assert f"viewing, minute {TIME_ZERO}: ledger (1, 1, 7, None), rows (1, 1, 4, 1)" in out.getvalue()
        call_command("rebuild_ledger", stdout=out)
        call_command("verify_ledger", stdout=out)
