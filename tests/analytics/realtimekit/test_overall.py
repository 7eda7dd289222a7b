"""GET …/analytics/livestreams/overall: totals of a window."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Scope
from analytics.models import PurgeHorizon
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
from tests.worlds import World, two_worlds

OVERALL = "/accounts/north/realtime/kit/north-app/analytics/livestreams/overall"


@pytest.fixture
def world(db: None) -> World:
    return two_worlds().north


def ask(client: Client, world: World, **query: str | int) -> dict[str, int]:
    response = client.get(OVERALL, query, headers=world.headers())
    assert response.status_code == 200, response.content
    found: dict[str, int] = response.json()["data"]
    return found


def test_it_answers_as_the_contract_shows(client: Client, world: World) -> None:
    response = client.get(OVERALL, headers=world.headers())

    assert response.json() == {
        "data": {"count": 0, "total_ingest_seconds": 0, "total_viewer_seconds": 0},
        "success": True,
    }
    assert response["Content-Type"] == "application/json"


def test_it_counts_all_of_the_past_when_no_window_is_asked_for(client: Client, world: World) -> None:
    tell(world.source, published("p", START, START + HOUR), watched("v", START, START + MINUTE))

    assert ask(client, world) == {"count": 1, "total_ingest_seconds": 3600, "total_viewer_seconds": 60}


def test_it_clips_to_the_window(client: Client, world: World) -> None:
    tell(world.source, published("p", START, START + HOUR), watched("v", START, START + HOUR))

    found = ask(client, world, start_time=START // 1000 + 600, end_time=START // 1000 + 601)

    assert found == {"count": 1, "total_ingest_seconds": 1, "total_viewer_seconds": 1}


def test_it_adds_viewers_up_and_counts_publishers_of_one_stream_once(client: Client, world: World) -> None:
    tell(
        world.source,
        published("p1", START, START + 2 * MINUTE),
        published("p2", START + MINUTE, START + 3 * MINUTE),
        watched("v1", START, START + 2 * MINUTE),
        watched("v2", START + MINUTE, START + 3 * MINUTE),
    )

    assert ask(client, world) == {"count": 1, "total_ingest_seconds": 180, "total_viewer_seconds": 240}


def test_it_counts_livestreams_and_not_their_broadcasts(client: Client, world: World) -> None:
    tell(
        world.source,
        published("p1", START, START + MINUTE, "one"),
        published("p2", START + HOUR, START + HOUR + MINUTE, "one"),
        published("p3", START, START + MINUTE, "two"),
    )

    assert ask(client, world)["count"] == 2


def test_it_leaves_out_what_touches_the_window_from_outside(client: Client, world: World) -> None:
    tell(world.source, published("p", START, START + MINUTE), watched("v", START, START + MINUTE))

    after = ask(client, world, start_time=START // 1000 + 60, end_time=START // 1000 + 120)
    before = ask(client, world, start_time=START // 1000 - 60, end_time=START // 1000)

    assert after == before == {"count": 0, "total_ingest_seconds": 0, "total_viewer_seconds": 0}


def test_it_rounds_down_once_at_the_end(client: Client, world: World) -> None:
    tell(world.source, *(watched(f"v{n}", START, START + 999) for n in range(3)))

    assert ask(client, world)["total_viewer_seconds"] == 2


def test_it_counts_who_still_watches_up_to_now(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(world.source, publishing("p", START, START + MINUTE), watching("v", START, START + MINUTE))
    monkeypatch.setattr("analytics.realtimekit.views.now_ms", lambda: START + MINUTE + 20 * SECOND)

    assert ask(client, world) == {"count": 1, "total_ingest_seconds": 80, "total_viewer_seconds": 80}


def test_it_says_from_when_on_totals_are_provisional(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(world.source, watching("v", START, START + MINUTE))
    monkeypatch.setattr("analytics.realtimekit.views.now_ms", lambda: START + MINUTE)

    response = client.get(OVERALL, headers=world.headers())

    # Three report intervals of 15 s before now.
    assert response["Provisional-Since"] == "2026-01-31T18:00:15.000Z"


def test_it_is_silent_about_provisional_times_after_the_window(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(world.source, watching("v", START, START + MINUTE))
    monkeypatch.setattr("analytics.realtimekit.views.now_ms", lambda: START + MINUTE)

    response = client.get(OVERALL, {"end_time": START // 1000 + 15}, headers=world.headers())

    assert "Provisional-Since" not in response


def test_it_says_which_window_it_answers_for_where_only_minutes_are_kept(
    client: Client, world: World
) -> None:
    PurgeHorizon.objects.create(app=world.app, horizon_ms=START + DAY)

    response = client.get(
        OVERALL,
        {"start_time": "2026-01-31T18:00:59Z", "end_time": "2026-01-31T19:00Z"},
        headers=world.headers(),
    )

    assert response["Snapped-To"] == "2026-01-31T18:00:00.000Z/2026-01-31T19:00:00.000Z"


def test_it_says_nothing_of_a_window_that_it_answers_as_asked(client: Client, world: World) -> None:
    response = client.get(OVERALL, {"start_time": "2026-01-31T18:00:59Z"}, headers=world.headers())

    assert "Snapped-To" not in response


def test_it_answers_below_the_path_of_the_vendors_own_clients(client: Client, world: World) -> None:
    tell(world.source, watched("v", START, START + MINUTE))

    response = client.get(f"/client/v4{OVERALL}", headers=world.headers())

    assert response.json()["data"]["total_viewer_seconds"] == 60


@pytest.mark.parametrize("scope", [Scope.READ, Scope.ADMIN])
def test_it_answers_tokens_of_the_app_that_may_read(client: Client, world: World, scope: str) -> None:
    assert client.get(OVERALL, headers=world.headers(scope)).status_code == 200


def test_it_answers_tokens_of_the_account_by_either_header(client: Client, world: World) -> None:
    bearer = client.get(OVERALL, headers={"Authorization": f"Bearer {world.account_secret}"})
    key = client.get(OVERALL, headers={"X-Api-Key": world.account_secret})

    assert (bearer.status_code, key.status_code) == (200, 200)


def test_it_answers_people_of_the_account(client: Client, world: World) -> None:
    client.force_login(world.member)

    assert client.get(OVERALL).status_code == 200


def test_it_may_not_be_kept_by_anybody_on_the_way(client: Client, world: World) -> None:
    answers = [client.get(OVERALL, headers=world.headers()), client.get(OVERALL)]

    assert [answer["Cache-Control"] for answer in answers] == ["no-store", "no-store"]


def test_it_answers_head_with_the_same_headers_and_no_body(client: Client, world: World) -> None:
    response = client.head(OVERALL, headers=world.headers())

    assert (response.status_code, response.content) == (200, b"")


def test_it_asks_the_database_equally_often_whatever_the_window(
    client: Client, world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tell(
        world.source,
        *(watched(f"v{n}", START + n * HOUR, START + (n + 1) * HOUR, f"s{n}") for n in range(20)),
    )

    with django_assert_max_num_queries(10):
        client.get(OVERALL, {"start_time": "1970-01-01"}, headers=world.headers())
