"""``/api/cluster/streams`` and ``/api/streams/…``, through HTTP."""

from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, example, given, strategies
from hypothesis import settings as hypothesis_settings

from accounts.models import App, Source
from analytics.identity import livestream_id
from ingest.events import Event
from ingest.record import record
from tests.worlds import World, make_world
from viewers import snapshot

pytestmark = pytest.mark.django_db
NOW = 1_770_283_311_253
URL = "/api/cluster/streams"
LONDON, PARIS = (51.5, -0.12), (48.85, 2.35)


@pytest.fixture
def world() -> World:
    return make_world("north")


def arrive(
    source: Source, count: int, stream: str, position: tuple[float, float] = LONDON, **more: Any
) -> None:
    figures = {"out_bandwidth": 1000, "health_score": 80, **more}
    events = [
        Event("view.start", f"{stream}-{position}-{number}", stream, position=position, **figures)
        for number in range(count)
    ]
    record(events, source, NOW)


def publish() -> None:
    snapshot.write(snapshot.build(connection, NOW), settings.SNAPSHOT_DIR)


def ask(client: Client, world: World, url: str = URL, **parameters: Any) -> Any:
    return client.get(url, parameters, headers=world.headers())


def keys(client: Client, world: World, **parameters: Any) -> list[str]:
    return [row["streamKey"] for row in ask(client, world, **parameters).json()["data"]["list"]]


def second_app(world: World) -> Source:
    app = App.objects.create(public_id="north-two", account=world.account, name="Two")
    return Source.objects.create(app=app, name="players")


def test_it_lists_the_streams_to_the_letter_of_the_contract(client: Client, world: World) -> None:
    arrive(world.source, 3, "news")
    publish()
    body = ask(client, world).json()
    source = {
        "id": livestream_id(world.app.pk, "news").hex,
        "state": "PUBLISHED",
        "applicationType": "",
        "applicationId": "north-app",
        "applicationName": "North app",
        "serverName": "",
        "bitrate": 0,
        "resolution": "",
        "viewers": 3,
        "subStreams": [],
        "priority": 0,
        "healthScore": 80,
        "healthGrade": "Very Good",
        "createDate": 0,
    }
    row = {
        "streamKey": "news",
        "viewerCount": 3,
        "outBandwidth": 3000,
        "healthScore": 80,
        "healthGrade": "Very Good",
        "sourceList": [source],
    }
    assert body["data"] == {
        "totalItems": 1,
        "itemsPerPage": 10,
        "totalPages": 1,
        "currentPage": 1,
        "hasPrevious": False,
        "hasNext": False,
        "stateList": ["PUBLISHED"],
        "applicationList": [{"id": "north-app", "name": "North app", "serverName": "", "type": ""}],
        "list": [row],
        "timestamp": NOW,
    }
    assert set(body["meta"]) == {"executionTime", "generatedAt"}


def test_it_tells_of_one_stream_to_the_letter_of_the_contract(client: Client, world: World) -> None:
    arrive(world.source, 2, "news", health_score=None)
    publish()
    assert ask(client, world, f"{URL}/news").json()["data"] == {
        "id": livestream_id(world.app.pk, "news").hex,
        "state": "PUBLISHED",
        "streamKey": "news",
        "applicationType": "",
        "applicationId": "north-app",
        "applicationName": "North app",
        "viewerCount": 2,
        "substreamCount": 0,
        "bitrateCount": 0,
        "healthScore": 0,
        "healthGrade": "No Data",
        "aliasList": [],
        "previewList": [],
        "outBandwidth": 2000,
        "timestamp": NOW,
    }


def test_it_has_nothing_before_the_first_snapshot(client: Client, world: World) -> None:
    data = ask(client, world).json()["data"]
    assert (data["list"], data["stateList"], data["timestamp"]) == ([], [], 0)
    assert ask(client, world, f"{URL}/news").status_code == 404


