"""Nobody sees anything of another account, whichever path they try.

Every path of the project is asked with another account's names. A path that is not listed here fails the
first test: list it, with what to put in its place holders.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from accounts.clock import now_ms
from analytics.models import IngestInterval, Livestream, LivestreamSession, ViewInterval
from ingest.events import Event
from tests.analytics.signs import MINUTE, published, publishing, tell, watched
from tests.worlds import World, Worlds, two_worlds
from viewers import snapshot
from viewers.models import ViewerSession

KIT = "accounts/<str:account_id>/realtime/kit/<str:app_id>/"
TOTALS = f"{KIT}analytics/livestreams/"
APPS = [
    {"account_id": "south", "app_id": "south-app"},
    {"account_id": "north", "app_id": "south-app"},
    {"account_id": "south", "app_id": "north-app"},
]


@dataclass(frozen=True)
class Route:
    others: list[dict[str, str]] = field(default_factory=list)
    """What stands in the place holders, naming another account's things: never found then."""
    own: dict[str, str] = field(default_factory=dict)
    """What the other account itself asks for, and is shown."""
    shows: bool = True
    """Whether the other account is shown names of its own, by `own` and an empty query."""


# Asked for in its own app and in ours.
OURS = {"account_id": "north", "app_id": "north-app"}
LIVESTREAM, SESSION = (
    Route([{**app, **named} for app in [*APPS, OURS]], {**APPS[0], **named}, shows)
    for named, shows in (
        ({"livestream_id": "livestream-of-south"}, True),
        ({"session_id": "broadcast-of-south"}, False),
    )
)

ROUTES: dict[str, Route] = {
    "": Route(),
    "map/token": Route(shows=False),
    "map/embed": Route(shows=False),
    # Who has the link is shown the map, whoever that is.
    "embed/<str:signed>": Route(own={"signed": "unknown"}, shows=False),
    "embed/<str:signed>/markers": Route(own={"signed": "unknown"}, shows=False),
    "analytics": Route(),
    "analytics/livestreams/<str:livestream_id>": Route(
        [{"livestream_id": "livestream-of-south"}], {"livestream_id": "livestream-of-south"}
    ),
    "analytics/sessions/<str:session_id>": Route(
        [{"session_id": "broadcast-of-south"}], {"session_id": "broadcast-of-south"}
    ),
    "api/cluster/viewers/geolocation": Route(),
    "api/cluster/viewers": Route(),
    "api/cluster/viewers/summary": Route(),
    "api/cluster/viewers/<str:viewer>": Route([{"viewer": "v-of-south"}], {"viewer": "v-of-south"}),
    "api/cluster/streams": Route(),
    "api/cluster/streams/<key:stream_key>": Route(
        [{"stream_key": "stream-of-south"}], {"stream_key": "stream-of-south"}
    ),
    "api/streams/<str:app_name>/<key:stream_key>/viewers/geolocation": Route(
        [{"app_name": "south-app", "stream_key": "stream-of-south"}],
        {"app_name": "south-app", "stream_key": "stream-of-south"},
    ),
    "api/analytics/live": Route(shows=False),
    "api/analytics/overview": Route(shows=False),
    "api/analytics/concurrency": Route(shows=False),
    "api/analytics/days": Route(shows=False),
    "api/analytics/livestreams": Route(),
    "api/analytics/livestreams/<str:livestream>/sessions": Route(
        [{"livestream": "livestream-of-south"}], {"livestream": "livestream-of-south"}
    ),
    "api/analytics/sessions/<str:session>": Route(
        [{"session": "broadcast-of-south"}], {"session": "broadcast-of-south"}
    ),
    "api/analytics/sessions/<str:session>/concurrency": Route(
        [{"session": "broadcast-of-south"}], {"session": "broadcast-of-south"}, shows=False
    ),
    "api/analytics/sessions/<str:session>/retention": Route(
        [{"session": "broadcast-of-south"}], {"session": "broadcast-of-south"}, shows=False
    ),
    "api/analytics/top": Route(shows=False),
    "api/analytics/viewings": Route(),
    "api/analytics/replay": Route(shows=False),
    "api/analytics/replay/range": Route(shows=False),
    "api/ingest/events": Route(shows=False),
    "api/ingest/whoami": Route(),
    "in/<str:secret>/nginx-rtmp": Route(own={"secret": "trn_unknown"}, shows=False),
    **{
        f"{prefix}{KIT}{route}": answers
        for prefix in ("", "client/v4/")
        for route, answers in {
            "analytics/livestreams/overall": Route(APPS, APPS[0], shows=False),
            "analytics/livestreams/daywise": Route(APPS, APPS[0], shows=False),
            "livestreams": Route(APPS, APPS[0]),
            "livestreams/<str:livestream_id>": LIVESTREAM,
            "livestreams/<str:livestream_id>/active-livestream-session": LIVESTREAM,
            "livestreams/sessions/<str:session_id>": SESSION,
        }.items()
    },
}
# They know of no account. The admin has tests of its own.
WITHOUT_ACCOUNTS = {"admin", "healthz", "api/schema", "api/docs", "login", "logout"}

