"""GET /api/analytics/live: what is on the air now."""

from collections.abc import Callable

from django.test import Client

from tests.analytics.api.conftest import API, Ask
from tests.analytics.signs import MINUTE, SECOND, START, published, publishing, tell
from tests.worlds import World, Worlds


def test_it_answers_nothing_yet(ask: Ask) -> None:
    assert ask("live") == {"livestreams": 0, "sources": {"total": 1, "reporting": 0, "lastReport": None}}


def test_it_counts_livestreams_and_not_publishers(ask: Ask, world: World) -> None:
    tell(
        world.source,
        publishing("p1", START, START + MINUTE, "one"),
        publishing("p2", START, START + MINUTE, "one"),
        publishing("p3", START, START + MINUTE, "two"),
        published("p4", START, START + MINUTE, "over"),
    )

    assert ask("live")["livestreams"] == 2


def test_it_knows_which_sources_still_report(ask: Ask, world: World, at: Callable[[int], None]) -> None:
    tell(world.source, publishing("p", START, START))

    at(START + 45 * SECOND)
    assert ask("live")["sources"] == {"total": 1, "reporting": 1, "lastReport": START}
    at(START + 45 * SECOND + 1)
    assert ask("live")["sources"] == {"total": 1, "reporting": 0, "lastReport": START}


def test_it_takes_all_visible_apps_together_and_no_others(client: Client, worlds: Worlds) -> None:
    for world in (worlds.north, worlds.south):
        tell(world.source, publishing("p", START, START))

    client.force_login(worlds.superuser)
    everything = client.get(f"{API}live").json()["data"]
    client.force_login(worlds.north.member)
    northern = client.get(f"{API}live").json()["data"]
    narrowed = client.get(f"{API}live", {"app": "north-app"}).json()["data"]

    assert (everything["livestreams"], northern["livestreams"], narrowed["livestreams"]) == (2, 1, 1)
    assert (everything["sources"]["total"], northern["sources"]["total"]) == (2, 1)
