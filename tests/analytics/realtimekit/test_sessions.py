"""GET …/livestreams/{id}, …/{id}/active-livestream-session and …/livestreams/sessions/{id}."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from analytics.identity import livestream_id
from analytics.models import LivestreamSession, PurgeHorizon
from tests.analytics.realtimekit.conftest import KIT, Ask
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
from tests.worlds import World, Worlds


def of(world: World, stream: str = "live") -> str:
    """The livestream's id."""
    return livestream_id(world.app.pk, stream).hex


def only_session() -> str:
    [pk] = LivestreamSession.objects.values_list("pk", flat=True)
    return str(pk.hex)


@pytest.fixture
def over(world: World) -> World:
    """An hour on the air, watched for ten minutes of it and a minute more; milliseconds hang on both."""
    tell(
        world.source,
        published("p", START, START + HOUR + 999),
        watched("v", START + HOUR - 10 * MINUTE, START + HOUR + MINUTE),
    )
    return world


@pytest.fixture
def going_on(world: World, at: Callable[[int], None]) -> World:
    """On the air for 80 s by now, watched for 20 s less."""
    tell(
        world.source,
        publishing("p", START, START + 70 * SECOND),
        watching("v", START + 20 * SECOND, START + 70 * SECOND),
    )
    at(START + 80 * SECOND)
    return world


def test_it_tells_of_a_session_that_is_over_in_whole_numbers(ask: Ask, over: World) -> None:
    session = only_session()

    assert ask(f"livestreams/sessions/{session}") == {
        "id": session,
        "livestream_id": of(over),
        "ingest_seconds": 3600,
        "viewer_seconds": 600,
        "err_message": "",
        "created_at": "2026-01-31T18:00:00.000Z",
        "started_time": "2026-01-31T18:00:00.000Z",
        "stopped_time": "2026-01-31T19:00:00.999Z",
        "updated_at": "2026-01-31T19:00:00.999Z",
    }


def test_it_counts_a_session_that_goes_on_up_to_now(ask: Ask, going_on: World) -> None:
    found = ask(f"livestreams/sessions/{only_session()}")

    assert (found["ingest_seconds"], found["viewer_seconds"]) == (80, 60)
    assert "stopped_time" not in found
    assert found["updated_at"] == "2026-01-31T18:00:00.000Z"


def test_it_tells_of_a_livestream_with_its_sessions_newest_first(ask: Ask, over: World) -> None:
    tell(over.source, published("p", START + DAY, START + DAY + 90 * SECOND))

    data = ask(f"livestreams/{of(over)}")

    assert data["livestream"]["id"] == of(over)
    assert data["livestream"]["status"] == "IDLE"
    assert data["livestream"]["updated_at"] == "2026-02-01T18:01:30.000Z"
    assert [one["started_time"] for one in data["sessions"]] == [
        "2026-02-01T18:00:00.000Z",
        "2026-01-31T18:00:00.000Z",
    ]
    assert [(one["ingest_seconds"], one["viewer_seconds"]) for one in data["sessions"]] == [
        (90.0, 0.0),
        (3600.0, 600.0),
    ]
    assert data["session"] == data["sessions"][0]
    assert data["paging"] == {"total_count": 2, "start_offset": 1, "end_offset": 2}


def test_it_says_when_a_session_was_invoked_where_the_contract_has_it(ask: Ask, over: World) -> None:
    session = ask(f"livestreams/{of(over)}")["session"]

    assert session["invoked_time"] == session["started_time"]
    assert "invoked_time" not in ask(f"livestreams/sessions/{only_session()}")


def test_it_writes_figures_of_sessions_as_fractions_in_a_livestream(client: Client, over: World) -> None:
    response = client.get(f"{KIT}livestreams/{of(over)}", headers=over.headers())

    assert b'"ingest_seconds":3600.0,' in response.content


@pytest.mark.parametrize(("number", "minutes", "start"), [(1, [2, 1], 1), (2, [0], 3), (3, [], 0)])
def test_it_turns_pages_of_sessions(
    ask: Ask, world: World, number: int, minutes: list[int], start: int
) -> None:
    for place in range(3):
        since = START + place * HOUR
        tell(world.source, published("p", since, since + place * MINUTE))

    data = ask(f"livestreams/{of(world)}", page_no=number, per_page=2)

    assert [one["ingest_seconds"] for one in data["sessions"]] == [60.0 * minute for minute in minutes]
    end = start + len(minutes) - 1 if minutes else 0
    assert data["paging"] == {"total_count": 3, "start_offset": start, "end_offset": end}
    assert ("session" in data) is bool(minutes)


