"""GET /api/analytics/livestreams: the livestreams with anything in a window."""

from collections.abc import Callable

import pytest
from django.test import Client

from analytics.identity import livestream_id
from analytics.models import Livestream
from tests.analytics.api.conftest import API, Ask
from tests.analytics.signs import HOUR, MINUTE, START, published, publishing, tell, watched, watching
from tests.worlds import World

WINDOW = {"start": START // 1000, "end": (START + HOUR) // 1000}


def test_it_answers_to_the_letter(ask: Ask, world: World) -> None:
    tell(
        world.source,
        published("p1", START, START + 10 * MINUTE),
        published("p2", START + 20 * MINUTE, START + 2 * HOUR),
        watched("v1", START, START + 90_500),
        watched("v2", START + MINUTE, START + 2 * MINUTE),
        watched("v3", START + 3 * MINUTE, START + 3 * MINUTE),
        watched("other", START + 5 * HOUR, START + 6 * HOUR, "later"),
    )
    Livestream.objects.filter(stream_key="live").update(name="The show")

    assert ask("livestreams", **WINDOW) == {
        "start": START,
        "end": START + HOUR,
        "provisionalSince": None,
        "totalItems": 1,
        "itemsPerPage": 10,
        "totalPages": 1,
        "currentPage": 1,
        "hasPrevious": False,
        "hasNext": False,
        "list": [
            {
                "id": livestream_id(world.app.pk, "live").hex,
                "streamKey": "live",
                "name": "The show",
                "sessions": 2,
                "ingestSeconds": 3000,
                "viewerSeconds": 150,
                "viewings": 3,
                "peakViewers": 2,
                "meanWatchSeconds": 50,
                "lastStarted": START + 20 * MINUTE,
                "live": False,
            }
        ],
    }


def test_it_answers_an_app_without_anything(ask: Ask) -> None:
    found = ask("livestreams")

    assert (found["list"], found["totalItems"], found["totalPages"]) == ([], 0, 1)


def test_it_says_which_are_on_the_air_now(ask: Ask, world: World) -> None:
    tell(
        world.source,
        publishing("p1", START, START + MINUTE, "on"),
        published("p2", START, START + MINUTE, "off"),
    )

    found = ask("livestreams", **WINDOW)["list"]

    assert {row["streamKey"]: row["live"] for row in found} == {"on": True, "off": False}


@pytest.fixture
def three(world: World) -> None:
    """``a`` is watched most, ``b`` by most at once, ``c`` is on the air most often and longest."""
    tell(
        world.source,
        published("pa", START + MINUTE, START + 2 * MINUTE, "a"),
        watched("v1", START, START + 50 * MINUTE, "a"),
        published("pb", START + 2 * MINUTE, START + 4 * MINUTE, "b"),
        watched("v2", START, START + MINUTE, "b"),
        watched("v3", START, START + MINUTE, "b"),
        published("pc", START, START + 5 * MINUTE, "c"),
        published("pd", START + 10 * MINUTE, START + 20 * MINUTE, "c"),
        watched("v4", START, START + MINUTE // 2, "c"),
    )
    Livestream.objects.filter(stream_key="c").update(name="Almost")


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(("search", "keys"), [("B", "b"), ("aLMo", "c"), ("", "abc"), ("%", "")])
def test_it_searches_names_and_stream_keys(ask: Ask, search: str, keys: str) -> None:
    found = ask("livestreams", **WINDOW, search=search)

    assert "".join(row["streamKey"] for row in found["list"]) == keys
    assert found["totalItems"] == len(keys)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("sort", "keys"),
    [
        ("viewerSeconds", "abc"),
        ("peakViewers", "bac"),
        ("sessions", "cab"),
        ("ingestSeconds", "cba"),
        ("meanWatchSeconds", "abc"),
        ("name", "bca"),
        ("lastStarted", "cba"),
    ],
)
def test_it_sorts(ask: Ask, sort: str, keys: str) -> None:
    descending = [row["streamKey"] for row in ask("livestreams", **WINDOW, sort=sort)["list"]]
    ascending = [row["streamKey"] for row in ask("livestreams", **WINDOW, sort=sort, order="asc")["list"]]

    assert "".join(descending) == keys
    if sort not in {"peakViewers", "sessions"}:
        assert "".join(ascending) == keys[::-1]


@pytest.mark.usefixtures("three")
def test_it_answers_in_pages(ask: Ask) -> None:
    pages = [ask("livestreams", **WINDOW, rowsPerPage=2, page=number) for number in (1, 2, 3)]

    assert [[row["streamKey"] for row in page["list"]] for page in pages] == [["a", "b"], ["c"], []]
    assert [(page["hasPrevious"], page["hasNext"]) for page in pages] == [
        (False, True),
        (True, False),
        (True, False),
    ]
    assert {(page["totalItems"], page["totalPages"]) for page in pages} == {(3, 2)}


@pytest.mark.usefixtures("three")
def test_it_narrows_to_a_livestream(ask: Ask) -> None:
    assert [row["streamKey"] for row in ask("livestreams", **WINDOW, streamKey="b")["list"]] == ["b"]


@pytest.mark.usefixtures("three")
def test_it_adds_up_to_the_overview(ask: Ask) -> None:
    rows, totals = ask("livestreams", **WINDOW)["list"], ask("overview", **WINDOW)["totals"]

    assert sum(row["viewerSeconds"] for row in rows) == totals["viewerSeconds"]
    assert sum(row["ingestSeconds"] for row in rows) == totals["ingestSeconds"]
    assert len(rows) == totals["count"]


def test_it_counts_viewings_that_go_on(ask: Ask, world: World, at: Callable[[int], None]) -> None:
    tell(world.source, watching("v", START, START + MINUTE))
    at(START + MINUTE)

    found = ask("livestreams")

    assert (found["list"][0]["viewings"], found["list"][0]["viewerSeconds"]) == (1, 60)
    assert found["provisionalSince"] == START + MINUTE - 45_000


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sort=age", "sort must be viewerSeconds, peakViewers, "),
        ("order=up", "order must be asc or desc."),
        ("page=0", "page must be a whole number from 1 to 100000."),
        ("rowsPerPage=101", "rowsPerPage must be a whole number from 1 to 100."),
    ],
)
def test_it_says_what_is_wrong(client: Client, world: World, query: str, said: str) -> None:
    response = client.get(f"{API}livestreams?{query}", headers=world.headers())

    assert response.status_code == 400
    assert response.json()["message"].startswith(said)