def test_it_does_not_find_a_stream_that_nobody_watches(client: Client, world: World) -> None:
    arrive(world.source, 1, "news")
    record([Event("publish.start", "encoder", "empty")], world.source, NOW)
    publish()
    for key in ("empty", "unknown", "new", "x" * 4000):
        answer = ask(client, world, f"{URL}/{key}")
        assert answer.status_code == 404
        assert set(answer.json()) == {"message"}


def test_it_turns_pages(client: Client, world: World) -> None:
    for number in range(12):
        arrive(world.source, 20 - number, f"stream-{number:02}")
    publish()
    data = ask(client, world, page=2, rowsPerPage=5).json()["data"]
    assert [row["viewerCount"] for row in data["list"]] == [15, 14, 13, 12, 11]
    assert (data["totalItems"], data["totalPages"], data["hasPrevious"], data["hasNext"]) == (
        12,
        3,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, ["b", "C", "a"]),
        ({"orderBy": "viewers"}, ["b", "C", "a"]),
        ({"orderBy": "viewerCount", "order": "asc"}, ["a", "C", "b"]),
        ({"orderBy": "streamKey"}, ["C", "a", "b"]),
        ({"orderBy": "streamKey", "order": "desc"}, ["b", "a", "C"]),
        ({"orderBy": "healthScore"}, ["a", "b", "C"]),
        ({"orderBy": "outBandwidth"}, ["a", "b", "C"]),
        ({"search": "c"}, ["C"]),
        ({"search": "nothing"}, []),
        ({"streamState": "PUBLISHED", "rowsPerPage": "1"}, ["b"]),
        ({"streamState": "INITIALIZED"}, []),
    ],
)
def test_it_sorts_and_finds(
    client: Client, world: World, parameters: dict[str, str], found: list[str]
) -> None:
    arrive(world.source, 1, "a", out_bandwidth=9000, health_score=90)
    arrive(world.source, 3, "b", health_score=60)
    arrive(world.source, 2, "C", health_score=40)
    publish()
    assert keys(client, world, **parameters) == found


@pytest.mark.parametrize(
    ("score", "grade"), [(100, "Very Good"), (79, "Good"), (50, "Good"), (49, "Bad"), (1, "Bad")]
)
def test_it_grades_health(client: Client, world: World, score: int, grade: str) -> None:
    arrive(world.source, 1, "news", health_score=score)
    publish()
    assert ask(client, world, f"{URL}/news").json()["data"]["healthGrade"] == grade


def test_a_stream_of_two_apps_is_one_with_two_sources(client: Client, world: World) -> None:
    arrive(world.source, 2, "news")
    arrive(second_app(world), 3, "news")
    publish()
    headers = {"Authorization": f"Bearer {world.account_secret}"}
    (row,) = client.get(URL, headers=headers).json()["data"]["list"]
    assert row["viewerCount"] == 5
    sources = [(source["applicationId"], source["viewers"]) for source in row["sourceList"]]
    assert sources == [("north-two", 3), ("north-app", 2)]
    one = client.get(f"{URL}/news", headers=headers).json()["data"]
    assert (one["viewerCount"], one["applicationId"]) == (5, "north-two")
    narrowed = client.get(f"{URL}/news", {"app": "north-app"}, headers=headers).json()["data"]
    assert (narrowed["viewerCount"], narrowed["applicationId"]) == (2, "north-app")


def test_the_map_of_a_stream_is_that_of_the_cluster(client: Client, world: World) -> None:
    arrive(world.source, 3, "news", LONDON)
    arrive(world.source, 2, "sport", PARIS)
    publish()
    own = ask(client, world, "/api/streams/north-app/news/viewers/geolocation").json()["data"]
    cluster = ask(client, world, "/api/cluster/viewers/geolocation", streamKey="news").json()["data"]
    assert own == cluster
    assert own["stats"]["totalViewers"] == 3


@pytest.mark.parametrize(
    ("asked", "said"), [("none", "NONE"), ("auto", "AUTO"), ("cluster", "CLUSTER"), ("clustered", "CLUSTER")]
)
def test_the_map_of_a_stream_names_its_mode_as_the_contract_does(
    client: Client, world: World, asked: str, said: str
) -> None:
    arrive(world.source, 3, "news")
    publish()
    data = ask(client, world, "/api/streams/north-app/news/viewers/geolocation", aggregation=asked).json()[
        "data"
    ]
    assert data["dev"]["aggregationMode"] == said
    assert data["stats"]["isClustered"] is (said == "CLUSTER")


