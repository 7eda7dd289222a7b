"""The start page: how many watch, who reports, how the server is; of one's own accounts only."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.clock import now_ms
from accounts.models import Source, SourceKind
from analytics.models import LivestreamSession
from ingest.models import Recount
from tests.admin.rows import MUNICH, live, livestream
from tests.worlds import World, Worlds, make_world
from viewers import snapshot


def publish() -> None:
    snapshot.write(snapshot.build(connection, now_ms()), settings.SNAPSHOT_DIR)


def page(client: Client) -> str:
    answer = client.get("/admin/")
    assert answer.status_code == 200
    return answer.content.decode()


def tiles(client: Client) -> dict[str, str]:
    found = re.findall(r"<div><dt>([^<]*)</dt><dd>(.*?)</dd>(?:<dd class=\"more\">([^<]*))?", page(client))
    return {name: re.sub("<[^>]*>", "", value) + (f", {more}" if more else "") for name, value, more in found}


def states(client: Client) -> dict[str, str]:
    rows = re.findall(r'<tr><th scope="row">(?:<a[^>]*>)?([^<]*).*?class="level \w+">([^<]*)', page(client))
    return dict(rows)


def test_it_sums_up_who_watches(worlds: Worlds, root: Client) -> None:
    live(worlds.north, "a", bandwidth=500_000, health=90, **MUNICH)
    live(worlds.north, "b", bandwidth=250_000, health=70, stream_key="sports")
    live(worlds.south, "c", bandwidth=None, health=None)
    for stream in ("news", "sports"):
        LivestreamSession.objects.create(
            app=worlds.north.app, livestream=livestream(worlds.north, stream), started_ms=1
        )
    publish()
    assert tiles(root) == {
        "Viewers": "3, 1 located, 2 not",
        "Bandwidth out": "6.0 Mbit/s",
        "Mean health": "80 good",
        "Streams watched": "3",
        "On the air": "2, livestreams",
    }


def test_it_shows_staff_the_figures_of_their_own_accounts(worlds: Worlds, staff: Client) -> None:
    live(worlds.north, "a", bandwidth=125_000, **MUNICH)
    live(worlds.south, "c", bandwidth=125_000)
    LivestreamSession.objects.create(
        app=worlds.south.app, livestream=livestream(worlds.south, "secret"), started_ms=1
    )
    publish()
    shown = tiles(staff)
    assert (shown["Viewers"], shown["Bandwidth out"], shown["On the air"]) == (
        "1, 1 located, 0 not",
        "1.0 Mbit/s",
        "0, livestreams",
    )
    assert "south" not in page(staff).lower()
    assert "PostgreSQL" not in page(staff)


def test_it_says_that_there_are_no_figures_yet(root: Client) -> None:
    assert "No live figures yet" in page(root)


def test_it_says_how_old_the_figures_are(worlds: Worlds, root: Client) -> None:
    snapshot.write(snapshot.build(connection, now_ms() - 600_000), settings.SNAPSHOT_DIR)
    assert "These figures are 10 min old" in page(root)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "never heard of"),
        ({"last_event_ms": 0}, "reports"),
        ({"last_event_ms": 300_000}, "silent for 5 min"),
        ({"last_event_ms": 300_000, "heartbeats": False}, "reports"),
        ({"poll_url": "http://media/stat"}, "not polled yet"),
        ({"poll_url": "http://media/stat", "last_poll_ms": 0}, "answers polls"),
        ({"poll_url": "http://media/stat", "last_poll_ms": 300_000}, "not polled lately"),
        ({"poll_url": "http://m/stat", "last_poll_error": "refused <b>"}, "polls fail: refused &lt;b&gt;"),
    ],
)
def test_it_tells_how_it_stands_with_a_source(
    worlds: Worlds, root: Client, fields: dict[str, Any], state: str
) -> None:
    ago = {name: now_ms() - value for name, value in fields.items() if name.endswith("_ms")}
    kind = SourceKind.NGINX_RTMP if "poll_url" in fields else SourceKind.REST
    Source.objects.create(app=worlds.north.app, name="camera", **{"kind": kind, **fields, **ago})
    assert states(root)["camera"] == state


def test_it_says_what_to_do_while_nothing_reports(worlds: Worlds, staff: Client) -> None:
    Source.objects.exclude(app=worlds.south.app).update(app=worlds.south.app, name="moved")
    assert "Nothing reports to your apps yet" in page(staff)


def test_it_tells_superusers_how_the_server_is(root: Client) -> None:
    shown = page(root)
    for subject in ("Database", "Migrations", "Worker", "Lead", "Snapshot", "Ledger", "Geolocation", "Disk"):
        assert f"<dt>{subject} " in shown
    assert "never verified: run <code>manage.py verify_ledger</code>" in shown
    assert "<code>manage.py geoip --update dbip</code>" in shown


def test_it_tells_what_the_last_recount_found(root: Client) -> None:
    Recount.objects.create(reach="latest", ran_ms=now_ms() - 3_600_000, took_ms=1, differences=3)
    assert "the day before, 1 h ago: 3 differences" in page(root)


def test_it_lists_what_there_is_in_groups(worlds: Worlds, root: Client, staff: Client) -> None:
    def groups(client: Client) -> list[str]:
        return re.findall(r'<nav aria-label="(\w[^"]*)"><h3>', page(client))

    assert groups(root) == ["Watching", "Broadcasting", "Set-up", "People", "Server"]
    assert groups(staff) == ["Watching", "Broadcasting"]


def test_it_asks_as_often_for_many_apps_as_for_one(worlds: Worlds, root: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(root)
        return len(captured.captured_queries)

    publish()
    page(root)
    few = asked()
    worlds_more: list[World] = [make_world(f"more{number}") for number in range(5)]
    for world in worlds_more:
        live(world, "v")
    publish()
    assert asked() == few <= 25


def test_it_names_apps_where_there_are_several(worlds: Worlds, root: Client, staff: Client) -> None:
    live(worlds.north, "a")
    live(worlds.south, "b")
    publish()
    assert "North app" in page(root)
    assert "<caption" not in page(staff)
