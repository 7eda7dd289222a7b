"""What the big tables' lists cost: how many queries, and how PostgreSQL answers them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics import partitions
from analytics.models import ViewInterval
from tests.admin.rows import NOW, live_row, livestream, past_row
from tests.admin.shown import LIVE, PAST
from tests.worlds import Worlds
from viewers.models import ViewerSession

ROWS = 2000
WEEK_MS = 604_800_000
LISTS = ["", "?p=3", "?o=8", "?o=3", "?o=9", "?o=4.7.1", "?health=poor", "?country=DE&protocol=hls"]
SEARCHES = [
    "?q=v_0123",
    "?q=match-7",
    "?q=nothing",
    "?q=81.2.3.4",
    "?q=00000000000000000000000000000001",
    "?stream=match-7",
]
BIG = ('FROM "viewers_viewersession"', 'FROM "analytics_viewinterval"')


@pytest.fixture
def crowd(worlds: Worlds) -> Worlds:
    partitions.ensure(NOW - 3 * WEEK_MS, NOW)
    for number in range(50):
        livestream(worlds.north, f"match-{number}")
    known: list[dict[str, Any]] = [
        {
            "stream_key": f"match-{number % 50}",
            "country": ("DE", "FR", "US")[number % 3],
            "protocol": ("hls", "rtmp")[number % 2],
            "health": number % 101,
        }
        for number in range(ROWS)
    ]
    ViewerSession.objects.bulk_create(
        live_row(worlds.north, f"v_{at:04}", started_ms=NOW - at, ip=f"81.2.{at // 250}.{at % 250}", **each)
        for at, each in enumerate(known)
    )
    ViewInterval.objects.bulk_create(
        past_row(worlds.north, f"v_{at:04}", ended_ms=NOW - at * 500_000, **each)
        for at, each in enumerate(known)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE viewers_viewersession")
        cursor.execute("ANALYZE analytics_viewinterval")
    return worlds


def statements(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def about_big_tables(client: Client, url: str) -> list[str]:
    return [sql for sql in statements(client, url) if any(name in sql for name in BIG)]


def plan(sql: str) -> Iterator[dict[str, Any]]:
    """Every node of the plan that PostgreSQL makes when it reads tables whole only for want of an index."""
    with connection.cursor() as cursor:
        # A few thousand rows are read faster without an index: what matters is whether one can serve.
        for kind in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{kind} = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
        (found,) = cursor.fetchone()
        for kind in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{kind} TO DEFAULT")
    waiting = [found[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.get("Plans", [])


def kinds(sql: str) -> set[str]:
    return {node["Node Type"] for node in plan(sql)}


@pytest.mark.parametrize("url", [LIVE, PAST])
def test_it_reads_big_tables_by_their_indexes(crowd: Worlds, root: Client, url: str) -> None:
    for query in [*LISTS, *SEARCHES]:
        for sql in about_big_tables(root, url + query):
            assert "Seq Scan" not in kinds(sql), sql
            assert "COUNT(" not in sql
            assert "DISTINCT" not in sql
            assert "LIMIT" in sql


@pytest.mark.parametrize("url", [LIVE, PAST])
def test_it_sorts_no_big_table(crowd: Worlds, root: Client, staff: Client, url: str) -> None:
    # An incremental sort only settles ties of an index's order.
    for query in LISTS:
        for sql in about_big_tables(root, url + query):
            assert "Sort" not in kinds(sql), sql
    for sql in about_big_tables(staff, url):
        assert not kinds(sql) & {"Sort", "Seq Scan"}, sql


def test_it_searches_by_the_index_made_for_it(crowd: Worlds, root: Client) -> None:
    for query, index in [
        ("?q=v_0123", "viewers_live_connection"),
        ("?q=match-7", "viewers_live_stream"),
        ("?q=81.2.3.4", "viewers_live_ip"),
    ]:
        used = {node.get("Index Name") for sql in about_big_tables(root, LIVE + query) for node in plan(sql)}
        assert index in used, query


@pytest.mark.parametrize("url", [LIVE, PAST])
def test_it_asks_as_often_for_a_hundred_rows_as_for_one(crowd: Worlds, root: Client, url: str) -> None:
    assert len(statements(root, url)) == len(statements(root, f"{url}?p=20")) == 11
    assert len(statements(root, f"{url}?stream=match-7")) <= 13


@pytest.mark.parametrize("url", [LIVE, PAST])
def test_it_asks_a_bounded_number_of_times_for_a_search(crowd: Worlds, root: Client, url: str) -> None:
    assert all(len(statements(root, url + query)) <= 22 for query in SEARCHES)


@pytest.mark.parametrize(
    ("model", "index"),
    [("ingestinterval", "analytics_ingest_newest"), ("livestreamsession", "analytics_broadcast_newest")],
)
def test_it_lists_what_was_published_by_an_index(
    worlds: Worlds, root: Client, model: str, index: str
) -> None:
    asked = statements(root, f"/admin/analytics/{model}/")
    [rows] = [sql for sql in asked if f'FROM "analytics_{model}"' in sql and "LIMIT 101" in sql]
    nodes = list(plan(rows))
    assert index in {node.get("Index Name") for node in nodes}
    assert "Sort" not in {node["Node Type"] for node in nodes}


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("viewers/viewersession", "Live sessions"),
        ("analytics/viewinterval", "Past viewings"),
        ("analytics/ingestinterval", "Publishers&#x27; runs"),
        ("analytics/livestreamsession", "Broadcasts"),
        ("ingest/workerstate", "Worker"),
    ],
)
def test_the_index_calls_a_list_as_it_calls_itself(root: Client, path: str, title: str) -> None:
    [link] = [each for each in root.get("/admin/").content.decode().split("<a ") if f"{path}/" in each][:1]
    assert title in link
    assert f"<h1>{title}</h1>" in root.get(f"/admin/{path}/").content.decode()
