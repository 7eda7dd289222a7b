import logging
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.worlds import Worlds

pytestmark = pytest.mark.urls("tests.accounts.probe_urls")

RAISED = [
    ("http404", 404, "No such thing."),
    ("denied", 403, "Not yours."),
    ("suspicious", 400, "Odd."),
    ("too-big", 413, "The body is too large: send it in parts."),
]


@pytest.fixture
def browser(client: Client) -> Client:
    client.raise_request_exception = False
    return client


def realtimekit(code: int, message: str, listed: int | None = None) -> dict[str, Any]:
    return {
        "success": False,
        "error": {"code": code, "message": message},
        "errors": [{"code": listed or code, "message": message}],
        "messages": [],
        "result": None,
    }


@pytest.mark.parametrize(("name", "code", "message"), RAISED)
def test_it_shapes_errors_of_views_as_a_message(client: Client, name: str, code: int, message: str) -> None:
    answer = client.get(f"/api/raises/{name}")
    assert (answer.status_code, answer.json()) == (code, {"message": message})


@pytest.mark.parametrize(("name", "code", "message"), RAISED)
def test_it_shapes_errors_of_realtimekit_views_for_both_its_clients(
    client: Client, name: str, code: int, message: str
) -> None:
    answer = client.get(f"/accounts/raises/{name}")
    assert (answer.status_code, answer.json()) == (code, realtimekit(code, message))


def test_it_names_the_fields_of_invalid_parameters(client: Client) -> None:
    message = "bbox: Give four numbers. zoom: Too deep."
    assert client.get("/api/raises/invalid").json() == {"message": message}


def test_it_lists_each_problem_for_sdks(client: Client) -> None:
    answer = client.get("/accounts/raises/invalid").json()
    assert answer["error"] == {"code": 400, "message": "bbox: Give four numbers. zoom: Too deep."}
    assert answer["errors"] == [
        {"code": 400, "message": "bbox: Give four numbers."},
        {"code": 400, "message": "zoom: Too deep."},
    ]


def test_it_gives_failed_authentication_the_gateways_code(worlds: Worlds, client: Client) -> None:
    answer = client.get("/client/v4/accounts/north/probe", headers={"Authorization": "Bearer wrong"})
    message = "This token is unknown or was revoked."
    assert (answer.status_code, answer.json()) == (401, realtimekit(401, message, listed=10000))
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_it_says_when_to_come_back(client: Client) -> None:
    answer = client.get("/api/raises/throttled")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")


@pytest.mark.parametrize("path", ["/api/raises/bug", "/accounts/raises/bug"])
def test_it_answers_a_bug_without_telling_about_it(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/json"
    assert b"secret" not in answer.content


def test_it_logs_a_bug_with_its_traceback_and_without_the_request(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="accounts"):
        client.get("/api/raises/bug?name=hidden", headers={"X-Odd": "hidden"})
    record = next(record for record in caplog.records if record.name == "accounts.errors")
    assert record.exc_info
    assert "GET failed in Raises" in record.getMessage()
    assert not hasattr(record, "request")
    assert "hidden" not in caplog.text


def test_it_keeps_the_shape_when_a_plain_view_breaks(browser: Client) -> None:
    assert list(browser.get("/api/broken").json()) == ["message"]
    assert browser.get("/accounts/broken").json()["error"]["code"] == 500
    page = browser.get("/broken")
    assert page.status_code == 500
    assert page.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/api/nothing", "/in/some/thing", "/api/"])
def test_it_answers_unknown_paths_with_a_message(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (404, {"message": "There is nothing here: check the path."})


@pytest.mark.parametrize("path", ["/accounts/nothing", "/client/v4/accounts/x/nothing"])
def test_it_answers_unknown_realtimekit_paths_in_their_shape(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json() == realtimekit(404, "There is nothing here: check the path.")


def test_it_shows_people_a_page(client: Client) -> None:
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_it_shows_no_page_for_an_api_even_while_debugging(browser: Client, settings: Settings) -> None:
    settings.DEBUG = True
    for path, code in (("/api/nothing", 404), ("/api/broken", 500), ("/api/raises/bug", 500)):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (code, "application/json")
        assert list(answer.json()) == ["message"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/probe", b"a=%00"),
        ("/api/probe", b"a=%ff"),
        ("/api/probe", b"%ed%a0%80=1"),
        ("/api/\x00", b""),
        ("/api/\xff", b""),
        ("/api/\xed\xb0\x80", b""),
    ],
)
def test_it_refuses_addresses_that_are_no_text(
    worlds: Worlds, client: Client, path: str, query: bytes
) -> None:
    answer = client.get(
        "/api/probe", headers=worlds.north.headers(), PATH_INFO=path, QUERY_STRING=query.decode("latin-1")
    )
    assert (answer.status_code, answer.json()) == (400, {"message": "The request cannot be read."})


def test_it_takes_addresses_in_any_script(worlds: Worlds, client: Client) -> None:
    assert client.get("/api/probe?q=Zürich %F0%9F%8E%A5", headers=worlds.north.headers()).status_code == 200
    assert client.get("/api/Zürich").status_code == 404


def test_it_refuses_an_unknown_host_in_shape(client: Client) -> None:
    answer = client.get("/api/probe", headers={"Host": "evil.example"})
    assert (answer.status_code, list(answer.json())) == (400, ["message"])


def test_it_says_which_methods_there_are(worlds: Worlds, client: Client) -> None:
    answer = client.delete("/api/probe", headers=worlds.north.headers())
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}
    assert list(answer.json()) == ["message"]


def test_it_answers_options_with_the_methods_alone(worlds: Worlds, client: Client) -> None:
    answer = client.options("/api/probe", headers=worlds.north.headers())
    assert (answer.status_code, answer.content) == (204, b"")
    assert "GET" in answer.headers["Allow"]


def test_it_answers_head_like_get_without_the_body(worlds: Worlds, client: Client) -> None:
    answer = client.head("/api/probe", headers=worlds.north.headers())
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.head("/api/nothing").status_code == 404


def test_it_refuses_in_json_to_speak_anything_but_json(worlds: Worlds, client: Client) -> None:
    answer = client.get("/api/probe", headers={**worlds.north.headers(), "Accept": "text/html"})
    assert (answer.status_code, list(answer.json())) == (406, ["message"])


def test_it_answers_a_browser_that_takes_anything(worlds: Worlds, client: Client) -> None:
    headers = {**worlds.north.headers(), "Accept": "text/html,*/*;q=0.8"}
    assert client.get("/api/probe?format=html", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[NaN]", "application/json", 400),
        (b"a=1", "text/plain", 415),
        (b"a=1", "multipart/form-data", 415),
        (b"a=1", "nonsense", 415),
    ],
)
def test_it_refuses_bodies_it_cannot_read(
    worlds: Worlds, client: Client, body: bytes, content_type: str, code: int
) -> None:
    answer = client.post("/api/probe", body, content_type=content_type, headers=worlds.north.headers())
    assert (answer.status_code, list(answer.json())) == (code, ["message"])
