"""The order of ``/api/cluster/viewers``."""

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

pytestmark = pytest.mark.django_db
NOW = 1_770_283_311_253
URL = "/api/cluster/viewers"


@pytest.fixture
def world() -> World:
    found = make_world("north")
    figures = [("a", 300, 50), ("b", None, None), ("c", 100, 100), ("d", 200, 0)]
    events = [
        Event(
            "view.start",
            name,
            f"s-{name}",
            at=NOW + at,
            position=(10.0, 20.0),
            out_bandwidth=bandwidth,
            health_score=health,
        )
        for at, (name, bandwidth, health) in enumerate(figures)
    ]
    record(events, found.source, NOW)
    snapshot.write(snapshot.build(connection, NOW), settings.SNAPSHOT_DIR)
    return found


def ask(client: Client, world: World, **parameters: Any) -> Any:
    return client.get(URL, parameters, headers=world.headers())


@pytest.mark.parametrize(
    ("sort", "order", "names"),
    [
        ("", "", "dcba"),
        ("startTime", "desc", "dcba"),
        ("startTime", "asc", "abcd"),
        ("duration", "desc", "abcd"),
        ("duration", "asc", "dcba"),
        ("outBandwidth", "desc", "adcb"),
        ("outBandwidth", "asc", "bcda"),
        ("healthScore", "", "cadb"),
        ("healthScore", "asc", "dacb"),
        ("streamKey", "asc", "abcd"),
        ("streamKey", "desc", "dcba"),
    ],
)
def test_it_sorts(client: Client, world: World, sort: str, order: str, names: str) -> None:
    found = ask(client, world, sort=sort, order=order).json()["data"]["list"]
    assert "".join(row["connectionId"] for row in found) == names


@pytest.mark.parametrize(
    "narrowed", [{}, {"bbox": "19,9,21,11"}, {"search": "a"}, {"streamKey": "s-a"}, {"health": "poor"}]
)
def test_it_sorts_only_as_many_as_it_can(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, narrowed: dict[str, str]
) -> None:
    monkeypatch.setattr(listing, "SORTED", 1)
    answer = ask(client, world, sort="outBandwidth", **narrowed)
    if set(narrowed) <= {"bbox"}:
        assert answer.status_code == 400
        assert "narrow them" in answer.json()["message"]
        for sort in ("startTime", "duration"):
            assert ask(client, world, sort=sort, order="asc", **narrowed).status_code == 200
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize(("name", "value"), [("sort", "ip"), ("sort", "-startTime"), ("order", "up")])
def test_it_says_which_orders_there_are(client: Client, world: World, name: str, value: str) -> None:
    answer = ask(client, world, **{name: value})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"{name} must be ")
