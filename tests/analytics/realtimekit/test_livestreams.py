"""GET …/livestreams: a page of an app's livestreams."""

from typing import Any

import pytest
from django.test import Client

from analytics.models import Livestream, PurgeHorizon
from tests.analytics.realtimekit.conftest import KIT, Ask
from tests.analytics.signs import (
    DAY,
    HOUR,
    MINUTE,
    START,
    published,
    publishing,
    tell,
    watching,
)
from tests.worlds import World, Worlds


def names(data: dict[str, Any]) -> list[str]:
    return [livestream["name"] for livestream in data["livestreams"]]


def broadcast(world: World, *streams: str) -> None:
    """One after the other first heard of, each on the air for a minute, an hour after the one before."""
    for place, stream in enumerate(streams):
        since = START + place * HOUR
        tell(world.source, published(stream, since, since + MINUTE, stream))


def test_it_answers_an_empty_page_where_nothing_was_streamed(ask: Ask) -> None:
    assert ask("livestreams") == {
        "paging": {"total_count": 0, "start_offset": 0, "end_offset": 0},
        "livestreams": [],
    }


def test_it_describes_a_livestream_as_the_contract_does(ask: Ask, world: World) -> None:
    tell(world.source, published("p", START, START + HOUR, "camera"))
    [pk] = Livestream.objects.values_list("pk", flat=True)

    [found] = ask("livestreams")["livestreams"]

    assert found == {
        "id": pk.hex,
        "name": "camera",
        "stream_key": "camera",
        "status": "IDLE",
        "disabled": "false",
        "ingest_server": "",
        "playback_url": "",
        "meeting_id": "",
        "created_at": "2026-01-31T19:00:00.000Z",
        "updated_at": "2026-01-31T19:00:00.000Z",
    }


def test_it_holds_the_first_livestream_where_the_contract_has_it(ask: Ask, world: World) -> None:
    broadcast(world, "older", "newer")

    data = ask("livestreams")

    first = {name: value for name, value in data.items() if name not in {"paging", "livestreams"}}
    assert names(data) == ["newer", "older"]
    assert first == data["livestreams"][0]


def test_it_prefers_the_name_that_a_livestream_was_given(ask: Ask, world: World) -> None:
    broadcast(world, "camera")
    Livestream.objects.update(name="Main stage")

    data = ask("livestreams")

    assert (data["name"], data["stream_key"]) == ("Main stage", "camera")


@pytest.mark.parametrize(
    ("order", "expected"), [({}, "cba"), ({"sort_order": "DSC"}, "cba"), ({"sort_order": "ASC"}, "abc")]
)
def test_it_sorts_by_when_they_were_first_heard_of(
    ask: Ask, world: World, order: dict[str, str], expected: str
) -> None:
    broadcast(world, *"abc")

    assert names(ask("livestreams", **order)) == list(expected)


@pytest.mark.parametrize(
    ("number", "expected", "start", "end"),
    [(1, "ab", 1, 2), (3, "e", 5, 5), (4, "", 0, 0), (10**8, "", 0, 0)],
)
def test_it_turns_pages(ask: Ask, world: World, number: int, expected: str, start: int, end: int) -> None:
    broadcast(world, *"abcde")

    data = ask("livestreams", page_no=number, per_page=2, sort_order="ASC")

    assert names(data) == list(expected)
    assert data["paging"] == {"total_count": 5, "start_offset": start, "end_offset": end}


def test_it_tells_what_is_on_the_air_from_what_was_and_what_never_was(ask: Ask, world: World) -> None:
    tell(
        world.source,
        published("p1", START, START + MINUTE, "idle"),
        publishing("p2", START, START + MINUTE, "live"),
    )
    Livestream.objects.create(id="0" * 32, app=world.app, stream_key="invoked", created_ms=START)

    found = {one["name"]: one["status"] for one in ask("livestreams")["livestreams"]}

    assert found == {"idle": "IDLE", "live": "LIVE", "invoked": "INVOKED"}
    for name, status in found.items():
        assert names(ask("livestreams", status=status)) == [name]
    assert names(ask("livestreams", status="ERRORED")) == []


