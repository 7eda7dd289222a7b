"""``/api/cluster/viewers`` and its siblings, through HTTP."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from ingest.events import Event
from ingest.record import record
from tests.worlds import World, make_world
from viewers import snapshot
from viewers.api import readers
from viewers.models import ViewerSession

pytestmark = pytest.mark.django_db
NOW = 1_770_283_311_253
URL = "/api/cluster/viewers/geolocation"
LONDON, PARIS, FIJI_EAST, FIJI_WEST = (51.5, -0.12), (48.85, 2.35), (-17.0, 179.95), (-17.0, -179.95)


@pytest.fixture
def world() -> World:
    return make_world("north")


def arrive(
    world: World, count: int, position: tuple[float, float] | None, stream: str = "news", **more: Any
) -> None:
    first = more.pop("first", 0)
    events = [
        Event(
            type="view.start",
            connection_id=f"{stream}-{position}-{first + number}",
            stream_key=stream,
            position=position,
            out_bandwidth=1000,
            health_score=80,
            **more,
        )
        for number in range(count)
    ]
    record(events, world.source, NOW)


def publish() -> None:
    snapshot.write(snapshot.build(connection, NOW), settings.SNAPSHOT_DIR)


def ask(client: Client, world: World, url: str = URL, scope: str = "read", **parameters: Any) -> Any:
    return client.get(url, parameters, headers=world.headers(scope))


def test_it_answers_to_the_letter_of_the_contract(client: Client, world: World) -> None:
    record(
        [
            Event(
                "view.start",
                "v_88uzmg57ml98uni0",
                "123",
                position=(53.0176, 18.6202),
                out_bandwidth=447669,
                health_score=88,
            )
        ],
        world.source,
        NOW,
    )
    publish()
    body = ask(client, world).json()
    assert body["data"] == {
        "dev": {"aggregationMode": "AUTO"},
        "stats": {
            "isClustered": False,
            "totalMarkers": 1,
            "totalViewers": 1,
            "locatedViewers": 1,
            "unlocatedViewers": 0,
        },
        "markers": [
            {
                "data": {
                    "streamKey": "123",
                    "connectionId": "v_88uzmg57ml98uni0",
                    "outBandwidth": 447669,
                    "healthScore": 88,
                },
                "position": [53.0176, 18.6202],
                "type": "individual",
            }
        ],
        "timestamp": NOW,
    }
    assert set(body["meta"]) == {"executionTime", "generatedAt"}
    assert all(type(value) is int for value in body["meta"].values())


def test_it_answers_before_the_first_snapshot(client: Client, world: World) -> None:
    data = ask(client, world).json()["data"]
    assert (data["markers"], data["timestamp"]) == ([], 0)


def test_it_clusters_more_than_two_hundred_in_view(client: Client, world: World) -> None:
    arrive(world, 150, LONDON)
    arrive(world, 51, PARIS, "sport")
    publish()
    data = ask(client, world, zoom=10).json()["data"]
    assert data["stats"]["isClustered"]
    assert sorted(marker["data"]["count"] for marker in data["markers"]) == [51, 150]
    london = next(marker["data"] for marker in data["markers"] if marker["data"]["count"] == 150)
    assert london["streamKeys"] == [{"streamKey": "news", "count": 150}]
    assert (london["outBandwidth"], london["healthScore"], london["expansionZoom"]) == (150_000, 80, None)


def test_a_cluster_that_can_split_says_at_which_zoom(client: Client, world: World) -> None:
    arrive(world, 150, LONDON)
    arrive(world, 51, PARIS)
    publish()
    (marker,) = ask(client, world, zoom=1).json()["data"]["markers"]
    zoom = marker["data"]["expansionZoom"]
    south, west, north, east = marker["data"]["bounds"]
    assert (south, west, north, east) == pytest.approx((48.85, -0.12, 51.5, 2.35), abs=1e-4)
    assert len(ask(client, world, zoom=zoom).json()["data"]["markers"]) == 2


def test_a_lone_viewer_among_clusters_is_an_individual(client: Client, world: World) -> None:
    arrive(world, 200, LONDON)
    arrive(world, 1, (-33.9, 151.2), "sport")
    publish()
    markers = ask(client, world, zoom=3).json()["data"]["markers"]
    assert {marker["type"] for marker in markers} == {"cluster", "individual"}


@pytest.mark.parametrize("mode", ["none", "NONE"])
def test_it_lists_individuals_up_to_the_limit(client: Client, world: World, mode: str) -> None:
    arrive(world, 30, LONDON)
    publish()
    data = ask(client, world, aggregation=mode, limit=20).json()["data"]
    assert len(data["markers"]) == data["stats"]["totalMarkers"] == 20
    assert data["stats"]["truncated"] is True
    assert data["dev"]["aggregationMode"] == "NONE"


@pytest.mark.parametrize("mode", ["cluster", "clustered"])
def test_it_clusters_when_asked_to(client: Client, world: World, mode: str) -> None:
    arrive(world, 2, LONDON)
    publish()
    data = ask(client, world, aggregation=mode).json()["data"]
    assert [marker["data"]["count"] for marker in data["markers"]] == [2]
    assert data["dev"]["aggregationMode"] == "CLUSTERED"


def test_a_box_may_cross_the_antimeridian(client: Client, world: World) -> None:
    arrive(world, 3, FIJI_EAST)
    arrive(world, 4, FIJI_WEST)
    arrive(world, 5, LONDON)
    publish()
    data = ask(client, world, bbox="179,-20,-179,-10", aggregation="cluster", zoom=4).json()["data"]
    assert [marker["data"]["count"] for marker in data["markers"]] == [7]
    assert data["stats"]["totalViewers"] == 12


def test_it_filters_by_stream(client: Client, world: World) -> None:
    arrive(world, 3, LONDON, "news")
    arrive(world, 2, LONDON, "sport")
    publish()
    data = ask(client, world, streamKey="sport").json()["data"]
    assert {marker["data"]["streamKey"] for marker in data["markers"]} == {"sport"}
    assert data["stats"]["totalViewers"] == 2


def test_the_unlocated_are_counted_and_not_drawn(client: Client, world: World) -> None:
    arrive(world, 3, None, ip="10.1.2.3")
    publish()
    data = ask(client, world).json()["data"]
    assert data["markers"] == []
    assert (data["stats"]["totalViewers"], data["stats"]["unlocatedViewers"]) == (3, 3)


def test_an_unchanged_snapshot_is_not_sent_again(client: Client, world: World) -> None:
    arrive(world, 1, LONDON)
    publish()
    tag = ask(client, world)["ETag"]
    again = client.get(URL, headers={**world.headers("read"), "If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    other = client.get(URL, {"zoom": 3}, headers={**world.headers("read"), "If-None-Match": tag})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "parameters",
    [
        {"bbox": "1,2,3"},
        {"bbox": "nan,0,1,1"},
        {"bbox": "0,inf,1,1"},
        {"bbox": "0,10,1,-10"},
        {"bbox": "a,b,c,d"},
        {"bbox": "1," * 5000},
        {"zoom": "21"},
        {"zoom": "-1"},
        {"zoom": "1.5"},
        {"zoom": "9" * 400},
        {"zoom": "²"},
        {"aggregation": "some"},
        {"aggregation": ""},
        {"limit": "0"},
        {"limit": "10001"},
        {"streamKey": "x" * 129},
    ],
)
def test_it_says_what_is_wrong_with_a_parameter(
    client: Client, world: World, parameters: dict[str, str]
) -> None:
    answer = ask(client, world, **parameters)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/json"
    assert set(answer.json()) == {"message"}
    assert next(iter(parameters)) in answer.json()["message"]


def test_both_headers_carry_the_token(client: Client, world: World) -> None:
    secret = world.secrets["read"]
    assert client.get(URL, headers={"X-Api-Key": secret}).status_code == 200
    assert client.get(URL, headers={"Authorization": f"Bearer {secret}"}).status_code == 200


def test_it_turns_away_who_may_not_read(client: Client, world: World) -> None:
    assert client.get(URL).status_code == 401
    assert ask(client, world, scope="ingest").status_code == 403
    assert ask(client, world, app="other").status_code == 404
    assert client.post(URL, headers=world.headers("read")).status_code == 405


def test_it_lists_viewers_in_pages(client: Client, world: World) -> None:
    arrive(world, 25, LONDON)
    data = ask(client, world, "/api/cluster/viewers", page=3, rowsPerPage=10).json()["data"]
    assert (data["totalItems"], data["totalPages"], data["hasNext"], data["hasPrevious"]) == (
        25,
        3,
        False,
        True,
    )
    assert len(data["list"]) == 5


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"search": "news-"}, 3),
        ({"search": "sport"}, 2),
        ({"streamKey": "sport"}, 2),
        ({"bbox": "-1,51,1,52"}, 3),
        ({"search": "nobody"}, 0),
        ({"country": "pl"}, 0),
    ],
)
def test_it_narrows_the_list(client: Client, world: World, parameters: dict[str, str], found: int) -> None:
    arrive(world, 3, LONDON, "news")
    arrive(world, 2, PARIS, "sport")
    publish()
    assert ask(client, world, "/api/cluster/viewers", **parameters).json()["data"]["totalItems"] == found


def test_only_admins_see_addresses(client: Client, world: World) -> None:
    arrive(world, 1, LONDON, ip="81.2.69.142")
    url = "/api/cluster/viewers"
    assert ask(client, world, url).json()["data"]["list"][0]["remoteAddress"] is None
    assert ask(client, world, url, "admin").json()["data"]["list"][0]["remoteAddress"] == "81.2.69.142"
    assert ask(client, world, url, search="81.2.69.142").json()["data"]["totalItems"] == 0
    assert ask(client, world, url, "admin", search="81.2.69.142").json()["data"]["totalItems"] == 1


def test_it_tells_all_of_one_viewer(client: Client, world: World) -> None:
    arrive(world, 1, LONDON, user_agent="VLC/3.0", player="VLC", protocol="hls")
    row = ask(client, world, "/api/cluster/viewers").json()["data"]["list"][0]
    for name in (row["id"], row["connectionId"]):
        data = ask(client, world, f"/api/cluster/viewers/{name}").json()["data"]
        assert data["userAgent"] == "VLC/3.0"
        assert data["connectionData"]["outBandwidth"] == 1000
        assert data["healthData"] == {"healthScore": 80, "worstHealthScore": 80}
        assert (data["place"]["latitude"], data["place"]["countryOnly"]) == (51.5, False)
        assert data["lastSeen"] == NOW
    gone = ask(client, world, "/api/cluster/viewers/nobody")
    assert gone.status_code == 404
    assert gone.json()["message"]


@pytest.mark.parametrize(
    ("known", "country_only"),
    [
        ({"country": "PL"}, True),
        ({"country": "PL", "accuracy_km": 1000}, True),
        ({"country": "PL", "accuracy_km": 20}, False),
        ({"country": "PL", "city": "Torun"}, False),
        ({"country": "PL", "region": "Kujawy"}, False),
    ],
)
def test_it_says_when_only_the_country_is_known(
    client: Client, world: World, known: dict[str, Any], country_only: bool
) -> None:
    arrive(world, 1, LONDON)
    ViewerSession.objects.update(**known)
    name = ViewerSession.objects.get().connection_id
    data = ask(client, world, f"/api/cluster/viewers/{name}").json()["data"]
    assert data["place"]["countryOnly"] is country_only


def test_a_source_that_does_not_count_is_not_on_the_map(client: Client, world: World) -> None:
    world.source.counts_viewers = False
    arrive(world, 3, LONDON)
    publish()
    assert ask(client, world).json()["data"]["stats"]["totalViewers"] == 0


def test_a_connection_may_be_called_anything(client: Client, world: World) -> None:
    name = 'quote " backslash \\ ключ 🎥 </script>'
    record([Event("view.start", name, 'a "stream"', position=(10.0, -20.5))], world.source, NOW)
    publish()
    (marker,) = ask(client, world).json()["data"]["markers"]
    assert marker["data"] == {
        "connectionId": name,
        "streamKey": 'a "stream"',
        "outBandwidth": 0,
        "healthScore": 0,
    }
    assert marker["position"] == [10.0, -20.5]


def test_one_snapshot_is_answered_alike_until_the_next(client: Client, world: World) -> None:
    arrive(world, 2, LONDON)
    publish()
    first = ask(client, world).json()["data"]
    arrive(world, 1, PARIS)
    assert ask(client, world).json()["data"] == first


def test_each_app_is_answered_of_its_own(client: Client, world: World) -> None:
    other = make_world("south")
    arrive(world, 2, LONDON)
    arrive(other, 3, PARIS)
    publish()
    for _ in range(2):
        counts = [ask(client, who).json()["data"]["stats"]["totalViewers"] for who in (world, other)]
        assert counts == [2, 3]
    tag = ask(client, world)["ETag"]
    assert client.get(URL, headers={**other.headers(), "If-None-Match": tag}).status_code == 200


def test_it_asks_the_database_once_who_is_asking(
    client: Client, world: World, django_assert_num_queries: Any
) -> None:
    arrive(world, 1, LONDON)
    publish()
    headers = [world.headers(), {"Authorization": f"Bearer {world.account_secret}"}]
    tags = [client.get(URL, headers=header)["ETag"] for header in headers]
    for header, tag in zip(headers, tags, strict=True):
        with django_assert_num_queries(1):
            assert client.get(URL, headers=header).status_code == 200
        with django_assert_num_queries(1):
            assert client.get(URL, headers={**header, "If-None-Match": tag}).status_code == 304


def test_a_long_list_is_as_long_as_the_snapshot_says(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "COUNTED", 5)
    arrive(world, 4, LONDON, "news")
    arrive(world, 6, PARIS, "sport")

    def total(**parameters: Any) -> Any:
        return ask(client, world, "/api/cluster/viewers", **parameters).json()["data"]["totalItems"]

    publish()
    arrive(world, 7, PARIS, "sport", first=100)
    assert total() == 10
    assert total(streamKey="sport") == 6
    # Few are counted, and so is what the snapshot cannot tell.
    assert total(streamKey="news") == 4
    assert total(search="sport") == 13
