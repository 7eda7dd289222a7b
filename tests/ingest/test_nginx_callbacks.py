"""nginx-rtmp's callbacks, through the door."""

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client

from accounts.models import Scope, Source
from analytics.models import IngestInterval, ViewInterval
from ingest import pollers
from ingest.views import backlog
from tests.ingest.status_server import StatusServer, page
from tests.worlds import World
from viewers.models import ViewerSession

FORM = "application/x-www-form-urlencoded"
PLAYER = {"app": "live", "flashver": "LNX 9", "addr": "81.2.69.142", "clientid": "4", "name": "a"}

# The thread that records callbacks sees only what is committed.
committed = pytest.mark.django_db(transaction=True)


def call(client: Client, path: str, kind: str, **fields: str) -> Any:
    form = urlencode({**PLAYER, "call": kind, **fields})
    response = client.post(path, form, content_type=FORM)
    backlog.wait()
    return response


def uptime(server: StatusServer, seconds: int) -> None:
    server.page = page(seconds)


@committed
def test_it_answers_first_and_records_after(client: Client, hook_path: str, server: StatusServer) -> None:
    uptime(server, 60)
    before = time.time() * 1000
    response = call(client, hook_path, "play")
    assert (response.status_code, response.content) == (204, b"")
    session = ViewerSession.objects.get()
    assert (session.connection_id, session.stream_key, session.ip) == ("4", "live/a", "81.2.69.142")
    # When it was received, not when it was recorded.
    assert before - 1 <= session.started_ms <= before + 200


@committed
def test_it_reads_the_query_variant(client: Client, hook_path: str, server: StatusServer) -> None:
    uptime(server, 60)
    response = client.get(f"{hook_path}?{urlencode({**PLAYER, 'call': 'play'})}&name=victim")
    backlog.wait()
    assert response.status_code == 204
    assert ViewerSession.objects.get().stream_key == "live/a"


@committed
def test_a_viewer_leaves_at_his_stop(client: Client, hook_path: str, server: StatusServer) -> None:
    uptime(server, 60)
    call(client, hook_path, "play")
    assert call(client, hook_path, "play_done").status_code == 204
    assert not ViewerSession.objects.exists()
    assert ViewInterval.objects.count() == 1


@committed
def test_a_stop_that_overtakes_its_start_ends_the_session(
    client: Client, hook_path: str, server: StatusServer
) -> None:
    uptime(server, 60)
    client.post(hook_path, urlencode({**PLAYER, "call": "play"}), content_type=FORM)
    # The start is still in memory.
    call(client, hook_path, "play_done")
    assert not ViewerSession.objects.exists()
    assert ViewInterval.objects.count() == 1


@committed
def test_it_hears_of_publishers(client: Client, hook_path: str, server: StatusServer) -> None:
    uptime(server, 60)
    call(client, hook_path, "publish")
    assert IngestInterval.objects.get().ended_ms is None
    call(client, hook_path, "publish_done")
    assert IngestInterval.objects.get().ended_ms is not None


@committed
def test_callback_and_poll_are_one_session(
    client: Client, hook_path: str, nginx_world: World, server: StatusServer
) -> None:
    server.page = page(60, (4, "81.2.69.142", 30_000, "play"))
    call(client, hook_path, "update_play", time="29")
    source = Source.objects.get(pk=nginx_world.source.pk)
    pollers.poll(source, lambda: int(time.time() * 1000))
    assert ViewerSession.objects.count() == 1
    call(client, hook_path, "play_done")
    assert not ViewerSession.objects.exists()
    interval = ViewInterval.objects.get()
    assert 29_500 < interval.ended_ms - interval.started_ms < 32_000


@committed
def test_a_callback_after_a_restart_that_no_poll_has_seen(
    client: Client, hook_path: str, server: StatusServer
) -> None:
    uptime(server, 60)
    call(client, hook_path, "play")
    uptime(server, 0)
    call(client, hook_path, "play")
    assert ViewerSession.objects.count() == 2
    call(client, hook_path, "play_done")
    assert ViewerSession.objects.count() == 1


@committed
def test_without_a_statistics_page_the_address_tells_players_apart(
    client: Client, hook_path: str, nginx_world: World
) -> None:
    Source.objects.filter(pk=nginx_world.source.pk).update(poll_url="")
    call(client, hook_path, "play")
    call(client, hook_path, "play", addr="81.2.69.143")
    assert ViewerSession.objects.count() == 2


@committed
def test_a_page_that_does_not_answer_loses_nothing(
    client: Client, hook_path: str, server: StatusServer
) -> None:
    server.status = 500
    call(client, hook_path, "play")
    assert ViewerSession.objects.count() == 1


