"""GET /api/analytics/replay and …/replay/range."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics import peaks
from analytics.replay import frames
from analytics.replay.recount import STEP_MS
from ingest.events import Event
from tests.analytics.signs import DAY, HOUR, MINUTE, START, tell, watched
from tests.worlds import World, Worlds, two_worlds

REPLAY = "/api/analytics/replay"
RANGE = f"{REPLAY}/range"
NOW = START + 6 * HOUR
WARSAW = (52.2, 21.0)


@pytest.fixture
def worlds(db: None) -> Worlds:
    found = two_worlds()
    for world, viewers in ((found.north, 3), (found.south, 1)):
        for number in range(viewers):
            begun = START + number * 10 * MINUTE
            tell(world.source, Event("view.stop", f"v{number}", "live", START + HOUR, begun, None, WARSAW))
        tell(world.source, watched("nowhere", START + MINUTE, START + 2 * HOUR))
    peaks.fill(NOW)
    frames.fill(NOW)
    return found


@pytest.fixture
def world(worlds: Worlds) -> World:
    return worlds.north


def ask(client: Client, world: World, path: str = REPLAY, **query: str | int) -> Any:
    response = client.get(path, query, headers=world.headers())
    assert response.status_code == 200, response.content
    return response.json()["data"]


def refused(client: Client, world: World, path: str = REPLAY, **query: str | int) -> str:
    response = client.get(path, query, headers=world.headers())
    assert response.status_code == 400, response.content
    message: str = response.json()["message"]
    return message


def test_it_answers_in_the_shape_of_the_live_map(client: Client, world: World) -> None:
    found = ask(client, world, at=START + 31 * MINUTE)

    [marker] = found.pop("markers")
    assert found == {
        "dev": {"aggregationMode": "CLUSTERED"},
        "stats": {
            "isClustered": True,
            "totalMarkers": 1,
            "totalViewers": 4,
            "locatedViewers": 3,
            "unlocatedViewers": 1,
        },
        "timestamp": START + 30 * MINUTE,
    }
    latitude, longitude = marker.pop("position")
    assert (latitude, longitude) == (pytest.approx(52.2, abs=0.2), pytest.approx(21, abs=0.2))
    assert marker == {
        "type": "cluster",
        "data": {
            "count": 3,
            "outBandwidth": 0,
            "healthScore": 0,
            "streamKeys": [],
            "bounds": [latitude, longitude, latitude, longitude],
            "expansionZoom": None,
        },
    }


def test_it_reads_moments_as_iso_too(client: Client, world: World) -> None:
    assert ask(client, world, at="2026-01-31T18:20:00Z")["stats"]["totalViewers"] == 3


def test_it_shows_only_the_box(client: Client, world: World) -> None:
    found = ask(client, world, at=START + 30 * MINUTE, bbox="-10,-10,10,10", zoom=3)
    assert found["markers"] == []
    assert found["stats"]["totalViewers"] == 4


def test_it_adds_up_all_visible_apps(client: Client, worlds: Worlds) -> None:
    client.force_login(worlds.superuser)
    response = client.get(REPLAY, {"at": START + 30 * MINUTE})
    assert response.json()["data"]["stats"]["totalViewers"] == 6
    narrowed = client.get(REPLAY, {"at": str(START + 30 * MINUTE), "app": "south-app"})
    assert narrowed.json()["data"]["stats"]["totalViewers"] == 2


@pytest.mark.parametrize("at", [START - DAY, NOW, 0, "9" * 40, "2020-01-01"])
def test_it_says_what_can_be_replayed_to_who_asks_for_more(client: Client, world: World, at: int) -> None:
    known = ask(client, world, RANGE)
    message = refused(client, world, at=at)
    assert f"from {known['start']} to {known['end']}" in message


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "at is missing."),
        ({"at": ""}, "at cannot be read."),
        ({"at": "yesterday"}, "at cannot be read."),
        ({"at": "-1"}, "at cannot be read."),
        ({"at": "2026-02-30"}, "at cannot be read."),
        ({"at": START, "zoom": "21"}, "zoom must be"),
        ({"at": START, "bbox": "1,2,3"}, "bbox must be"),
        ({"at": START, "app": "x" * 129}, "app may have"),
    ],
)
def test_it_refuses_what_it_cannot_read(
    client: Client, world: World, query: dict[str, Any], message: str
) -> None:
    assert message in refused(client, world, **query)


def test_it_finds_no_app_of_others(client: Client, world: World) -> None:
    for path in (REPLAY, RANGE):
        response = client.get(path, {"at": str(START), "app": "south-app"}, headers=world.headers())
        assert response.status_code == 404


def test_it_says_that_nothing_has_changed(client: Client, world: World) -> None:
    first = client.get(REPLAY, {"at": START + HOUR}, headers=world.headers())
    assert first["Cache-Control"] == "private, max-age=60"
    headers = {**world.headers(), "If-None-Match": first["ETag"]}
    assert client.get(REPLAY, {"at": START + HOUR}, headers=headers).status_code == 304
    assert client.get(REPLAY, {"at": START + 2 * HOUR}, headers=headers).status_code == 200


def test_it_reads_a_moment_once_while_the_map_is_panned(
    client: Client, world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask(client, world, at=START + HOUR)
    with django_assert_num_queries(3):  # the token, the range, and its beginning
        ask(client, world, at=START + HOUR, bbox="0,0,30,60", zoom=4)


def test_it_says_what_can_be_replayed_and_how_many_watched(client: Client, world: World) -> None:
    found = ask(client, world, RANGE)

    assert (found["start"], found["end"], found["stepMs"]) == (START, NOW - STEP_MS, STEP_MS)
    curve = dict(found["curve"])
    assert sorted(curve) == list(range(START, NOW, STEP_MS))
    for at in curve:
        assert ask(client, world, at=at)["stats"]["totalViewers"] == curve[at]


def test_it_gives_the_curve_of_a_window(client: Client, world: World) -> None:
    found = ask(client, world, RANGE, start=START + 30 * MINUTE, end="2026-01-31T19:00:00Z")
    assert found["curve"][0] == [START + 30 * MINUTE, 4]
    assert found["curve"][-1] == [START + HOUR, 4]
    outside = ask(client, world, RANGE, start=0, end=9 * 10**15)
    assert outside["curve"] == ask(client, world, RANGE)["curve"]
    assert "must not be before" in refused(client, world, RANGE, start=2, end=1)


def test_it_says_when_there_is_nothing_yet(client: Client, db: None) -> None:
    world = two_worlds().north
    assert ask(client, world, RANGE) == {"start": None, "end": None, "stepMs": STEP_MS, "curve": []}
    assert "Nothing can be replayed yet" in refused(client, world, at=START)


def test_it_has_a_range_before_anybody_watched(client: Client, db: None) -> None:
    world = two_worlds().north
    frames.fill(NOW)
    found = ask(client, world, RANGE)
    assert (found["start"], found["end"]) == (NOW - HOUR, NOW - STEP_MS)
    assert ask(client, world, at=NOW - STEP_MS)["markers"] == []
