"""Requests in the documents reach something; those of the README are answered."""

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve
from pytest_django.live_server_helper import LiveServer

from config import first_data
from config.first_data import Access
from tests.docs.documents import Document, document, words

BASE_URL = "http://127.0.0.1:8000"
SERVER = re.compile(rf"^(?:{re.escape(BASE_URL)}|\$TURNOUT)(?=/)")
PATH = re.compile(r"(?:GET|POST) (/[^\s`?…]*)")


class Call(NamedTuple):
    url: str
    headers: dict[str, str]
    body: str | None


def calls(found: Document) -> list[Call]:
    """The `curl` commands of a document; a URL is a path and its query."""
    commands = [words(line) for line in found.shell_lines() if line.startswith("curl ")]
    return [read(command[1:]) for command in commands]


def read(arguments: list[str]) -> Call:
    values: dict[str, list[str]] = {"-H": [], "-d": [], "url": []}
    given = iter(arguments)
    for word in given:
        values[word if word in values else "url"].append(next(given) if word in ("-H", "-d") else word)
    [url] = [SERVER.sub("", word) for word in values["url"] if SERVER.match(word)]
    headers = dict(header.split(": ", 1) for header in values["-H"])
    return Call(url, headers, values["-d"][0] if values["-d"] else None)


def leads_nowhere(path: str) -> bool:
    try:
        resolve(re.sub(r"\{\w+\}|<\w+>", "x", path))
    except Resolver404:
        return True
    return False


def answer(call: Call, access: Access) -> HttpResponse:
    tokens = {"$READ_TOKEN": access.read_token, "$INGEST_TOKEN": access.ingest_token}
    headers = dict(call.headers)
    for name, token in tokens.items():
        headers = {key: value.replace(name, token) for key, value in headers.items()}
    content_type = headers.pop("Content-Type", "application/json")
    client: Any = Client(headers=headers)
    if call.body is None:
        response: HttpResponse = client.get(call.url)
    else:
        response = client.post(call.url, call.body, content_type=content_type)
    return response


@pytest.mark.parametrize("name", ["README.md", "docs/api.md"])
def test_it_calls_paths_that_exist(name: str) -> None:
    found = calls(document(name))

    assert found
    assert [call.url for call in found if leads_nowhere(urlsplit(call.url).path)] == []


@pytest.mark.parametrize(
    "name", ["README.md", "CHANGELOG.md", "docs/access.md", "docs/deployment.md", "docs/geolocation.md"]
)
def test_it_names_paths_that_exist(name: str) -> None:
    paths = [path for span in document(name).inline() for path in PATH.findall(span)]

    assert [path for path in paths if leads_nowhere(path)] == []


@pytest.mark.django_db
def test_it_gets_an_answer_to_every_call_of_the_readme() -> None:
    access = first_data.first(BASE_URL)
    assert access is not None

    found = {call.url: answer(call, access) for call in calls(document("README.md"))}

    assert {url: response.content for url, response in found.items() if response.status_code != 200} == {}
    assert found["/api/ingest/events"].json()["data"] == {"accepted": 1, "rejected": []}  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_it_reads_totals_with_the_readmes_python(
    live_server: LiveServer, capsys: pytest.CaptureFixture[str]
) -> None:
    access = first_data.first(live_server.url)
    assert access is not None
    [fence] = document("README.md").fences("python")
    code = fence.code.replace(BASE_URL, live_server.url).replace('"READ_TOKEN"', repr(access.read_token))
    names: dict[str, Any] = {}

    exec(compile(code, "README.md", "exec"), names)

    # The server's thread keeps its database connection for as long as the client's is open.
    names["client"].close()
    assert "total_viewer_seconds=0" in capsys.readouterr().out


def test_it_notices_a_call_that_leads_nowhere() -> None:
    text = f'```sh\ncurl "{BASE_URL}/api/tea?milk=1" \\\n  -H "X-Api-Key: a"\n```\n'
    [call] = calls(document("README.md")._replace(text=text))

    assert call == Call("/api/tea?milk=1", {"X-Api-Key": "a"}, None)
    assert leads_nowhere(urlsplit(call.url).path)