def test_the_map_of_a_stream_takes_a_box_and_a_zoom(client: Client, world: World) -> None:
    arrive(world.source, 3, "news", LONDON)
    arrive(world.source, 2, "news", PARIS)
    publish()
    url = "/api/streams/north-app/news/viewers/geolocation"
    data = ask(client, world, url, bbox="-1,51,1,52", zoom=6, aggregation="cluster").json()["data"]
    assert [marker["data"]["count"] for marker in data["markers"]] == [3]
    # The path says which stream and app; a query that says otherwise is not listened to.
    assert ask(client, world, url, streamKey="sport", app="x").json()["data"]["stats"]["totalViewers"] == 5


def test_the_map_of_a_stream_that_nobody_watches_is_empty(client: Client, world: World) -> None:
    publish()
    answer = ask(client, world, "/api/streams/north-app/nothing/viewers/geolocation")
    assert (answer.status_code, answer.json()["data"]["markers"]) == (200, [])


def test_the_map_of_a_stream_of_no_app_is_not_found(client: Client, world: World) -> None:
    answer = ask(client, world, "/api/streams/other/news/viewers/geolocation")
    assert answer.status_code == 404
    assert answer.json()["message"]


@pytest.mark.parametrize("url", [URL, f"{URL}/news", "/api/streams/north-app/news/viewers/geolocation"])
def test_what_has_not_changed_is_not_sent_again(client: Client, world: World, url: str) -> None:
    arrive(world.source, 1, "news")
    publish()
    tag = ask(client, world, url)["ETag"]
    again = client.get(url, headers={**world.headers(), "If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "parameters",
    [
        {"page": "0"},
        {"page": "2000", "rowsPerPage": "100"},
        {"rowsPerPage": "101"},
        {"orderBy": "startTime"},
        {"order": "up"},
        {"search": "x" * 129},
        {"streamState": "x" * 129},
    ],
)
def test_it_says_what_is_wrong_with_a_parameter(
    client: Client, world: World, parameters: dict[str, str]
) -> None:
    answer = ask(client, world, **parameters)
    assert answer.status_code == 400
    assert set(answer.json()) == {"message"}


@pytest.mark.parametrize("encoded", [True, False], ids=["slashes encoded", "slashes as they are"])
@pytest.mark.parametrize(
    "key",
    [
        "live/concert",
        "/live//concert/",
        "a b+c%2Fd?e#f&g=h",
        "ключ 🎥",
        "viewers/geolocation",
        "..",
        "line\nbreak\n",
    ],
)
def test_a_stream_may_be_called_anything(client: Client, world: World, key: str, encoded: bool) -> None:
    arrive(world.source, 2, key)
    arrive(world.source, 1, "other")
    publish()
    path = quote(key, safe="" if encoded else "/")
    assert ask(client, world, f"{URL}/{path}").json()["data"]["streamKey"] == key
    mapped = ask(client, world, f"/api/streams/north-app/{path}/viewers/geolocation").json()["data"]
    assert mapped["stats"]["totalViewers"] == 2
    assert keys(client, world) == [key, "other"]


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(strategies.text(min_size=1, max_size=140), strategies.text(max_size=20))
@example("a\0b", "")
@example("%00", "%ZZ")
def test_it_stands_any_key_and_any_value(client: Client, world: World, key: str, value: str) -> None:
    path = quote(key.encode("utf-8", "surrogatepass"), safe="")
    for url in (f"{URL}/{path}", f"/api/streams/north-app/{path}/viewers/geolocation"):
        answer = ask(client, world, url)
        assert answer.status_code in (200, 400, 404)
        assert answer["Content-Type"] == "application/json"
    for name in ("page", "rowsPerPage", "search", "orderBy", "order", "streamState", "app"):
        assert ask(client, world, **{name: value}).status_code in (200, 400, 404)
