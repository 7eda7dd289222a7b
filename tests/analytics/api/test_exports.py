"""format=csv and format=json: answers as files, streamed where they may be long."""

import csv
import json
import tracemalloc
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.http import StreamingHttpResponse
from django.test import Client

from analytics import viewings
from analytics.identity import livestream_id
from analytics.models import Livestream, LivestreamSession
from ingest.events import Event
from tests.analytics.api.conftest import API, Ask
from tests.analytics.api.crowd import crowd
from tests.analytics.signs import DAY, HOUR, MINUTE, START, published, tell, watched, watching
from tests.worlds import World, two_worlds

WINDOW = {"start": "2026-01-31T18:00:00Z", "end": "2026-01-31T19:00:00Z"}

Download = Callable[..., Any]


@pytest.fixture
def download(client: Client, world: World) -> Download:
    def downloaded(path: str, **query: str) -> Any:
        response = client.get(API + path, query, headers=world.headers())
        assert response.status_code == 200
        return response

    return downloaded


def content(response: Any) -> bytes:
    found: bytes = response.getvalue() if response.streaming else response.content
    return found


def table(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content(response).decode(), newline="")))


@pytest.fixture
def show(world: World) -> None:
    tell(
        world.source,
        published("p", START, START + 10 * MINUTE),
        published("p", START + 20 * MINUTE, START + 30 * MINUTE),
        watched("v1", START - HOUR, START + 90_500),
        watched("v2", START + MINUTE, START + 2 * HOUR),
        watched("v3", START + 2 * MINUTE, START + 3 * MINUTE, "other"),
        watched("v4", START + 5 * HOUR, START + 6 * HOUR),
    )


@pytest.mark.usefixtures("show")
def test_it_writes_a_table_to_the_letter(download: Download, world: World) -> None:
    response = download("days", start="2026-01-31", end="2026-02-02", format="csv")

    assert response["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert response["Content-Disposition"] == (
        'attachment; filename="turnout_days_north-app_20260131T000000Z_20260202T000000Z.csv"'
    )
    assert response["Cache-Control"] == "no-store"
    assert content(response).decode() == (
        "date,start,end,count,ingestSeconds,viewerSeconds,peakViewers\r\n"
        "2026-01-31,2026-01-31T00:00:00.000Z,2026-02-01T00:00:00.000Z,1,1200,14490,2\r\n"
        "2026-02-01,2026-02-01T00:00:00.000Z,2026-02-02T00:00:00.000Z,0,0,0,0\r\n"
    )


@pytest.mark.usefixtures("show")
@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("live", "livestreams,sources,reportingSources,lastReport"),
        ("overview", "window,start,end,count,ingestSeconds,viewerSeconds,peakViewers,peakAt"),
        ("concurrency", "at,viewers"),
        ("livestreams", "id,streamKey,name,sessions,ingestSeconds,viewerSeconds,viewings,peakViewers"),
        ("top?by=country", "value,viewings,viewerSeconds"),
        ("livestreams/{livestream}/sessions", "id,start,end,ingestSeconds,viewerSeconds,viewings"),
        ("sessions/{session}", "id,start,end,ingestSeconds,viewerSeconds,viewings,peakViewers,peakAt"),
        ("sessions/{session}/concurrency", "at,viewers"),
        ("sessions/{session}/retention", "minutes,share"),
        ("viewings", "id,connectionId,streamKey,start,end,durationSeconds,watchedSeconds,protocol,player"),
    ],
)
def test_it_writes_every_answer_as_a_table_and_as_json(
    client: Client, world: World, path: str, header: str
) -> None:
    session = LivestreamSession.objects.filter(app=world.app).earliest("started_ms")
    url = API + path.format(livestream=session.livestream_id.hex, session=session.pk.hex)
    separator = "&" if "?" in url else "?"

    as_csv = client.get(f"{url}{separator}format=csv", headers=world.headers())
    as_json = client.get(f"{url}{separator}format=json", headers=world.headers())

    written = content(as_csv)
    assert written.decode().startswith(header)
    assert written.count(b"\r\n") > 1
    assert as_json["Content-Type"] == "application/json"
    assert json.loads(content(as_json))["data"]
    for response, form in ((as_csv, "csv"), (as_json, "json")):
        assert response["Content-Disposition"].startswith('attachment; filename="turnout_')
        assert response["Content-Disposition"].endswith(f'.{form}"')


@pytest.mark.usefixtures("show")
def test_it_writes_the_answer_itself_as_json(download: Download, ask: Ask) -> None:
    assert json.loads(content(download("overview", format="json", **WINDOW)))["data"] == ask(
        "overview", **WINDOW
    )


def test_it_writes_whole_tables_and_no_pages(download: Download, world: World) -> None:
    tell(world.source, *(watched("v", START + n, START + MINUTE, f"s{n:03}") for n in range(120)))

    assert len(table(download("livestreams", format="csv", rowsPerPage="10"))) == 120
    assert len(json.loads(content(download("livestreams", format="json")))["data"]["list"]) == 120


def test_it_writes_all_broadcasts(download: Download, ask: Ask, world: World) -> None:
    tell(
        world.source,
        *(published("p", START + n * HOUR, START + n * HOUR + MINUTE) for n in range(120)),
        now=START + 20 * DAY,
    )
    path = f"livestreams/{livestream_id(world.app.pk, 'live').hex}/sessions"
    listed = [row for page in (1, 2) for row in ask(path, page=page, rowsPerPage=100)["list"]]

    found = json.loads(content(download(path, format="json")))["data"]

    assert len(found["list"]) == ask(path)["totalItems"] == len(listed)
    assert found["list"] == listed
    assert found["livestream"]["streamKey"] == "live"


