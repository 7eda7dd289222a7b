"""What the worker keeps for the replay: every step of it equals the rows, whatever came late."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts.models import Source
from analytics import peaks, retention
from analytics.arithmetic import DAY_MS, floor
from analytics.models import ReplayChange, ReplayKeyframe, ReplayRange
from analytics.replay import frames
from analytics.replay.recount import STEP_MS, standing
from analytics.replay.verify import rebuild, verify
from ingest.events import Event
from ingest.sweep import sweep
from tests.analytics.signs import DAY, HOUR, MINUTE, SECOND, START, tell, watched, watching
from tests.worlds import World, two_worlds

WARSAW, CAPE_TOWN = (52.2, 21.0), (-33.9, 18.4)
LATER = START + 6 * HOUR

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return two_worlds().north


def stop(who: str, since: int, until: int, position: tuple[float, float] | None = None) -> Event:
    return Event("view.stop", who, "live", at=until, since=since, position=position)


def work(now: int) -> None:
    """The worker's rounds, until nothing is left to do."""
    sweep(now, 0)
    while peaks.fill(now) + frames.fill(now):
        pass


def shown(app_id: int, at: int) -> int:
    return int(frames.before(app_id, at).viewers.sum())


def differences(source: Source) -> list[int]:
    """Every step of the range that is not what the rows say."""
    known = ReplayRange.objects.get(app=source.app_id)
    steps = range(max(known.since_ms, START - DAY), known.until_ms + 1, STEP_MS)
    return [at for at in steps if _stored(source.app_id, at) != _counted(source.app_id, at)]


def _stored(app_id: int, at: int) -> dict[int, int]:
    found = frames.before(app_id, at)
    return dict(zip(found.cells.tolist(), found.viewers.tolist(), strict=True))


def _counted(app_id: int, at: int) -> dict[int, int]:
    found = standing(app_id, at)
    return dict(zip(found.cells.tolist(), found.viewers.tolist(), strict=True))


def test_it_knows_every_step_up_to_a_silence_ago(world: World) -> None:
    tell(world.source, stop("a", START, START + HOUR, WARSAW), watched("b", START + MINUTE, START + 2 * HOUR))
    work(LATER)
    known = ReplayRange.objects.get(app=world.app)
    assert (known.since_ms, known.until_ms) == (0, LATER - STEP_MS)
    assert differences(world.source) == []
    counts = {hour: shown(world.app.pk, START + hour * HOUR) for hour in range(4)}
    assert counts == {0: 0, 1: 2, 2: 1, 3: 0}


def test_it_waits_no_longer_than_ten_minutes_for_patient_sources(world: World) -> None:
    Source.objects.update(interval_s=3600)
    frames.fill(LATER)
    assert ReplayRange.objects.get(app=world.app).until_ms == LATER - 15 * MINUTE


def test_it_goes_on_where_it_was(world: World) -> None:
    tell(world.source, watching("a", START, START + SECOND))
    for minutes in range(0, 180, 7):
        now = START + minutes * MINUTE
        tell(world.source, watching(f"v{minutes}", now, now), stop(f"v{minutes - 21}", now - MINUTE, now))
        frames.fill(now)
    work(START + 4 * HOUR)
    assert differences(world.source) == []
    assert ReplayKeyframe.objects.filter(at_ms__gte=START).count() >= 3


def test_it_makes_an_older_history_known_from_the_newest_hour_backwards(world: World) -> None:
    for day in range(5):
        tell(
            world.source,
            watched("a", START - day * DAY, START - day * DAY + HOUR, f"s{day}"),
            now=START + HOUR,
        )
    frames.HOURS_BACK, before = 1, frames.HOURS_BACK
    try:
        peaks.fill(LATER)
        since = []
        while frames.fill(LATER):
            since.append(ReplayRange.objects.get(app=world.app).since_ms)
    finally:
        frames.HOURS_BACK = before
    assert since == sorted(since, reverse=True)
    assert since[-1] == 0
    assert len(since) > 5
    assert differences(world.source) == []