def test_it_tells_of_the_session_on_the_air_in_texts(ask: Ask, going_on: World) -> None:
    data = ask(f"livestreams/{of(going_on)}/active-livestream-session")

    assert data["livestream"]["status"] == "LIVE"
    assert data["session"] == {
        "id": only_session(),
        "livestream_id": of(going_on),
        "ingest_seconds": "80",
        "viewer_seconds": "60",
        "err_message": "",
        "created_at": "2026-01-31T18:00:00.000Z",
        "started_time": "2026-01-31T18:00:00.000Z",
        "invoked_time": "2026-01-31T18:00:00.000Z",
        "updated_at": "2026-01-31T18:00:00.000Z",
    }


def test_it_has_no_active_session_off_the_air(ask: Ask, over: World) -> None:
    data = ask(f"livestreams/{of(over)}/active-livestream-session")

    assert data.keys() == {"livestream"}
    assert data["livestream"]["status"] == "IDLE"


def test_it_keeps_inferred_broadcasts_out_of_ingest_time(ask: Ask, world: World) -> None:
    tell(world.source, watched("v", START, START + MINUTE))

    session = ask(f"livestreams/{of(world)}")["session"]

    assert (session["ingest_seconds"], session["viewer_seconds"]) == (0, 60)


def test_its_figures_are_those_of_the_sessions_window(ask: Ask, over: World) -> None:
    tell(
        over.source,
        published("p2", START, START + HOUR, "other"),
        watched("v2", START, START + HOUR, "other"),
    )

    sessions = [ask(f"livestreams/{of(over, name)}")["session"] for name in ("live", "other")]
    overall = ask(
        "analytics/livestreams/overall", start_time="2026-01-31T18:00Z", end_time="2026-01-31T19:00:00.999Z"
    )

    for name in ("ingest_seconds", "viewer_seconds"):
        assert sum(session[name] for session in sessions) == overall[f"total_{name}"]


def test_it_knows_single_minutes_where_viewings_have_been_purged(ask: Ask, over: World) -> None:
    PurgeHorizon.objects.create(app=over.app, horizon_ms=START + DAY)

    found = ask(f"livestreams/sessions/{only_session()}")

    # Up to 19:00:00: the part of a minute at the end is gone.
    assert (found["ingest_seconds"], found["viewer_seconds"]) == (3600, 600)


@pytest.mark.parametrize("path", ["{stream}", "{stream}/active-livestream-session", "sessions/{session}"])
def test_it_says_from_when_on_figures_are_provisional(client: Client, going_on: World, path: str) -> None:
    path = path.format(stream=of(going_on), session=only_session())
    response = client.get(f"{KIT}livestreams/{path}", headers=going_on.headers())

    # Three report intervals of 15 s before the last report.
    assert response["Provisional-Since"] == "2026-01-31T18:00:25.000Z"
    assert response["Cache-Control"] == "no-store"


def test_it_is_silent_about_provisional_times_after_a_session(
    client: Client, going_on: World, at: Callable[[int], None]
) -> None:
    tell(going_on.source, published("p", START, START + 75 * SECOND))
    tell(going_on.source, watching("v", START + 20 * SECOND, START + 5 * MINUTE))
    at(START + 5 * MINUTE)

    path = f"{KIT}livestreams/sessions/{only_session()}"
    assert "Provisional-Since" not in client.get(path, headers=going_on.headers())


@pytest.mark.parametrize("path", ["{}", "{}/active-livestream-session", "sessions/{}"])
@pytest.mark.parametrize(
    "id", ["0" * 32, "sessions", "x" * 5000, "{" + "0" * 30 + "}", "%F0%9F%92%A9", "0x" + "0" * 30]
)
def test_it_does_not_find_what_is_not_there(client: Client, over: World, path: str, id: str) -> None:
    response = client.get(f"{KIT}livestreams/{path.format(id)}", headers=over.headers())

    assert response.status_code == 404
    assert response.json()["errors"][0]["code"] == response.json()["error"]["code"] == 404
    assert response.json()["error"]["message"].startswith("No such livestream")


@pytest.mark.parametrize("path", ["{stream}", "{stream}/active-livestream-session", "sessions/{session}"])
def test_it_finds_nothing_of_other_apps(client: Client, over: World, worlds: Worlds, path: str) -> None:
    path = path.format(stream=of(over), session=only_session())
    south = "/accounts/south/realtime/kit/south-app/livestreams/"

    response = client.get(f"{south}{path}", headers=worlds.south.headers())

    assert response.status_code == 404


def test_it_takes_ids_as_uuids_are_written_too(ask: Ask, over: World) -> None:
    written = str(uuid.UUID(of(over))).upper()

    assert ask(f"livestreams/{written}")["livestream"]["id"] == of(over)