QUERIES = [
    {},
    {"app": "south-app"},
    {"app": "south-app", "account": "south", "streamKey": "stream-of-south"},
    {"streamKey": "stream-of-south", "aggregation": "none"},
    {"search": "v-of-south"},
    {"search": "stream-of-south"},
    {"search": "203.0.113.77"},
    {"aggregation": "none", "limit": "10000"},
    {"aggregation": "cluster", "zoom": "0"},
    {"bbox": "-180,-85,180,85", "rowsPerPage": "100"},
    {"format": "csv", "by": "country"},
    {"format": "json", "by": "country", "app": "north-app"},
    {"country": "unknown", "protocol": "unknown", "player": "unknown", "health": "none"},
]
SOUTHERN = ["-of-south", "South", "south-source", "south-member", "south-staff", "203.0.113.77", "-33.5"]


@pytest.fixture
def worlds(db: None, settings: Settings, tmp_path: Path) -> Worlds:
    settings.SNAPSHOT_DIR = tmp_path / "snapshot"
    settings.SNAPSHOT_DIR.mkdir()
    found = two_worlds()
    now = now_ms()
    for name, world, address, latitude in (
        ("north", found.north, "203.0.113.66", 52.5),
        ("south", found.south, "203.0.113.77", -33.5),
    ):
        stream = f"stream-of-{name}"
        tell(
            world.source,
            watched(f"past-of-{name}", now - 9 * MINUTE, now - 5 * MINUTE, stream),
            published(f"encoder-of-{name}", now - 9 * MINUTE, now - 5 * MINUTE, stream),
            publishing(f"camera-of-{name}", now - MINUTE, now, stream),
            Event("view.update", f"v-of-{name}", stream, now, now - MINUTE, address, (latitude, 18.5)),
            now=now,
        )
    snapshot.write(snapshot.build(connection, now), settings.SNAPSHOT_DIR)
    return found


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        elif not route.startswith("admin/"):
            yield from routes(pattern, route)


def path(route: str, values: dict[str, str]) -> str:
    ids = southern_ids() if "-of-south" in str(values) else {}
    for name, value in values.items():
        route = re.sub(rf"<\w+:{name}>", ids.get(value, value), route)
    assert "<" not in route, f"{route}: say what to put in its place holders"
    return f"/{route}"


def southern_ids() -> dict[str, str]:
    """What is named by an id that only the database knows."""
    broadcast = LivestreamSession.objects.filter(livestream__stream_key="stream-of-south").latest(
        "started_ms"
    )
    return {"livestream-of-south": broadcast.livestream_id.hex, "broadcast-of-south": broadcast.pk.hex}