def test_it_takes_a_livestream_for_live_again_after_a_pause(ask: Ask, world: World) -> None:
    tell(world.source, published("p", START, START + MINUTE), publishing("q", START + HOUR, START + HOUR))

    data = ask("livestreams")

    assert (data["status"], data["updated_at"]) == ("LIVE", "2026-01-31T19:00:00.000Z")


def test_it_takes_viewers_for_a_sign_of_a_broadcast_where_nobody_reports_publishers(
    ask: Ask, world: World
) -> None:
    tell(world.source, watching("v", START, START + MINUTE))

    assert ask("livestreams")["status"] == "LIVE"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, START + HOUR, ["a"]),
        (START + MINUTE, None, ["b"]),
        (START, START + HOUR, ["a"]),
        (START, START + HOUR + 1, ["b", "a"]),
        (START + MINUTE, START + HOUR, []),
        (START + 30_000, START + 30_000, []),
    ],
)
def test_it_lists_what_was_on_the_air_in_a_window_as_overall_counts_it(
    ask: Ask, world: World, start: int | None, end: int | None, expected: list[str]
) -> None:
    broadcast(world, "a", "b")
    window = {"start_time": start, "end_time": end}
    asked = {name: f"1970-01-01T00:00:00.{at % 1000:03}Z" for name, at in window.items() if at and at % 1000}
    asked |= {name: str(at // 1000) for name, at in window.items() if at and not at % 1000}
    asked |= {"end_time": "2026-01-31T19:00:00.001Z"} if end == START + HOUR + 1 else {}

    data = ask("livestreams", **asked)

    assert names(data) == expected
    assert data["paging"]["total_count"] == len(expected)
    assert ask("analytics/livestreams/overall", **asked)["count"] == len(expected)


def test_it_counts_as_overall_does_where_only_minutes_are_kept(ask: Ask, world: World) -> None:
    broadcast(world, "a")
    PurgeHorizon.objects.create(app=world.app, horizon_ms=START + DAY)
    # Snapped to 18:01:00, where the broadcast ended.
    window = {"start_time": START // 1000 + 90}

    assert ask("livestreams", **window)["paging"]["total_count"] == 0
    assert ask("analytics/livestreams/overall", **window)["count"] == 0


def test_it_lists_nothing_of_a_window_to_come(ask: Ask, world: World) -> None:
    tell(world.source, publishing("p", START, START))

    assert names(ask("livestreams", start_time="2099-01-01")) == []


@pytest.mark.parametrize("value", ["true", "false"])
def test_it_has_no_meetings_to_exclude(ask: Ask, world: World, value: str) -> None:
    broadcast(world, "a")

    assert names(ask("livestreams", exclude_meetings=value)) == ["a"]


def test_it_lists_nothing_of_other_apps(ask: Ask, worlds: Worlds) -> None:
    broadcast(worlds.south, "southern")

    assert names(ask("livestreams")) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("page_no=0", "page_no must be a whole number from 1 to 999999999."),
        ("page_no=-1", "page_no must be a whole number from 1 to 999999999."),
        ("per_page=0", "per_page must be a whole number from 1 to 100."),
        ("per_page=101", "per_page must be a whole number from 1 to 100."),
        ("per_page=x", "per_page must be a whole number from 1 to 100."),
        ("per_page=1&per_page=2", "per_page is given 2 times: send it once."),
        ("status=live", "status must be one of: LIVE, IDLE, INVOKED, ERRORED."),
        ("sort_order=DESC", "sort_order must be one of: ASC, DSC."),
        ("exclude_meetings=1", "exclude_meetings must be one of: true, false."),
        ("start_time=2026-02-01&end_time=2026-01-31", "end_time must not be before start_time."),
    ],
)
def test_it_says_what_to_do_about_a_bad_parameter(
    client: Client, world: World, query: str, message: str
) -> None:
    response = client.get(f"{KIT}livestreams?{query}", headers=world.headers())

    assert response.status_code == 400
    assert response.json()["error"] == {"code": 400, "message": message}
    assert response.json()["errors"] == [{"code": 400, "message": message}]


def test_it_answers_below_the_path_of_the_vendors_own_clients(client: Client, world: World) -> None:
    broadcast(world, "a")

    response = client.get(f"/client/v4{KIT}livestreams", headers=world.headers())

    assert names(response.json()["data"]) == ["a"]
    assert response["Cache-Control"] == "no-store"
