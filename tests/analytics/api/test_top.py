"""GET /api/analytics/top: what was watched most, by country, player or protocol."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from analytics import patience
from analytics.arithmetic import Interval
from analytics.livestream_table import livestreams
from analytics.models import LivestreamSession, PurgeHorizon
from analytics.top import top
from ingest.events import Event
from tests.analytics import brute
from tests.analytics.api.conftest import API, Ask
from tests.analytics.api.crowd import crowd
from tests.analytics.brute import NOW
from tests.analytics.signs import DAY, HOUR, MINUTE, START, published, tell, watched
from tests.analytics.test_totals import moderate, world_of
from tests.worlds import World

WINDOW = {"start": START // 1000, "end": (START + HOUR) // 1000}


def by_protocol(who: str, since: int, until: int, protocol: str, stream: str = "live") -> Event:
    return Event("view.stop", who, stream, at=until, since=since, protocol=protocol)


@pytest.fixture
def some(world: World) -> None:
    tell(
        world.source,
        published("p", START, START + 10 * MINUTE),
        by_protocol("v1", START - HOUR, START + MINUTE, "hls"),
        by_protocol("v2", START + 20 * MINUTE, START + 21 * MINUTE, "hls"),
        by_protocol("v3", START, START + 30 * MINUTE, "webrtc"),
        watched("v4", START + 999, START + 2998, "other"),
        by_protocol("v5", START - HOUR, START, "dash"),
        by_protocol("v6", START + HOUR, START + 2 * HOUR, "dash"),
    )


@pytest.mark.usefixtures("some")
def test_it_answers_to_the_letter(ask: Ask) -> None:
    assert ask("top", by="protocol", **WINDOW) == {
        "by": "protocol",
        "start": START,
        "end": START + HOUR,
        "provisionalSince": None,
        "viewings": 4,
        "rows": [
            {"value": "hls", "viewings": 2, "viewerSeconds": 120},
            {"value": "", "viewings": 1, "viewerSeconds": 1},
            {"value": "webrtc", "viewings": 1, "viewerSeconds": 1800},
        ],
        "complete": True,
    }


@pytest.mark.usefixtures("some")
def test_it_narrows_to_a_livestream(ask: Ask) -> None:
    assert ask("top", by="protocol", streamKey="other", **WINDOW)["viewings"] == 1


@pytest.mark.usefixtures("some")
def test_it_narrows_to_a_broadcast(ask: Ask) -> None:
    broadcast = LivestreamSession.objects.get()

    found = ask("top", by="protocol", session=broadcast.pk.hex)

    assert (found["start"], found["end"]) == (START, START + 10 * MINUTE)
    assert [(row["value"], row["viewerSeconds"]) for row in found["rows"]] == [("hls", 60), ("webrtc", 600)]


@pytest.mark.parametrize("by", ["country", "player", "protocol"])
def test_it_answers_an_app_without_anything(ask: Ask, by: str) -> None:
    found = ask("top", by=by)

    assert (found["viewings"], found["rows"], found["complete"]) == (0, [], True)


def test_it_gives_up_in_time_and_says_so(ask: Ask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(world.app.pk, 50_000)
    monkeypatch.setattr(patience, "MOST_MS", 1)

    found = ask("top", by="country", **WINDOW)

    assert (found["rows"], found["complete"]) == ([], False)


@pytest.mark.usefixtures("some")
def test_it_says_that_purged_viewings_are_missing(ask: Ask, world: World) -> None:
    PurgeHorizon.objects.create(app=world.app, horizon_ms=START + DAY)

    assert ask("top", by="protocol", **WINDOW)["complete"] is False


@pytest.mark.parametrize("query", ["", "by=city", "by=country&by=player"])
def test_it_says_what_it_can_be_by(client: Client, world: World, query: str) -> None:
    response = client.get(f"{API}top?{query}", headers=world.headers())

    assert response.status_code == 400
    assert "by" in response.json()["message"]


def test_it_finds_no_session_that_is_not_there(client: Client, world: World) -> None:
    response = client.get(f"{API}top?by=country&session=x", headers=world.headers())

    assert response.status_code == 404


@moderate
@given(
    a=brute.intervals(),
    b=brute.intervals(),
    window=st.one_of(brute.windows(), st.tuples(st.none(), brute.instants())),
)
@pytest.mark.django_db
def test_it_adds_up_to_the_ledger(
    a: list[Interval], b: list[Interval], window: tuple[int | None, int]
) -> None:
    with world_of(a=a, b=b) as world:
        found = top(world.app, "country", *window, NOW)
        of_one = top(world.app, "country", *window, NOW, world.streams["a"])
        _, rows = livestreams(world.app, *window, NOW)
    assert sum(row.viewer_ms for row in found.rows) == sum(row.viewer_ms for row in rows)
    assert found.viewings == sum(row.viewings for row in rows)
    assert of_one.viewings == sum(row.viewings for row in rows if row.stream_key == "a")
