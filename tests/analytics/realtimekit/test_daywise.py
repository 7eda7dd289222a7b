"""GET …/analytics/livestreams/daywise: totals day by day."""

from typing import Any

import pytest
from django.test import Client

from analytics.models import PurgeHorizon
from tests.analytics.signs import DAY, HOUR, MINUTE, SECOND, START, published, tell, watched, watching
from tests.worlds import World, two_worlds

DAYWISE = "/accounts/north/realtime/kit/north-app/analytics/livestreams/daywise"
OVERALL = "/accounts/north/realtime/kit/north-app/analytics/livestreams/overall"


@pytest.fixture
def world(db: None) -> World:
    return two_worlds().north


def ask(client: Client, world: World, **query: str | int) -> list[dict[str, Any]]:
    response = client.get(DAYWISE, query, headers=world.headers())
    assert response.status_code == 200, response.content
    body = response.json()
    assert body.keys() == {"data", "success"}
    assert body["success"] is True
    found: list[dict[str, Any]] = body["data"]
    return found


def test_it_splits_at_midnight(client: Client, world: World) -> None:
    midnight = START + 6 * HOUR
    tell(
        world.source,
        published("p", START, midnight + HOUR),
        watched("v", midnight - MINUTE, midnight + SECOND),
    )

    assert ask(client, world, start_time="2026-01-31", end_time="2026-02-02") == [
        {"count": 1, "date": "2026-01-31", "total_ingest_seconds": 21600, "total_viewer_seconds": 60},
        {"count": 1, "date": "2026-02-01", "total_ingest_seconds": 3600, "total_viewer_seconds": 1},
    ]


def test_it_lists_days_on_which_nothing_happened(client: Client, world: World) -> None:
    found = ask(client, world, start_time="2026-01-30", end_time="2026-02-02")

    assert [(day["date"], day["count"]) for day in found] == [
        ("2026-01-30", 0),
        ("2026-01-31", 0),
        ("2026-02-01", 0),
    ]


def test_it_divides_days_as_the_asked_zone_does(client: Client, world: World) -> None:
    midnight_in_warsaw = START + 5 * HOUR
    tell(world.source, watched("v", midnight_in_warsaw - MINUTE, midnight_in_warsaw + SECOND))

    found = ask(client, world, start_time="2026-01-31", end_time="2026-02-02", timezone="Europe/Warsaw")

    assert [day["total_viewer_seconds"] for day in found] == [60, 1]


@pytest.mark.parametrize(
    ("day", "after", "hours"), [("2026-03-29", "2026-03-30", 23), ("2025-10-26", "2025-10-27", 25)]
)
def test_it_gives_a_day_the_hours_that_it_has(
    client: Client, world: World, day: str, after: str, hours: int
) -> None:
    summer = 1_774_742_400_000  # 2026-03-29T00:00:00Z
    winter = 1_761_436_800_000  # 2025-10-26T00:00:00Z
    for middle in (winter, summer):
        tell(world.source, watched(f"v{middle}", middle - 3 * DAY, middle + 3 * DAY))

    [found] = ask(client, world, start_time=day, end_time=after, timezone="Europe/Warsaw")

    assert found["total_viewer_seconds"] == hours * 3600


def test_it_clips_the_first_and_the_last_day_to_the_window(client: Client, world: World) -> None:
    tell(world.source, watched("v", START, START + 2 * DAY))

    found = ask(client, world, start_time="2026-01-31T23:00Z", end_time="2026-02-01T01:30Z")

    assert [day["total_viewer_seconds"] for day in found] == [3600, 5400]


def test_it_adds_up_to_the_overall_totals_of_the_same_window(client: Client, world: World) -> None:
    tell(world.source, published("p", START, START + 2 * DAY), watched("v", START, START + 2 * DAY))
    query = {"start_time": "2026-01-31T17:00", "end_time": "2026-02-02T05:00", "timezone": "Asia/Kolkata"}

    found = ask(client, world, **query)
    overall = client.get(OVERALL, query, headers=world.headers()).json()["data"]

    for name in ("total_ingest_seconds", "total_viewer_seconds"):
        assert sum(day[name] for day in found) == overall[name]


def test_it_shows_the_last_thirty_days_by_default(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.realtimekit.views.now_ms", lambda: START)

    found = ask(client, world)

    assert (len(found), found[0]["date"], found[-1]["date"]) == (30, "2026-01-02", "2026-01-31")


def test_it_shows_no_days_to_come(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.realtimekit.views.now_ms", lambda: START)

    assert ask(client, world, start_time="2026-02-01") == []


def test_it_shows_four_hundred_days_and_no_more(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.realtimekit.views.now_ms", lambda: START)
    whole = {"start_time": "2024-12-01", "end_time": "2026-01-05"}

    refused = client.get(DAYWISE, {**whole, "end_time": "2026-01-06"}, headers=world.headers())

    assert len(ask(client, world, **whole)) == 400
    assert refused.status_code == 400
    assert "at most 400 days" in refused.json()["error"]["message"]


def test_it_says_from_when_on_days_are_provisional(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(world.source, watching("v", START, START + MINUTE))
    monkeypatch.setattr("analytics.realtimekit.views.now_ms", lambda: START + MINUTE)

    response = client.get(DAYWISE, headers=world.headers())

    assert response["Provisional-Since"] == "2026-01-31T18:00:15.000Z"


def test_it_says_which_window_it_answers_for_where_only_minutes_are_kept(
    client: Client, world: World
) -> None:
    PurgeHorizon.objects.create(app=world.app, horizon_ms=START + DAY)

    response = client.get(
        DAYWISE, {"start_time": "2026-01-31T18:00:59Z", "end_time": "2026-02-01"}, headers=world.headers()
    )

    assert response["Snapped-To"] == "2026-01-31T18:00:00.000Z/2026-02-01T00:00:00.000Z"


def test_it_answers_below_the_path_of_the_vendors_own_clients(client: Client, world: World) -> None:
    assert client.get(f"/client/v4{DAYWISE}", headers=world.headers()).status_code == 200
