"""Whatever is sent, every API answers in JSON, in its own shape, and never with a 500."""

from typing import Any

import pytest
from django.test import Client

from tests.worlds import World, make_world

pytestmark = pytest.mark.django_db

KIT = "/accounts/north/realtime/kit/north-app/analytics/livestreams/"
FILTERS = ["streamKey", "country", "protocol", "player", "health"]
PARAMETERS = {
    "/api/cluster/viewers/geolocation": ["aggregation", "bbox", "zoom", "app", "limit", *FILTERS],
    "/api/cluster/viewers": ["page", "rowsPerPage", "search", "sort", "order", "bbox", "app", *FILTERS],
    "/api/cluster/viewers/summary": ["search", "app", *FILTERS],
    "/api/cluster/viewers/v1": ["app"],
    "/api/cluster/streams": ["page", "rowsPerPage", "search", "orderBy", "order", "streamState", "app"],
    "/api/cluster/streams/news": ["app"],
    "/api/streams/north-app/news/viewers/geolocation": ["aggregation", "bbox", "zoom", "limit"],
    "/api/ingest/whoami": [],
    f"{KIT}overall": ["start_time", "end_time", "filters", "timezone"],
    f"{KIT}daywise": ["start_time", "end_time", "filters", "timezone"],
    f"/client/v4{KIT}overall": ["start_time"],
}
# As they stand in a query: percent-encoded where they are no ASCII.
VALUES = {
    "nothing": "",
    "nul": "%00",
    "nul inside": "a%00b",
    "lone surrogate": "%ED%A0%80",
    "not utf-8": "%FF%FE",
    "truncated escape": "%",
    "huge number": "9" * 5000,
    "huge exponent": "1e400",
    "nan": "NaN",
    "infinity": "-Infinity",
    "negative": "-1",
    "other digits": "%D9%A1%D9%A2",
    "superscript": "%C2%B2",
    "year zero": "0000-00-00",
    "far future": "99999-01-01T00:00:00Z",
    "sql": "'%20OR%201=1;--",
    "wildcards": "%25_%5C",
    "template": "{{7*7}}",
    "path": "../../etc/passwd",
    "markup": "<script>alert(1)</script>",
    "long": "x" * 3000,
    "numbers": ",".join(["1"] * 1000),
    "right to left": "%E2%80%AE",
    "brackets": "[]",
}


@pytest.fixture
def world() -> World:
    return make_world("north")


def is_answer(path: str, status: int, body: Any) -> bool:
    if status < 400:
        return True
    if not path.startswith(("/accounts", "/client")):
        return set(body) == {"message"} and bool(body["message"])
    return body["success"] is False and bool(body["errors"][0]["message"]) and body["error"]["code"] == status


@pytest.mark.parametrize("path", PARAMETERS)
def test_it_stands_any_value_of_any_parameter(client: Client, world: World, path: str) -> None:
    headers = world.headers("read")
    failures = []
    for name in [*PARAMETERS[path], "unknown", "%FF"]:
        for what, value in VALUES.items():
            answer = client.get(f"{path}?{name}={value}", headers=headers)
            good = answer.status_code < 500 and answer["Content-Type"] == "application/json"
            if not good or not is_answer(path, answer.status_code, answer.json()):
                failures.append((name, what, answer.status_code, answer.content[:200]))
    assert failures == []


@pytest.mark.parametrize("path", [*PARAMETERS, "/api/ingest/events"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET", "TRACE", "PROPFIND"])
def test_it_names_its_methods(client: Client, world: World, path: str, method: str) -> None:
    scope = "ingest" if path.startswith("/api/ingest") else "read"
    answer = client.generic(method, path, b"{}", content_type="text/xml", headers=world.headers(scope))
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/json"
        assert is_answer(path, answer.status_code, answer.json())


@pytest.mark.parametrize("viewer", ["%00", "%ED%A0%80", "x" * 2000, "'", "%25", "0" * 32, "..", "%2F"])
def test_it_stands_any_name_of_a_viewer(client: Client, world: World, viewer: str) -> None:
    answer = client.get(f"/api/cluster/viewers/{viewer}", headers=world.headers("read"))
    assert answer.status_code in (400, 404)
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer " + "x" * 20_000},
        {"Authorization": "Bearer a b"},
        {"Authorization": "Bearer \udcff"},
        {"X-Api-Key": "\x00"},
        {"X-Api-Key": ""},
        {"Authorization": "Bearer x", "X-Api-Key": "y"},
    ],
)
@pytest.mark.parametrize("path", ["/api/cluster/viewers/geolocation", f"{KIT}overall", "/api/ingest/whoami"])
def test_it_stands_any_credentials(client: Client, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 401
    assert is_answer(path, 401, answer.json())


def test_it_says_what_it_can_answer_with(client: Client, world: World) -> None:
    for path in PARAMETERS:
        answer = client.get(path, headers={**world.headers("read"), "Accept": "text/html"})
        assert answer.status_code in (403, 404, 406)
        assert answer["Content-Type"] == "application/json"