def askers(world: World) -> Iterator[tuple[str, Client]]:
    secrets = {**world.secrets, "account": world.account_secret}
    for name, secret in secrets.items():
        yield f"token {name}", Client(headers={"Authorization": f"Bearer {secret}"})
    for user in (world.member, world.staff):
        yield user.username, logged_in(user)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: HttpResponseBase) -> str:
    body = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    return f"{body.decode()} {dict(response.items())}"


def asked_to_log_in(response: HttpResponseBase) -> bool:
    """Pages take no tokens."""
    return response.status_code == 302 and response["Location"].startswith("/login?next=")


def leaks(response: HttpResponseBase) -> list[str]:
    # Who is sent to the login is to come back: the address asked for is part of the answer.
    answer = "" if asked_to_log_in(response) else text(response)
    return [name for name in SOUTHERN if name in answer]


def test_it_covers_every_path_of_the_project() -> None:
    assert set(routes(get_resolver())) == ROUTES.keys() | WITHOUT_ACCOUNTS


@pytest.mark.parametrize("route", ROUTES)
def test_it_finds_nothing_by_names_of_another_account(route: str, worlds: Worlds) -> None:
    for (who, client), values in product(askers(worlds.north), ROUTES[route].others):
        response = client.get(path(route, values))

        refused = response.status_code in (401, 403, 404, 405) or asked_to_log_in(response)
        assert refused, f"{who} got {text(response)}"
        assert leaks(response) == [], who


@pytest.mark.parametrize("route", [route for route in ROUTES if not ROUTES[route].others])
def test_it_shows_nothing_of_another_account_whatever_is_asked(route: str, worlds: Worlds) -> None:
    for (who, client), query in product(askers(worlds.north), QUERIES):
        response = client.get(path(route, ROUTES[route].own), query)

        assert response.status_code < 500
        assert leaks(response) == [], f"{who} asked {urlencode(query)}"


@pytest.mark.parametrize("route", ROUTES)
def test_it_shows_nothing_to_nobody(route: str, worlds: Worlds) -> None:
    for values, query in product([*ROUTES[route].others, ROUTES[route].own], QUERIES[:2]):
        if "<" not in route or values:
            response = Client().get(path(route, values), query)

            assert response.status_code in (302, 400, 401, 403, 404, 405)
            assert leaks(response) == []


@pytest.mark.parametrize("route", [route for route in ROUTES if ROUTES[route].shows])
def test_it_does_show_them_to_the_other_account(route: str, worlds: Worlds) -> None:
    """Or the tests above would look for what is not there."""
    answers = [client.get(path(route, ROUTES[route].own)) for _, client in askers(worlds.south)]

    assert any(leaks(response) or "south" in text(response) for response in answers)


@pytest.mark.parametrize("route", [route for route in ROUTES if TOTALS in route])
def test_it_answers_totals_to_the_other_account(route: str, worlds: Worlds) -> None:
    found = Client(headers=worlds.south.headers()).get(path(route, APPS[0])).json()["data"]

    totals = found[-1] if isinstance(found, list) else found
    assert totals["count"] == 1


def southern_rows(world: World) -> list[list[object]]:
    models = (ViewerSession, ViewInterval, Livestream, IngestInterval)
    return [list(model.objects.filter(app=world.app).order_by("pk").values()) for model in models]


def test_it_lets_nobody_write_to_another_accounts_sessions(worlds: Worlds) -> None:
    before = southern_rows(worlds.south)
    events = [
        {"type": kind, "connectionId": f"{who}-of-south", "streamKey": "stream-of-south", "app": "south-app"}
        for kind, who in product(("view.update", "view.stop", "publish.stop"), ("v", "past", "camera"))
    ]

    for _, client in askers(worlds.north):
        client.post("/api/ingest/events", events, content_type="application/json")
    for call in ("play", "play_done", "publish", "publish_done", "update_play"):
        hook = {
            "call": call,
            "app": "south-app",
            "name": "stream-of-south",
            "clientid": "1",
            "addr": "203.0.113.77",
        }
        Client().post(f"/in/{worlds.north.secrets['ingest']}/nginx-rtmp", hook)

    assert southern_rows(worlds.south) == before
