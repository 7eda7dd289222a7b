"""GET /api/analytics/livestreams/{id}/sessions and /api/analytics/sessions/{id}: single broadcasts."""

from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from analytics import broadcasts, peaks
from analytics.arithmetic import DAY_MS, Interval
from analytics.identity import livestream_id
from analytics.models import LivestreamSession, PurgeHorizon
from tests.analytics import brute
from tests.analytics.api.conftest import API, Ask
from tests.analytics.brute import NOW, TIME_ZERO
from tests.analytics.signs import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    START,
    published,
    publishing,
    tell,
    watched,
    watching,
)
from tests.analytics.test_totals import moderate, world_of
from tests.worlds import World, Worlds

PATHS = ["sessions/{}", "sessions/{}/concurrency", "sessions/{}/retention"]


def sessions_of(world: World, key: str = "live") -> str:
    return f"livestreams/{livestream_id(world.app.pk, key).hex}/sessions"


def only(world: World) -> str:
    return LivestreamSession.objects.get(app=world.app).pk.hex


@pytest.fixture
def show(world: World) -> None:
    tell(
        world.source,
        published("p1", START, START + 10 * MINUTE),
        watched("v1", START - HOUR, START + 90_500),
        watched("v2", START + MINUTE, START + HOUR),
        watched("v3", START + 20 * MINUTE, START + HOUR),
        watched("v4", START, START + MINUTE, "other"),
    )


@pytest.mark.usefixtures("show")
def test_it_answers_to_the_letter(ask: Ask, world: World) -> None:
    row = {
        "id": only(world),
        "start": START,
        "end": START + 10 * MINUTE,
        "ingestSeconds": 600,
        "viewerSeconds": 630,
        "viewings": 2,
        "peakViewers": 2,
        "peakAt": START + MINUTE,
        "meanWatchSeconds": 315,
        "inferred": False,
    }
    whose = {
        "id": livestream_id(world.app.pk, "live").hex,
        "streamKey": "live",
        "name": "",
        "app": "north-app",
    }

    assert ask(sessions_of(world)) == {
        "livestream": whose,
        "totalItems": 1,
        "itemsPerPage": 10,
        "totalPages": 1,
        "currentPage": 1,
        "hasPrevious": False,
        "hasNext": False,
        "list": [row],
    }
    assert ask(f"sessions/{only(world)}") == {**row, "provisionalSince": None, "livestream": whose}


@pytest.mark.usefixtures("show")
def test_it_draws_its_curve(ask: Ask, world: World) -> None:
    found = ask(f"sessions/{only(world)}/concurrency")

    assert (found["start"], found["end"], found["stepMs"]) == (START, START + 10 * MINUTE, MINUTE)
    assert [viewers for _, viewers in found["points"]] == [1, 1, *[1] * 9]
    assert found["peak"] == {"viewers": 2, "at": START + MINUTE}


@pytest.mark.usefixtures("show")
def test_it_takes_an_id_with_dashes_too(ask: Ask, world: World) -> None:
    with_dashes = str(LivestreamSession.objects.get(app=world.app).pk)

    assert ask(f"sessions/{with_dashes}")["id"] == only(world)


def test_it_lists_those_that_overlap_the_window_newest_first(ask: Ask, world: World) -> None:
    tell(world.source, *(published("p", START + n * HOUR, START + n * HOUR + MINUTE) for n in range(5)))
    window = {"start": (START + HOUR + 30 * SECOND) // 1000, "end": (START + 4 * HOUR) // 1000}

    found = ask(sessions_of(world), **window, rowsPerPage=2)

    assert [row["start"] for row in found["list"]] == [START + 3 * HOUR, START + 2 * HOUR]
    # Whole broadcasts, however the window cuts them.
    assert {row["ingestSeconds"] for row in found["list"]} == {60}
    assert (found["totalItems"], found["hasNext"]) == (3, True)


def test_it_counts_to_now_what_goes_on(ask: Ask, world: World, at: Callable[[int], None]) -> None:
    tell(world.source, publishing("p", START, START + MINUTE), watching("v", START, START + MINUTE))
    at(START + MINUTE)

    found = ask(f"sessions/{only(world)}")

    assert (found["end"], found["ingestSeconds"], found["viewerSeconds"]) == (None, 60, 60)
    assert found["provisionalSince"] == START + 15 * SECOND


def test_it_answers_by_whole_minutes_in_purged_time(ask: Ask, world: World) -> None:
    tell(
        world.source,
        published("p", START + 30 * SECOND, START + 150 * SECOND),
        watched("v", START + 90 * SECOND, START + HOUR),
    )
    PurgeHorizon.objects.create(app=world.app, horizon_ms=START + DAY)

    found = ask(f"sessions/{only(world)}")

    assert (found["viewerSeconds"], found["peakAt"]) == (30, START + MINUTE)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("id", ["0" * 32, "x", "1" * 33, "%20"])
def test_it_finds_no_session_that_is_not_there(client: Client, world: World, path: str, id: str) -> None:
    response = client.get(API + path.format(id), headers=world.headers())

    assert response.status_code == 404
    assert response.json() == {"message": "No such session, or it is not one of yours."}


@pytest.mark.parametrize("path", PATHS)
def test_it_finds_no_session_of_others(client: Client, worlds: Worlds, path: str) -> None:
    tell(worlds.south.source, published("p", START, START + MINUTE))
    url = API + path.format(only(worlds.south))

    assert client.get(url, headers=worlds.north.headers()).status_code == 404
    assert client.get(url, headers=worlds.south.headers()).status_code == 200


def test_it_finds_no_livestream_of_others(client: Client, worlds: Worlds) -> None:
    tell(worlds.south.source, published("p", START, START + MINUTE))

    response = client.get(API + sessions_of(worlds.south), headers=worlds.north.headers())

    assert response.status_code == 404


@moderate
@given(
    viewings=brute.intervals(),
    late=brute.intervals(3),
    runs=brute.intervals(5),
    fill_at=st.sampled_from([0, TIME_ZERO + DAY_MS, NOW, NOW + DAY_MS]),
)
@pytest.mark.django_db
def test_it_measures_every_broadcast(
    viewings: list[Interval], late: list[Interval], runs: list[Interval], fill_at: int
) -> None:
    with world_of(a=viewings, b=runs) as world:
        peaks.fill(fill_at)
        world.view_all("a", late)
        for run in runs:
            world.publish("a", *run)
        for run in brute.broadcasts(runs):
            world.broadcast("a", *run)
        livestream = world.streams["a"]
        sessions = list(broadcasts.newest_first(livestream, None, None))
        found = broadcasts.measured(livestream, sessions, NOW)
    assert len(found) == len(brute.broadcasts(runs))
    for each in found:
        start, end = each.session.started_ms, broadcasts.end_of(each.session, NOW)
        everybody = [*viewings, *late]
        overlapping = [one for one in everybody if brute.overlaps(one, start, end)]
        peak, at = brute.peak(everybody, start, end) if start < end else (0, None)
        assert each.ingest_ms == brute.published(runs, start, end)
        assert each.viewer_ms == brute.watched(everybody, start, end)
        assert (each.viewings, each.peak, each.peak_at_ms) == (len(overlapping), peak, at)
