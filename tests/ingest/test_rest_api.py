"""POST /api/ingest/events and GET /api/ingest/whoami, through the door."""

import gzip
import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import ApiToken, Scope
from analytics.models import Livestream, ViewInterval
from ingest.bodies import JSON_TYPE, MAX_BODY_BYTES, NDJSON_TYPE
from tests.ingest.test_rest_parsing import BAD_BODIES, GOOD
from tests.worlds import World, make_world
from viewers.models import ViewerSession

EVENTS = "/api/ingest/events"
WHOAMI = "/api/ingest/whoami"

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world("north")


@pytest.fixture
def send(client: Client, world: World) -> Any:
    def post(body: Any, content_type: str = JSON_TYPE, scope: str = Scope.INGEST, **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**world.headers(scope), **{name.replace("_", "-"): value for name, value in headers.items()}}
        return client.post(EVENTS, raw, content_type=content_type, headers=sent)

    return post


def assert_message(response: Any, status: int) -> str:
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/json"
    body = json.loads(response.content)
    assert list(body) == ["message"]
    assert isinstance(body["message"], str)
    assert len(body["message"]) > 15
    return str(body["message"])


def test_it_keeps_what_it_accepts(send: Any, world: World) -> None:
    response = send([{**GOOD, "ip": "81.2.69.142", "outBandwidth": 447669, "healthScore": 88}])
    assert response.status_code == 200
    answer = response.json()
    assert answer["data"] == {"accepted": 1, "rejected": []}
    assert set(answer["meta"]) == {"executionTime", "generatedAt"}
    session = ViewerSession.objects.get()
    assert (session.connection_id, session.stream_key) == ("v_1", "123")
    assert (session.app, session.source) == (world.app, world.source)
    assert (session.ip, session.bandwidth, session.health) == ("81.2.69.142", 447669, 88)


@pytest.mark.parametrize(
    ("told", "player"),
    [
        ({"userAgent": "VLC/3.0.21 LibVLC/3.0.21"}, "VLC"),
        ({"userAgent": "VLC/3.0.21 LibVLC/3.0.21", "player": "kiosk"}, "kiosk"),
        ({"userAgent": "something else"}, ""),
        ({}, ""),
    ],
)
def test_it_names_the_player(send: Any, told: dict[str, str], player: str) -> None:
    send([{"type": "view.update", "connectionId": "v1", "streamKey": "s", **told}])
    assert ViewerSession.objects.get().player == player


def test_it_tells_which_events_it_rejected(send: Any) -> None:
    response = send({"events": [GOOD, {"type": "view.start"}, 7]})
    assert response.json()["data"] == {
        "accepted": 1,
        "rejected": [
            {"index": 1, "message": "connectionId is required"},
            {"index": 2, "message": "an event must be a JSON object"},
        ],
    }


def test_it_reads_packed_lines(send: Any) -> None:
    lines = b"\n".join(json.dumps({**GOOD, "connectionId": f"v_{i}"}).encode() for i in range(3))
    response = send(gzip.compress(lines), NDJSON_TYPE, Content_Encoding="gzip")
    assert response.json()["data"]["accepted"] == 3
    assert ViewerSession.objects.count() == 3


def test_it_ends_a_session_at_its_stop(send: Any) -> None:
    began = send([GOOD]).json()["meta"]["generatedAt"]
    send([{**GOOD, "type": "view.stop", "at": began + 1000}])
    assert not ViewerSession.objects.exists()
    assert ViewInterval.objects.get().ended_ms == began + 1000


def test_it_takes_a_repeated_batch_once(send: Any, world: World) -> None:
    now = send([{**GOOD, "connectionId": "other"}]).json()["meta"]["generatedAt"]
    for _ in range(2):
        send([{**GOOD, "at": now - 5000}, {**GOOD, "type": "view.stop", "at": now - 1000}])
    assert [(row.started_ms, row.ended_ms) for row in ViewInterval.objects.all()] == [
        (now - 5000, now - 1000)
    ]