@committed
def test_many_callbacks_cost_few_looks_at_the_server(
    client: Client, hook_path: str, server: StatusServer
) -> None:
    uptime(server, 60)
    for number in range(30):
        form = urlencode({**PLAYER, "call": "play", "clientid": str(number)})
        client.post(hook_path, form, content_type=FORM)
    backlog.wait()
    assert ViewerSession.objects.count() == 30
    assert len(server.requests) <= 3


ADMISSION = ["connect", "play", "publish", "update", "update_play", "update_publish", "unheard of"]


@pytest.mark.parametrize("kind", ADMISSION)
@pytest.mark.parametrize("secret", ["trn_unknown", "%2e%2e", "x" * 3000])
@pytest.mark.django_db
def test_no_stream_stops_for_a_bad_token(
    client: Client, server: StatusServer, kind: str, secret: str
) -> None:
    assert call(client, f"/in/{secret}/nginx-rtmp", kind).status_code == 204
    assert not ViewerSession.objects.exists()


@committed
def test_no_stream_stops_for_a_revoked_token(client: Client, hook_path: str, nginx_world: World) -> None:
    token = nginx_world.tokens[Scope.INGEST]
    token.revoked_at = token.created_at
    token.save()
    assert call(client, hook_path, "publish").status_code == 204
    assert not IngestInterval.objects.exists()


@pytest.mark.parametrize("bad", [{"clientid": "x"}, {"name": ""}, {"app": "y" * 200}])
@committed
def test_no_stream_stops_for_odd_fields(
    client: Client, hook_path: str, server: StatusServer, bad: dict[str, str]
) -> None:
    uptime(server, 60)
    assert call(client, hook_path, "play", **bad).status_code == 204
    assert not ViewerSession.objects.exists()


@pytest.fixture
def database_down(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Two failures, as a server that restarts; the tests share one, which cannot be stopped."""
    from accounts import authentication

    find, failures = authentication.find_token, [2]

    def fail(secret: str) -> Any:
        if failures[0]:
            failures[0] -= 1
            raise OperationalError("the connection is closed")
        return find(secret)

    monkeypatch.setattr("accounts.authentication.find_token", fail)
    monkeypatch.setattr("ingest.hooks.RETRY_S", (0, 0, 0))
    return failures


@pytest.mark.usefixtures("database_down")
@committed
def test_no_stream_stops_while_the_database_is_down(
    client: Client, hook_path: str, server: StatusServer
) -> None:
    uptime(server, 60)
    assert call(client, hook_path, "play").status_code == 204
    assert ViewerSession.objects.count() == 1


@committed
def test_a_stop_that_could_not_be_recorded_is_kept(
    client: Client, hook_path: str, server: StatusServer, database_down: list[int]
) -> None:
    uptime(server, 60)
    database_down[0] = 0
    call(client, hook_path, "play")
    database_down[0] = 2
    response = call(client, hook_path, "play_done")
    assert response.status_code == 503
    assert "message" in response.json()
    assert not ViewerSession.objects.exists()


BAD: list[tuple[int, dict[str, Any]]] = [
    (400, {"data": ""}),
    (400, {"data": "name=a"}),
    (400, {"data": "call="}),
    (400, {"data": "&&&==="}),
    (400, {"data": b"\xff\x00%ff%", "content_type": "application/json"}),
    (400, {"data": json.dumps({"call": "play_done"}), "content_type": "application/json"}),
    (400, {"data": urlencode({**PLAYER, "call": "play_done", "clientid": ""})}),
    (400, {"data": urlencode({**PLAYER, "call": "play_done", "name": "x" * 999})}),
    (413, {"data": "x" * 70_000}),
]


@pytest.mark.parametrize(("status", "sent"), BAD)
@pytest.mark.django_db
def test_what_is_no_callback_is_told_so(
    client: Client, hook_path: str, server: StatusServer, status: int, sent: dict[str, Any]
) -> None:
    uptime(server, 60)
    response = client.post(hook_path, **{"content_type": FORM, **sent})
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    assert len(response.json()["message"]) > 15


@pytest.mark.django_db
def test_a_stop_with_a_bad_token_is_told_so(client: Client) -> None:
    response = call(client, "/in/trn_unknown/nginx-rtmp", "play_done")
    assert response.status_code == 403
    assert "--scopes ingest" in response.json()["message"]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.django_db
def test_it_takes_post_and_get_only(client: Client, hook_path: str, method: str) -> None:
    response = getattr(client, method)(hook_path)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, POST"
    assert "message" in response.json()
