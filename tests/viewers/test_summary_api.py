"""``/api/cluster/viewers/summary``, and the filters that it shares with the map and the list."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from ingest.events import Event
from ingest.record import record
from tests.worlds import World, make_world
from viewers import snapshot
from viewers.api import listing
from viewers.models import ViewerSession

pytestmark = pytest.mark.django_db
NOW = 1_770_283_311_253
LIST = "/api/cluster/viewers"
MAP = "/api/cluster/viewers/geolocation"
URL = "/api/cluster/viewers/summary"
LONDON, PARIS = (51.5, -0.12), (48.85, 2.35)


@pytest.fixture
def world() -> World:
    return make_world("north")


def arrive(world: World, name: str, stream: str = "news", country: str = "", **more: Any) -> None:
    record([Event("view.start", name, stream, **more)], world.source, NOW)
    # Positions have no country, and tests no data file.
    city = "London" if more.get("position") == LONDON else ""
    ViewerSession.objects.filter(connection_id=name).update(country=country, city=city)


def publish() -> None:
    snapshot.write(snapshot.build(connection, NOW), settings.SNAPSHOT_DIR)


def ask(client: Client, world: World, url: str = URL, **parameters: Any) -> Any:
    return client.get(url, parameters, headers=world.headers())


@pytest.fixture
def audience(world: World) -> World:
    """Five viewers, no two alike."""
    hls, dash = {"protocol": "hls", "player": "VLC"}, {"protocol": "dash", "player": "Chrome"}
    arrive(world, "v1", "news", "GB", position=LONDON, out_bandwidth=1000, health_score=90, **hls)
    arrive(world, "v2", "news", "FR", position=PARIS, out_bandwidth=500, health_score=60, **hls)
    arrive(world, "v3", "sport", "FR", position=PARIS, out_bandwidth=300, health_score=10, **dash)
    arrive(world, "v4", "sport", ip="10.1.2.3", **hls)
    arrive(world, "v5", "news", health_score=80)
    publish()
    return world


def test_it_answers_to_the_letter(client: Client, audience: World) -> None:
    body = ask(client, audience).json()
    assert body["data"] == {
        "timestamp": NOW,
        "totals": {
            "viewers": 5,
            "located": 3,
            "unlocated": 2,
            "unlocatedBecause": {"privateAddress": 1, "unknownAddress": 0, "noAddress": 1},
            "outBandwidth": 1800,
            "healthScore": 60,
            "streams": 2,
        },
        "countryOnly": {"viewers": 2, "positions": [pytest.approx(PARIS, abs=1e-5)]},
        "streams": [
            {"streamKey": "news", "viewers": 3, "outBandwidth": 1500, "healthScore": 77},
            {"streamKey": "sport", "viewers": 2, "outBandwidth": 300, "healthScore": 10},
        ],
        "countries": [
            {"country": "", "viewers": 2},
            {"country": "FR", "viewers": 2},
            {"country": "GB", "viewers": 1},
        ],
        "protocols": [
            {"protocol": "hls", "viewers": 3},
            {"protocol": "", "viewers": 1},
            {"protocol": "dash", "viewers": 1},
        ],
        "players": [
            {"player": "VLC", "viewers": 3},
            {"player": "", "viewers": 1},
            {"player": "Chrome", "viewers": 1},
        ],
        "health": {"good": 2, "fair": 1, "poor": 1, "none": 1},
    }
    assert set(body["meta"]) == {"executionTime", "generatedAt"}


def test_it_answers_before_the_first_snapshot(client: Client, world: World) -> None:
    data = ask(client, world).json()["data"]
    assert (data["timestamp"], data["totals"]["viewers"], data["streams"], data["players"]) == (0, 0, [], [])
    assert data["health"] == {"good": 0, "fair": 0, "poor": 0, "none": 0}


def test_each_list_is_counted_under_all_filters_but_its_own(client: Client, audience: World) -> None:
    data = ask(client, audience, country="FR", protocol="hls").json()["data"]
    assert (data["totals"]["viewers"], data["totals"]["outBandwidth"]) == (1, 500)
    assert data["countries"] == [
        {"country": "", "viewers": 1},
        {"country": "FR", "viewers": 1},
        {"country": "GB", "viewers": 1},
    ]
    assert data["protocols"] == [{"protocol": "dash", "viewers": 1}, {"protocol": "hls", "viewers": 1}]
    assert data["players"] == [{"player": "VLC", "viewers": 1}]
    assert [row["streamKey"] for row in data["streams"]] == ["news"]
    assert data["health"] == {"good": 0, "fair": 1, "poor": 0, "none": 0}


def test_streams_are_listed_beside_the_one_asked_for(client: Client, audience: World) -> None:
    data = ask(client, audience, streamKey="sport", player="VLC").json()["data"]
    assert data["totals"]["unlocatedBecause"]["privateAddress"] == data["totals"]["viewers"] == 1
    assert [(row["streamKey"], row["viewers"]) for row in data["streams"]] == [("news", 2), ("sport", 1)]
    assert [row["player"] for row in data["players"]] == ["Chrome", "VLC"]
    gone = ask(client, audience, streamKey="gone").json()["data"]
    assert (gone["totals"]["viewers"], gone["countries"], len(gone["streams"])) == (0, [], 2)


def test_it_searches_streams_whatever_their_case(client: Client, audience: World) -> None:
    data = ask(client, audience, search="SPO").json()["data"]
    assert [row["streamKey"] for row in data["streams"]] == ["sport"]
    assert data["totals"]["viewers"] == 5


def test_it_lists_the_500_most_watched_streams(client: Client, world: World) -> None:
    events = [Event("view.start", f"v{n}", f"s{n}") for n in range(501)]
    record([*events, Event("view.start", "more", "s500")], world.source, NOW)
    publish()
    data = ask(client, world).json()["data"]
    assert (len(data["streams"]), data["streams"][0]["streamKey"]) == (500, "s500")
    assert data["totals"]["streams"] == 501


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"country": "fr"}, ["v2", "v3"]),
        ({"country": "unknown"}, ["v4", "v5"]),
        ({"protocol": "HLS"}, ["v1", "v2", "v4"]),
        ({"protocol": "unknown"}, ["v5"]),
        ({"player": "VLC"}, ["v1", "v2", "v4"]),
        ({"player": "vlc"}, []),
        ({"player": "unknown"}, ["v5"]),
        ({"health": "good"}, ["v1", "v5"]),
        ({"health": "fair"}, ["v2"]),
        ({"health": "poor"}, ["v3"]),
        ({"health": "none"}, ["v4"]),
        ({"country": "FR", "player": "VLC", "health": "fair", "streamKey": "news"}, ["v2"]),
        ({"country": "FR", "player": "VLC", "health": "poor"}, []),
        ({"country": "", "player": "", "protocol": "", "health": ""}, ["v1", "v2", "v3", "v4", "v5"]),
    ],
)
@pytest.mark.parametrize("fresh_ms", [0, 10**15])
def test_map_list_and_summary_pass_the_same_viewers(
    client: Client,
    audience: World,
    parameters: dict[str, str],
    found: list[str],
    fresh_ms: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The list is looked up by place only while the snapshot is fresh.
    monkeypatch.setattr(listing, "FRESH_MS", fresh_ms)
    listed = ask(client, audience, LIST, **parameters).json()["data"]
    assert sorted(row["connectionId"] for row in listed["list"]) == found
    assert listed["totalItems"] == len(found)
    shown = ask(client, audience, MAP, **parameters).json()["data"]
    drawn = sorted(marker["data"]["connectionId"] for marker in shown["markers"])
    assert drawn == [name for name in found if name in ("v1", "v2", "v3")]
    assert shown["stats"]["totalViewers"] == len(found)
    assert ask(client, audience, **parameters).json()["data"]["totals"]["viewers"] == len(found)


def test_the_list_follows_the_live_table_while_the_map_is_old(client: Client, audience: World) -> None:
    arrive(audience, "v6", player="VLC", position=(0.0, 0.0))
    assert ask(client, audience, LIST, player="VLC").json()["data"]["totalItems"] == 4


def test_the_list_looks_through_few_viewers(
    client: Client, audience: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "FRESH_MS", 10**15)
    arrive(audience, "v6", player="VLC", position=(0.0, 0.0))
    # Where nobody was when the map was made, nobody is looked for ...
    assert ask(client, audience, LIST, player="VLC").json()["data"]["totalItems"] == 3
    monkeypatch.setattr(listing, "LOOKED_THROUGH", 0)
    # ... unless everybody is looked at.
    assert ask(client, audience, LIST, player="VLC").json()["data"]["totalItems"] == 4


def test_clusters_are_of_those_who_pass(client: Client, audience: World) -> None:
    data = ask(client, audience, MAP, aggregation="cluster", zoom=0, protocol="hls").json()["data"]
    (marker,) = data["markers"]
    assert (marker["data"]["count"], marker["data"]["outBandwidth"]) == (2, 1500)
    assert marker["data"]["streamKeys"] == [{"streamKey": "news", "count": 2}]
    whole = ask(client, audience, MAP, aggregation="cluster", zoom=0, country="FR").json()["data"]["markers"]
    assert whole[0]["data"]["streamKeys"] == [
        {"streamKey": "news", "count": 1},
        {"streamKey": "sport", "count": 1},
    ]


@pytest.mark.parametrize("url", [MAP, LIST, URL])
@pytest.mark.parametrize(
    "parameters",
    [
        {"country": "POL"},
        {"country": "P1"},
        {"country": "ПЛ"},
        {"protocol": "x" * 129},
        {"player": "x" * 129},
        {"health": "GOOD"},
        {"health": "bad"},
        {"health": "good,fair"},
        {"streamKey": "x" * 129},
    ],
)
def test_it_says_what_is_wrong_with_a_filter(
    client: Client, world: World, url: str, parameters: dict[str, str]
) -> None:
    answer = ask(client, world, url, **parameters)
    assert answer.status_code == 400
    assert set(answer.json()) == {"message"}
    assert next(iter(parameters)) in answer.json()["message"]


@pytest.mark.parametrize("url", [MAP, URL])
def test_an_unchanged_snapshot_is_not_sent_again_under_the_same_filters(
    client: Client, audience: World, url: str
) -> None:
    tag = ask(client, audience, url, health="good")["ETag"]
    headers = {**audience.headers(), "If-None-Match": tag}
    again = client.get(url, {"health": "good"}, headers=headers)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    for other in ({}, {"health": "fair"}, {"health": "good", "country": "unknown"}):
        assert client.get(url, other, headers=headers).status_code == 200


def test_it_sums_up_what_the_caller_may_see(client: Client, audience: World) -> None:
    south = make_world("south")
    arrive(south, "w1", "chess", "PL", protocol="srt", player="mpv")
    publish()
    data = ask(client, south).json()["data"]
    assert (data["totals"]["viewers"], data["players"]) == (1, [{"player": "mpv", "viewers": 1}])
    assert "mpv" not in ask(client, audience).content.decode()


def test_it_adds_up_the_apps_of_an_account(client: Client, audience: World) -> None:
    other = audience.app.__class__.objects.create(public_id="second", account=audience.account)
    source = audience.source.__class__.objects.create(app=other, name="second")
    record([Event("view.start", "w1", "news", protocol="hls", player="mpv")], source, NOW)
    publish()
    headers = {"Authorization": f"Bearer {audience.account_secret}"}
    data = client.get(URL, {"protocol": "hls"}, headers=headers).json()["data"]
    assert data["totals"]["viewers"] == 4
    assert data["players"] == [{"player": "VLC", "viewers": 3}, {"player": "mpv", "viewers": 1}]
    assert data["streams"][0] == {"streamKey": "news", "viewers": 3, "outBandwidth": 1500, "healthScore": 75}