@pytest.mark.usefixtures("show")
def test_it_writes_the_single_viewings_of_a_window(download: Download) -> None:
    rows = table(download("viewings", format="csv", **WINDOW))

    assert [
        (row["connectionId"], row["start"], row["durationSeconds"], row["watchedSeconds"], row["reason"])
        for row in rows
    ] == [
        ("v1", "2026-01-31T17:00:00.000Z", "3690.500", "90.500", "stop"),
        ("v3", "2026-01-31T18:02:00.000Z", "60.000", "60.000", "stop"),
        ("v2", "2026-01-31T18:01:00.000Z", "7140.000", "3540.000", "stop"),
    ]


@pytest.mark.usefixtures("show")
def test_it_writes_the_viewings_of_one_livestream(download: Download) -> None:
    rows = table(download("viewings", format="csv", streamKey="other"))

    assert [row["connectionId"] for row in rows] == ["v3"]


@pytest.mark.usefixtures("show")
def test_its_viewings_add_up_to_the_totals(
    download: Download, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that what is read page by page begins in the midst of equal ends.
    monkeypatch.setattr(viewings, "PAGE", 2)
    found = json.loads(content(download("viewings", format="json", **WINDOW)))["data"]["list"]
    rows = ask("livestreams", **WINDOW)["list"]

    assert len({row["id"] for row in found}) == len(found) == sum(row["viewings"] for row in rows)
    assert (
        sum(row["watchedMs"] for row in found) // 1000 == ask("overview", **WINDOW)["totals"]["viewerSeconds"]
    )


def test_it_reads_pages_whose_rows_end_at_one_instant(
    download: Download, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(world.source, *(watched(f"v{n}", START, START + MINUTE) for n in range(11)))
    monkeypatch.setattr(viewings, "PAGE", 3)

    assert {row["connectionId"] for row in table(download("viewings", format="csv"))} == {
        f"v{n}" for n in range(11)
    }


def test_it_leaves_out_who_still_watches(download: Download, world: World, at: Callable[[int], None]) -> None:
    tell(world.source, watched("v1", START, START + MINUTE), watching("v2", START, START + MINUTE))
    at(START + MINUTE)

    assert [row["connectionId"] for row in table(download("viewings", format="csv"))] == ["v1"]


def test_it_names_no_address(download: Download, world: World) -> None:
    tell(world.source, Event("view.stop", "v", "live", START + MINUTE, START, "203.0.113.66"))

    for form in ("csv", "json"):
        assert b"203.0.113.66" not in content(download("viewings", format=form))


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("path", ["viewings", "livestreams", "days", "overview", "concurrency"])
def test_it_writes_what_is_empty(download: Download, path: str, form: str) -> None:
    response = download(path, format=form, start="2020-01-01", end="2020-01-02")

    assert table(response) is not None if form == "csv" else json.loads(content(response))["data"]


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("http://x","y")'],
)
def test_it_writes_no_formulas(download: Download, world: World, name: str) -> None:
    tell(world.source, watched("v", START, START + MINUTE))
    Livestream.objects.update(name=name)

    [row] = table(download("livestreams", format="csv"))

    assert row["name"] == f"'{name}"


@pytest.mark.parametrize("name", ['a "quoted", name', "two\r\nlines", "ünïcödé 観", "a=1", "\x7f"])
def test_it_quotes_what_needs_it(download: Download, world: World, name: str) -> None:
    tell(world.source, watched("v", START, START + MINUTE))
    Livestream.objects.update(name=name)

    [row] = table(download("livestreams", format="csv"))

    assert row["name"] == name


@pytest.mark.parametrize("path", ["live", "overview", "viewings", "top"])
@pytest.mark.parametrize("form", ["xlsx", "", "CSV"])
def test_it_says_which_formats_there_are(client: Client, world: World, path: str, form: str) -> None:
    response = client.get(API + path, {"format": form, "by": "country"}, headers=world.headers())

    assert response.status_code == 400
    assert response.json() == {"message": "format must be csv or json."}


def test_it_streams_many_rows_in_little_memory(download: Download, world: World) -> None:
    crowd(world.app.pk, 200_000)
    response = download("viewings", format="csv", **WINDOW)
    assert isinstance(response, StreamingHttpResponse)
    parts: Iterator[bytes] = iter(response.streaming_content)  # type: ignore[arg-type]
    next(parts)

    tracemalloc.start()
    try:
        size, lines = 0, 0
        for part in parts:
            size, lines = size + len(part), lines + part.count(b"\r\n")
        _, highest = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert lines == 200_000
    # The file has some 20 MB; a page of it, as rows and as text, has to be all that is ever there.
    assert size > 20_000_000
    assert highest < 6_000_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["csv", "json"])
def test_it_shows_that_it_broke_off(client: Client, form: str) -> None:
    world = two_worlds().north
    crowd(world.app.pk, 10_000)
    url = f"{API}viewings?format={form}"
    parts: Iterator[bytes] = iter(client.get(url, headers=world.headers()).streaming_content)  # type: ignore[attr-defined]
    received = next(parts) + next(parts)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    rest: list[bytes] = []
    with pytest.raises(OperationalError):
        rest.extend(parts)
    received += b"".join(rest)
    connection.close()

    if form == "csv":
        assert received.endswith(b"\r\nThe export broke off here, rows are missing: ask for it again.\r\n")
    else:
        with pytest.raises(json.JSONDecodeError):
            json.loads(received)
