"""When the ledger was recounted, and what came of it."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Source
from analytics.models import Ledger
from ingest.models import Recount
from ingest.recount import nightly, recount
from tests.analytics.signs import DAY, HOUR, MINUTE, START, tell, watched
from tests.worlds import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return make_world("north").source


def spoil(from_ms: int, until_ms: int) -> None:
    rows = Ledger.objects.filter(level=1, bucket_ms__gte=from_ms, bucket_ms__lt=until_ms)
    assert rows.update(starts=7) > 0


def test_it_keeps_that_nothing_differed(source: Source) -> None:
    tell(source, watched("v", START, START + MINUTE))
    times = iter([START + HOUR, START + HOUR + 250])
    assert list(recount(lambda: next(times))) == []
    kept = Recount.objects.get()
    assert (kept.reach, kept.since_ms, kept.ran_ms, kept.took_ms, kept.differences, kept.example) == (
        "all",
        None,
        START + HOUR,
        250,
        0,
        "",
    )


def test_it_keeps_how_much_differed(source: Source) -> None:
    tell(source, watched("v", START, START + MINUTE))
    spoil(START, START + MINUTE)
    with pytest.raises(CommandError, match="differences"):
        call_command("verify_ledger")
    kept = Recount.objects.get(reach="all")
    assert kept.differences > 0
    assert kept.example.startswith("app ")


def test_it_keeps_nothing_of_what_was_broken_off(source: Source) -> None:
    tell(source, watched("v", START, START + MINUTE))
    spoil(START, START + MINUTE)
    next(recount(lambda: START))
    assert not Recount.objects.exists()


def test_it_recounts_the_last_day_at_night(source: Source) -> None:
    tell(source, watched("old", START, START + MINUTE))
    tell(source, watched("new", START + 3 * DAY, START + 3 * DAY + MINUTE))
    now = START + 3 * DAY + HOUR
    spoil(START, START + MINUTE)
    nightly(lambda: now)
    kept = Recount.objects.get()
    assert (kept.reach, kept.since_ms, kept.differences) == ("latest", START + 2 * DAY - HOUR, 0)
    spoil(START + 3 * DAY, START + 3 * DAY + MINUTE)
    nightly(lambda: now + DAY)
    assert Recount.objects.get().differences > 0


def test_it_recounts_once_a_night(source: Source) -> None:
    midnight = START // DAY * DAY
    for at in (START, midnight + DAY + 2 * HOUR):
        nightly(lambda: at)  # noqa: B023 - called at once
        assert Recount.objects.get().ran_ms == START
    nightly(lambda: midnight + DAY + 3 * HOUR)
    assert Recount.objects.get().ran_ms == midnight + DAY + 3 * HOUR
