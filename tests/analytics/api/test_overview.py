"""GET /api/analytics/overview: totals of a window, beside those of the window before."""

from collections.abc import Callable

from django.test import Client

from analytics.models import PurgeHorizon
from tests.analytics.api.conftest import API, Ask
from tests.analytics.signs import DAY, HOUR, MINUTE, SECOND, START, published, tell, watched, watching
from tests.worlds import World

NOTHING = {"count": 0, "ingestSeconds": 0, "viewerSeconds": 0, "peakViewers": 0, "peakAt": None}


def test_it_answers_to_the_letter(ask: Ask, world: World) -> None:
    tell(
        world.source,
        published("p", START, START + HOUR),
        watched("v1", START, START + 2 * MINUTE),
        watched("v2", START + MINUTE, START + 3 * MINUTE),
        watched("before", START - HOUR, START - HOUR + 1500),
    )

    assert ask("overview", start=START // 1000, end=(START + HOUR) // 1000) == {
        "start": START,
        "end": START + HOUR,
        "provisionalSince": None,
        "totals": {
            "count": 1,
            "ingestSeconds": 3600,
            "viewerSeconds": 240,
            "peakViewers": 2,
            "peakAt": START + MINUTE,
        },
        "previous": {
            "start": START - HOUR,
            "end": START,
            "count": 0,
            "ingestSeconds": 0,
            "viewerSeconds": 1,
            "peakViewers": 1,
            "peakAt": START - HOUR,
        },
    }


def test_it_answers_an_app_without_anything(ask: Ask, world: World, at: Callable[[int], None]) -> None:
    at(START)

    found = ask("overview")

    assert found == {
        "start": None,
        "end": START,
        "provisionalSince": None,
        "totals": NOTHING,
        "previous": None,
    }


def test_it_says_the_same_as_the_realtimekit_api(client: Client, ask: Ask, world: World) -> None:
    tell(
        world.source,
        published("p1", START + 1, START + HOUR + 999),
        published("p2", START, START + HOUR, "other"),
        *(watched(f"v{n}", START + n, START + n * 1003, "other") for n in range(30)),
    )
    window = ("2026-01-31T18:00:00.500Z", "2026-01-31T18:20:00.001Z")

    ours = ask("overview", start=window[0], end=window[1])["totals"]
    theirs = client.get(
        "/accounts/north/realtime/kit/north-app/analytics/livestreams/overall",
        {"start_time": window[0], "end_time": window[1]},
        headers=world.headers(),
    ).json()["data"]

    assert (ours["count"], ours["ingestSeconds"], ours["viewerSeconds"]) == tuple(theirs.values())


def test_it_narrows_to_a_livestream(ask: Ask, world: World) -> None:
    tell(
        world.source,
        published("p", START, START + HOUR, "one"),
        watched("v1", START, START + MINUTE, "one"),
        watched("v2", START, START + HOUR, "two"),
    )

    found = ask("overview", streamKey="one")["totals"]

    assert (found["count"], found["viewerSeconds"], found["peakViewers"]) == (1, 60, 1)


def test_it_compares_with_as_long_a_time_where_the_window_ends_now(
    ask: Ask, at: Callable[[int], None]
) -> None:
    at(START + 10 * MINUTE)

    found = ask("overview", start=START // 1000, end="2027-01-01")

    assert (found["start"], found["end"]) == (START, START + 10 * MINUTE)
    assert (found["previous"]["start"], found["previous"]["end"]) == (START - 10 * MINUTE, START)


def test_it_says_since_when_it_is_provisional(ask: Ask, world: World, at: Callable[[int], None]) -> None:
    tell(world.source, watching("v", START, START + MINUTE))
    at(START + MINUTE)

    assert ask("overview")["provisionalSince"] == START + 15 * SECOND
    assert ask("overview", end=(START + 15 * SECOND) // 1000)["provisionalSince"] is None


def test_it_names_the_window_answered_for_where_only_minutes_are_kept(ask: Ask, world: World) -> None:
    PurgeHorizon.objects.create(app=world.app, horizon_ms=START + DAY)

    found = ask("overview", start="2026-01-31T18:00:59Z", end="2026-01-31T19:00:01Z")

    assert (found["start"], found["end"]) == (START, START + HOUR)


def test_it_is_never_kept(client: Client, world: World) -> None:
    answers = [client.get(f"{API}overview", headers=world.headers()), client.get(f"{API}overview")]

    assert [answer["Cache-Control"] for answer in answers] == ["no-store", "no-store"]
