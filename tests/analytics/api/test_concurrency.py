"""GET /api/analytics/concurrency: how many watched at once."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import App, Source
from analytics.models import PurgeHorizon
from tests.analytics.api.conftest import API, Ask
from tests.analytics.signs import DAY, HOUR, MINUTE, START, tell, watched, watching
from tests.worlds import World, Worlds


def test_it_answers_to_the_letter(ask: Ask, world: World) -> None:
    tell(
        world.source, watched("v1", START, START + 2 * MINUTE), watched("v2", START + 70_000, START + 80_000)
    )

    assert ask("concurrency", start=START // 1000, end=(START + 3 * MINUTE) // 1000) == {
        "start": START,
        "end": START + 3 * MINUTE,
        "stepMs": MINUTE,
        "points": [
            [START, 0],
            [START + MINUTE, 1],
            [START + 2 * MINUTE, 1],
            [START + 3 * MINUTE, 0],
        ],
        "peak": {"viewers": 2, "at": START + 70_000},
        "provisionalSince": None,
    }


def test_it_knows_no_peak_where_nobody_watched(ask: Ask, at: Callable[[int], None]) -> None:
    at(START)

    found = ask("concurrency")

    assert (found["points"], found["peak"]) == ([[START, 0]], None)


@pytest.mark.parametrize("points", [4, 60, 500])
def test_it_draws_no_more_points_than_asked_for(ask: Ask, points: int) -> None:
    found = ask("concurrency", start="2026-01-01", end="2026-03-01", points=points)

    assert points // 3 < len(found["points"]) <= points


def test_it_narrows_to_a_livestream(ask: Ask, world: World) -> None:
    tell(world.source, watched("v1", START, START + HOUR, "one"), watched("v2", START, START + HOUR, "two"))

    assert ask("concurrency", streamKey="one")["peak"]["viewers"] == 1


def test_it_adds_the_curves_of_all_visible_apps_up(client: Client, worlds: Worlds) -> None:
    more = App.objects.create(public_id="more", account=worlds.north.account, name="More")
    sources = [worlds.north.source, Source.objects.create(app=more, name="s"), worlds.south.source]
    for number, source in enumerate(sources):
        tell(source, watched("v", START + number * MINUTE, START + 5 * MINUTE))
    window = {"start": START // 1000, "end": (START + 5 * MINUTE) // 1000}

    client.force_login(worlds.north.member)
    found = client.get(f"{API}concurrency", window).json()["data"]
    client.force_login(worlds.superuser)
    everything = client.get(f"{API}concurrency", window).json()["data"]

    assert [viewers for _, viewers in found["points"]] == [0, 1, 2, 2, 2, 2]
    assert [viewers for _, viewers in everything["points"]] == [0, 1, 2, 3, 3, 3]
    assert found["peak"] is None


def test_it_says_of_several_apps_what_is_true_of_all(
    client: Client, worlds: Worlds, at: Callable[[int], None]
) -> None:
    tell(worlds.south.source, watching("v", START, START + HOUR))
    PurgeHorizon.objects.create(app=worlds.north.app, horizon_ms=START + DAY)
    at(START + HOUR + 1)

    client.force_login(worlds.superuser)
    found = client.get(f"{API}concurrency", {"start": "2026-01-31T18:10:30Z"}).json()["data"]

    # A whole minute, since that is what the one app still knows; provisional, since the other is.
    assert (found["start"], found["provisionalSince"]) == (START + 10 * MINUTE, START + HOUR - 45_000)


def test_it_begins_with_the_first_viewing_of_any_app(client: Client, worlds: Worlds) -> None:
    tell(worlds.south.source, watched("v", START - 3 * DAY, START))
    tell(worlds.north.source, watched("v", START, START + HOUR))
    midnight = START - START % DAY

    client.force_login(worlds.superuser)
    found = client.get(f"{API}concurrency").json()["data"]

    assert found["start"] == midnight - 3 * DAY


def test_it_answers_who_sees_no_app(client: Client, worlds: Worlds, at: Callable[[int], None]) -> None:
    worlds.north.member.memberships.all().delete()
    client.force_login(worlds.north.member)
    at(START)

    assert client.get(f"{API}concurrency").json()["data"]["points"] == [[START, 0]]


def test_it_wants_the_app_named_for_a_livestream(client: Client, worlds: Worlds) -> None:
    client.force_login(worlds.superuser)

    response = client.get(f"{API}concurrency", {"streamKey": "one"})

    assert response.status_code == 400
    assert "app=" in response.json()["message"]
