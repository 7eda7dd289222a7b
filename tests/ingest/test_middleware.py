"""What may never come between a media server and its answer."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import Settings

from ingest.views import backlog
from tests.ingest.status_server import StatusServer, page
from viewers.models import ViewerSession

FORM = "application/x-www-form-urlencoded"
PLAY = urlencode(
    {"call": "play", "app": "live", "name": "a", "addr": "81.2.69.142", "clientid": "4", "flashver": "LNX 9"}
)
UNKNOWN = "/in/trn_unknown/nginx-rtmp"

pytestmark = pytest.mark.django_db


def test_it_answers_under_any_host_name(client: Client) -> None:
    answer = client.post(UNKNOWN, PLAY, content_type=FORM, headers={"host": "media.invalid"})
    assert answer.status_code == 204


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/ingest/whoami", "/in/trn_unknown/unheard-of"])
def test_it_lets_nothing_else_pass_under_a_foreign_name(client: Client, path: str) -> None:
    assert client.get(path, headers={"host": "media.invalid"}).status_code == 400


def test_it_does_not_redirect_callbacks_to_tls(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.post(UNKNOWN, PLAY, content_type=FORM).status_code == 204
    assert client.get("/").status_code == 301


@pytest.mark.parametrize("query", [f"{PLAY}&tc=%ff%fe", f"{PLAY}&x=%00", f"{PLAY}&x=\xff", "%ff&call=play"])
def test_it_takes_a_players_query_as_it_comes(client: Client, query: str) -> None:
    assert client.get(UNKNOWN, QUERY_STRING=query).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_it_records_a_callback_whose_query_is_no_text(
    client: Client, hook_path: str, server: StatusServer
) -> None:
    server.page = page(60)
    assert client.get(hook_path, QUERY_STRING=f"{PLAY}&x=%ff%00").status_code == 204
    backlog.wait()
    assert ViewerSession.objects.get().stream_key == "live/a"


@pytest.mark.parametrize("debug", [True, False])
def test_a_failure_is_told_as_json_and_without_the_token(
    client: Client,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    debug: bool,
) -> None:
    def fail(secret: str) -> None:
        raise RuntimeError("out of paper")

    settings.DEBUG = debug
    monkeypatch.setattr("ingest.hooks.source_in_path", fail)
    answer = client.post("/in/trn_secret/nginx-rtmp", PLAY.replace("play", "play_done"), content_type=FORM)
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/json"
    assert "trn_secret" not in answer.content.decode()
    [failure] = [record for record in caplog.records if record.name == "ingest.middleware"]
    assert "out of paper" in caplog.text
    assert "trn_secret" not in failure.getMessage()


def test_what_is_no_callback_is_not_found_as_json(client: Client) -> None:
    answer = client.get("/in/trn_unknown/unheard-of")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