@pytest.mark.parametrize("at", [1, 10**1000, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_it_uses_the_time_of_receipt_for_a_time_nobody_can_mean(send: Any, at: Any) -> None:
    answer = send([{**GOOD, "at": at}])
    assert answer.status_code == 200
    session = ViewerSession.objects.get()
    assert session.skewed
    assert abs(session.started_ms - answer.json()["meta"]["generatedAt"]) < 60_000


@pytest.mark.parametrize(
    ("status", "raw", "content_type", "encoding"),
    [pytest.param(*case, id=name) for name, *case in BAD_BODIES],
)
def test_it_refuses_bad_bodies(
    client: Client, world: World, status: int, raw: bytes, content_type: str, encoding: str
) -> None:
    headers = {**world.headers(Scope.INGEST), **({"Content-Encoding": encoding} if encoding else {})}
    # The test client drops the type of an empty body; clients do not.
    response = client.generic("POST", EVENTS, raw, content_type, headers=headers, CONTENT_TYPE=content_type)
    assert_message(response, status)
    assert not ViewerSession.objects.exists()


def test_it_refuses_a_body_in_chunks(client: Client, world: World) -> None:
    headers = {**world.headers(Scope.INGEST), "Transfer-Encoding": "chunked"}
    # The test client counts a body's bytes; an empty one is sent without a length, like one in chunks.
    response = client.generic("POST", EVENTS, b"", headers=headers, CONTENT_TYPE=JSON_TYPE)
    assert "Content-Length" in assert_message(response, 411)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_it_takes_no_other_method(client: Client, world: World, method: str) -> None:
    response = getattr(client, method)(EVENTS, headers=world.headers(Scope.INGEST))
    assert_message(response, 405)


@pytest.mark.parametrize("path", [EVENTS, WHOAMI])
def test_it_needs_a_token(client: Client, path: str) -> None:
    response = client.post(path, b"[]", content_type=JSON_TYPE) if path == EVENTS else client.get(path)
    assert_message(response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_it_needs_a_living_token(client: Client) -> None:
    response = client.post(EVENTS, b"[]", content_type=JSON_TYPE, headers={"X-Api-Key": "trn_unknown"})
    assert_message(response, 401)


@pytest.mark.parametrize("scope", [Scope.READ, Scope.ADMIN])
def test_it_needs_the_scope(send: Any, scope: Scope) -> None:
    assert "--scopes ingest" in assert_message(send([GOOD], scope=scope), 403)


def test_it_needs_a_token_that_names_its_source(client: Client, world: World) -> None:
    _, secret = ApiToken.issue(account=world.account, app=world.app, scopes=["ingest"])
    response = client.post(EVENTS, b"[]", content_type=JSON_TYPE, headers={"X-Api-Key": secret})
    assert "create_token" in assert_message(response, 403)


def test_it_takes_no_source_of_another_app(client: Client, world: World) -> None:
    other = make_world("south")
    _, secret = ApiToken.issue(account=world.account, app=world.app, source=other.source, scopes=["ingest"])
    response = client.post(EVENTS, json.dumps([GOOD]), content_type=JSON_TYPE, headers={"X-Api-Key": secret})
    assert_message(response, 403)


def test_it_says_when_to_come_again(client: Client, world: World, settings: Settings) -> None:
    settings.INGEST_RATE = "1/h"
    headers = world.headers(Scope.INGEST)
    answers = [client.post(EVENTS, b"[]", content_type=JSON_TYPE, headers=headers) for _ in range(2)]
    assert_message(answers[1], 429)
    assert int(answers[1].headers["Retry-After"]) > 0


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("the connection is closed")

    # The tests share one server, so it cannot be stopped for one of them.
    monkeypatch.setattr("ingest.views.record", fail)


@pytest.mark.usefixtures("no_database")
def test_it_has_clients_send_again_while_the_database_is_down(send: Any) -> None:
    response = send([GOOD])
    assert_message(response, 503)
    assert int(response.headers["Retry-After"]) > 0


def test_it_believes_little_of_a_beacon(send: Any, world: World) -> None:
    forged = {**GOOD, "ip": "81.2.69.142", "position": [1, 2], "at": 5, "since": 1, "healthScore": 70}
    response = send(
        [{**GOOD, "type": "publish.start"}, forged, {}], scope=Scope.BEACON, X_Forwarded_For="8.8.8.8"
    )
    assert response.json()["data"]["accepted"] == 1
    assert [found["index"] for found in response.json()["data"]["rejected"]] == [0, 2]
    session = ViewerSession.objects.get()
    assert (session.ip, session.health, session.latitude) == ("127.0.0.1", 70, None)
    assert session.started_ms == session.last_ms > 10**12


def test_it_lets_beacons_make_few_streams(send: Any, world: World, settings: Settings) -> None:
    settings.BEACON_NEW_STREAMS = 2
    send([{**GOOD, "streamKey": "known"}])
    answer = send([{**GOOD, "streamKey": key} for key in ("a", "b", "known")], scope=Scope.BEACON).json()
    assert answer["data"]["accepted"] == 2
    assert Livestream.objects.count() == 2


def test_it_limits_beacons_by_address(client: Client, send: Any, settings: Settings) -> None:
    settings.BEACON_RATE = "1/h"
    settings.TRUSTED_PROXIES = []
    assert send([GOOD], scope=Scope.BEACON).status_code == 200
    assert_message(send([GOOD], scope=Scope.BEACON), 429)
    assert send([GOOD]).status_code == 200


def test_it_takes_few_events_of_a_beacon_at_once(send: Any) -> None:
    assert_message(send([GOOD] * 21, scope=Scope.BEACON), 413)


def test_whoami_tells_what_the_server_sees(client: Client, world: World) -> None:
    response = client.get(WHOAMI, headers=world.headers(Scope.INGEST))
    data = response.json()["data"]
    assert data.pop("time") > 10**12
    assert data == {
        "address": "127.0.0.1",
        "place": None,
        "account": "north",
        "app": "north-app",
        "source": "north-source",
        "scopes": ["ingest"],
    }


def test_whoami_of_a_whole_account(client: Client, world: World) -> None:
    response = client.get(WHOAMI, headers={"Authorization": f"Bearer {world.account_secret}"})
    assert (response.json()["data"]["app"], response.json()["data"]["source"]) == (None, None)


def test_whoami_takes_no_post(client: Client, world: World) -> None:
    assert_message(client.post(WHOAMI, headers=world.headers(Scope.INGEST)), 405)


def test_the_paths_have_no_slash_at_their_end() -> None:
    assert reverse("ingest-events") == EVENTS
    assert MAX_BODY_BYTES == 8 * 1024 * 1024


@pytest.mark.parametrize("body", [[GOOD], b"[oops"])
def test_it_lets_go_of_the_body_before_garbage_is_collected(send: Any, body: Any) -> None:
    request = send(body).wsgi_request
    assert "_body" not in vars(request)
    assert "wsgi.input" not in request.META
