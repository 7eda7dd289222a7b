"""GET /api/analytics/sessions/{id}/retention: how long viewers stay."""

from collections.abc import Callable, Iterator
from itertools import count, islice

import pytest
from django.test import Client

from analytics import patience
from analytics.models import LivestreamSession, ViewInterval
from ingest.fold import connection_key
from ingest.record import connection_secret
from tests.analytics.api.conftest import API, Ask
from tests.analytics.api.crowd import crowd
from tests.analytics.signs import DAY, HOUR, MINUTE, START, published, publishing, tell, watched, watching
from tests.worlds import World
from viewers.sessions.runs import cuts


def path(world: World) -> str:
    return f"sessions/{LivestreamSession.objects.get(app=world.app).pk.hex}/retention"


def test_it_answers_to_the_letter(ask: Ask, world: World) -> None:
    tell(
        world.source,
        published("p", START, START + 4 * MINUTE),
        watched("v1", START, START + 4 * MINUTE),
        watched("v2", START + MINUTE, START + 3 * MINUTE),
        watched("v3", START + MINUTE, START + 2 * MINUTE - 1),
        watched("v4", START + MINUTE, START + HOUR),
        watched("before", START - 1, START + HOUR),
        watched("after", START + 4 * MINUTE, START + HOUR),
        watched("other", START, START + HOUR, "other"),
    )

    found = ask(path(world))

    assert found.pop("rule").startswith("Of the viewings that began during the broadcast")
    assert found == {"viewings": 4, "points": [[0, 1], [1, 0.75], [2, 0.75], [3, 0.5], [4, 0.5]]}


def test_it_answers_a_broadcast_that_nobody_watched(ask: Ask, world: World) -> None:
    tell(world.source, published("p", START, START + MINUTE))

    found = ask(path(world))

    assert (found["viewings"], found["points"]) == (0, [])


def test_it_knows_of_those_who_stay_only_that_they_have_stayed_so_long(
    ask: Ask, world: World, at: Callable[[int], None]
) -> None:
    tell(
        world.source,
        publishing("p", START, START + 10 * MINUTE),
        watched("v1", START, START + 2 * MINUTE + 1000),
        watched("v2", START, START + 5 * MINUTE),
        watching("v3", START + 9 * MINUTE, START + 10 * MINUTE),
        watching("v4", START, START + 10 * MINUTE),
    )
    at(START + 10 * MINUTE)

    points = dict(ask(path(world))["points"])

    # v3 has been here for a minute: whether it stays for three, nobody knows.
    assert (points[1], points[2], points[3]) == (1, 1, round(2 / 3, 6))
    assert (points[5], points[6], points[10]) == (round(2 / 3, 6), round(1 / 3, 6), round(1 / 3, 6))


def test_it_ends_where_nobody_was_followed_any_longer(
    ask: Ask, world: World, at: Callable[[int], None]
) -> None:
    tell(
        world.source,
        publishing("p", START, START + 10 * MINUTE),
        watching("v", START + 7 * MINUTE, START + 10 * MINUTE),
    )
    at(START + 10 * MINUTE)

    assert ask(path(world))["points"] == [[0, 1], [1, 1], [2, 1], [3, 1]]


def cut_within(world: World, first: int, last: int) -> Iterator[str]:
    """Names of viewers whose weekly cut lies between the two instants."""
    for number in count():
        name = f"cut-{number}"
        if cuts(connection_key(connection_secret(), world.source.pk, "", name, "live"), first, last):
            yield name


def test_it_follows_a_viewing_over_its_weekly_cuts(ask: Ask, world: World, at: Callable[[int], None]) -> None:
    noon = START + 10 * DAY
    over, still, soon, before, later, behind = islice(cut_within(world, noon, noon + HOUR), 6)
    tell(
        world.source,
        publishing("p", noon - 2 * MINUTE, noon + 600 * MINUTE),
        watched(over, noon, noon + 120 * MINUTE),
        watching(still, noon, noon + 600 * MINUTE),
        watched(soon, noon, noon + 300 * MINUTE),
        watched(before, noon - HOUR, noon + 600 * MINUTE),
        watched(later, noon + 100 * MINUTE, noon + 220 * MINUTE),
        watched(behind, noon - HOUR, noon - 2 * MINUTE),
    )
    at(noon + 600 * MINUTE)
    assert ViewInterval.objects.filter(reason="cut").count() == 4

    found = ask(path(world))

    points = dict(found["points"])
    # The two who came before the broadcast are none of its viewings, though a piece of one begins in it.
    assert found["viewings"] == 4
    assert (points[120], points[124], points[300], points[304], points[600]) == (1, 0.5, 0.5, 0.25, 0.25)


def test_it_follows_a_viewing_for_weeks(ask: Ask, world: World, at: Callable[[int], None]) -> None:
    end = START + 16 * DAY
    for day in range(1, 17):
        until = START + day * DAY
        tell(world.source, publishing("p", until - DAY, until), watching("v", until - DAY, until))
    at(end)

    found = ask(path(world))

    assert ViewInterval.objects.count() >= 2
    assert (found["viewings"], {share for _, share in found["points"]}) == (1, {1})
    assert found["points"][-1][0] > 15 * DAY // MINUTE


def test_it_draws_at_most_so_many_points(ask: Ask, world: World) -> None:
    tell(world.source, published("p", START, START + 10 * HOUR), watched("v", START, START + 10 * HOUR))

    points = ask(path(world))["points"]

    assert points[:2] == [[0, 1], [4, 1]]
    assert (len(points), points[-1]) == (151, [600, 1])


def test_it_says_when_there_are_too_many_to_count(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(world.source, published("p", START, START + HOUR))
    crowd(world.app.pk, 50_000)
    monkeypatch.setattr(patience, "MOST_MS", 1)

    response = client.get(API + path(world), headers=world.headers())

    assert response.status_code == 503
    assert "too many viewings" in response.json()["message"]