def test_it_corrects_what_came_late(world: World) -> None:
    tell(world.source, watched("a", START, START + 3 * HOUR))
    work(LATER)
    tell(world.source, watched("late", START + HOUR, START + 2 * HOUR), now=LATER)
    assert differences(world.source) != []
    work(LATER + MINUTE)
    assert differences(world.source) == []
    assert shown(world.app.pk, START + 90 * MINUTE) == 2


def test_it_corrects_what_reaches_back_before_all_that_is_known(world: World) -> None:
    tell(world.source, watched("a", START, START + HOUR))
    work(LATER)
    tell(world.source, watched("late", START - 20 * DAY, START + 2 * HOUR), now=LATER)
    work(LATER + MINUTE)
    assert differences(world.source) == []


def test_it_corrects_a_viewing_that_turns_out_to_have_been_elsewhere(world: World) -> None:
    """Its end stays where it was, and no sum of the ledger changes there."""
    end = START + HOUR
    tell(world.source, stop("a", START, end, CAPE_TOWN))
    work(LATER)
    earlier = START - 10 * SECOND
    tell(world.source, Event("view.update", "a", "live", at=earlier, position=WARSAW), now=LATER)
    work(LATER + MINUTE)
    assert differences(world.source) == []


def test_it_corrects_viewings_that_change_places_within_one_batch(world: World) -> None:
    """One begins no longer at an instant, another does: the ledger's sums are as they were."""
    tell(world.source, stop("a", START, START + HOUR, CAPE_TOWN))
    work(LATER)
    tell(
        world.source,
        Event("view.update", "a", "live", at=START - 10 * SECOND, position=CAPE_TOWN),
        stop("b", START, START + HOUR, WARSAW),
        Event("view.update", "a", "live", at=START + HOUR + 10 * SECOND),
        now=LATER,
    )
    work(LATER + MINUTE)
    assert differences(world.source) == []


def test_it_leaves_out_who_is_not_counted(world: World) -> None:
    Source.objects.filter(pk=world.source.pk).update(counts_viewers=False)
    world.source.refresh_from_db()
    tell(world.source, watched("a", START, START + HOUR))
    work(LATER)
    assert shown(world.app.pk, START + HOUR // 2) == 0


def test_it_is_purged_with_the_viewings(world: World) -> None:
    world.app.retention_days = 17
    world.app.save()
    tell(world.source, watched("old", START, START + HOUR), watched("kept", START + DAY, START + DAY + HOUR))
    tell(world.source, stop("over", START + 5 * HOUR, START + 7 * HOUR, WARSAW))
    now = floor(START, DAY_MS) + 18 * DAY + MINUTE
    work(START + 2 * DAY)
    work(now)
    retention.purge(now)
    horizon = floor(START, DAY_MS) + DAY
    assert ReplayRange.objects.get(app=world.app).since_ms == horizon
    assert not ReplayChange.objects.filter(app_id=world.app.pk, bucket_ms__lt=horizon).exists()
    assert not ReplayKeyframe.objects.filter(app_id=world.app.pk, at_ms__lt=horizon).exists()
    # Who watched over the horizon is still there.
    assert shown(world.app.pk, horizon) == 1
    work(now)
    assert list(verify(world.app)) == []


def test_it_finds_and_rebuilds_what_is_wrong(world: World) -> None:
    tell(world.source, watched("a", START, START + HOUR), stop("b", START, START + 2 * HOUR, WARSAW))
    work(LATER)
    out = StringIO()
    call_command("verify_replay", stdout=out)
    ReplayChange.objects.filter(bucket_ms=START).update(bucket_ms=F("bucket_ms") - STEP_MS)
    assert {(each.what, each.at_ms) for each in verify()} == {
        *(("bucket", at) for at in (START - STEP_MS, START)),
        *(("keyframe", at) for at in (START, START + HOUR)),
    }
    with pytest.raises(CommandError, match="4 differences"):
        call_command("verify_replay", stdout=out)
    rebuild(world.app, LATER)
    assert list(verify()) == []
