"""Lists too long to be read at once: together, their stretches hold every row once, in order."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client

from accounts.models import App, Source
from tests.admin.rows import NOW, live, past
from tests.admin.shown import LIVE, PAST, names
from tests.worlds import World, Worlds
from viewers.admin import listing, search, stretches


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "EXAMINED", 6)
    monkeypatch.setattr(stretches, "LEAST", 2)
    monkeypatch.setattr(search, "FEW", 3)


def apps_of(world: World, count: int) -> list[tuple[App, Source]]:
    apps = [App.objects.create(account=world.account, name=f"more-{number}") for number in range(count)]
    return [(app, Source.objects.create(app=app, name="players")) for app in apps]


def walk(client: Client, url: str, query: str) -> list[list[str]]:
    """The rows of each stretch, through the links that a person follows."""
    found = []
    for _ in range(50):
        found.append(names(client, query, url))
        further = re.search(
            r'<a href="([^"]*)" rel="next" class="further"', client.get(url + query).content.decode()
        )
        if further is None:
            return found
        query = unescape(further[1])
    raise AssertionError("it never ends")


@pytest.mark.parametrize(("order", "backwards"), [("", False), ("o=-8", False), ("o=8", True)])
def test_it_leads_through_all_of_the_living(
    worlds: Worlds, root: Client, order: str, backwards: bool
) -> None:
    for number in range(20):
        live(worlds.north, f"v{number:02}", started_ms=NOW - number)
    stretches_seen = walk(root, LIVE, f"?{order}")
    assert len(stretches_seen) > 2
    shown = [name for each in stretches_seen for name in each]
    assert shown == sorted((f"v{number:02}" for number in range(20)), reverse=backwards)


def test_it_leads_through_several_apps_of_different_size(worlds: Worlds, staff: Client) -> None:
    for number in range(30):
        past(worlds.south, f"theirs{number}", ended_ms=NOW - number)
        past(worlds.north, f"v{number:02}", ended_ms=NOW - number)
    for number, (app, source) in enumerate(apps_of(worlds.north, 3)):
        past(worlds.north, f"v{30 + number}", ended_ms=NOW - 30 - number, app=app, source=source)
    shown = [name for each in walk(staff, PAST, "") for name in each]
    assert shown == [f"v{number:02}" for number in range(33)]


def test_it_shows_what_came_at_one_instant_together(worlds: Worlds, root: Client) -> None:
    for number in range(20):
        live(worlds.north, f"v{number:02}", started_ms=NOW)
    assert len(walk(root, LIVE, "")[0]) == 20


def test_it_finds_the_rare_row_further_on(worlds: Worlds, root: Client) -> None:
    for number in range(20):
        past(worlds.north, f"v{number:02}", ended_ms=NOW - number, country="AQ" if number == 19 else "DE")
    first, *others = walk(root, PAST, "?country=AQ")
    assert first == []
    assert "None of those looked through so far matches" in root.get(f"{PAST}?country=AQ").content.decode()
    assert [name for each in others for name in each] == ["v19"]


@pytest.mark.parametrize("query", ["?q=v", "?stream=s", "?q=s", "?q=v&stream=s", "?period=month&q=v"])
def test_it_finds_all_that_is_common(
    worlds: Worlds, root: Client, staff: Client, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viewers.admin.filters.now_ms", lambda: NOW)
    apps_of(worlds.north, 2)
    for number in range(20):
        past(worlds.north, f"v{number:02}", ended_ms=NOW - number, stream_key="s")
        past(worlds.north, f"w{number:02}", ended_ms=NOW - number, stream_key="t")
    for client in (root, staff):
        shown = [name for each in walk(client, PAST, query) for name in each]
        assert shown == [f"v{number:02}" for number in range(20)]


def test_it_finds_what_is_a_stream_and_the_beginning_of_a_connection(worlds: Worlds, root: Client) -> None:
    past(worlds.north, "x1", ended_ms=NOW + 5, stream_key="t")
    past(worlds.north, "x2", ended_ms=NOW - 50, stream_key="t")
    for number in range(20):
        past(worlds.north, f"v{number:02}", ended_ms=NOW - number, stream_key="x")
    shown = [name for each in walk(root, PAST, "?q=x") for name in each]
    assert shown == ["x1", *(f"v{number:02}" for number in range(20)), "x2"]


def test_it_shows_a_rare_connection_at_once(worlds: Worlds, root: Client) -> None:
    for number in range(20):
        past(worlds.north, f"v{number:02}", ended_ms=NOW - number)
    assert walk(root, PAST, "?q=v19") == [["v19"]]
    assert walk(root, PAST, "?q=v19&country=FR") == [[]]


def test_it_says_so_where_only_the_newest_were_looked_at(worlds: Worlds, staff: Client) -> None:
    for number in range(5):
        past(worlds.south, f"v{number}")
    assert "No past viewings match among the newest" in staff.get(f"{LIVE}?q=v").content.decode()


def test_it_begins_at_the_top_with_another_filter(worlds: Worlds, root: Client) -> None:
    for number in range(20):
        live(worlds.north, f"v{number:02}", started_ms=NOW - number, country="DE")
    page = root.get(f"{LIVE}?from={NOW - 10}").content.decode()
    assert 'href="?country=DE"' in page
    assert 'type="hidden" name="from"' not in page


@pytest.mark.parametrize("begin", ["x", "", "9" * 30, "-5", "%00", "1e5"])
def test_it_survives_a_senseless_beginning(worlds: Worlds, root: Client, begin: str) -> None:
    live(worlds.north, "v")
    assert root.get(f"{LIVE}?from={begin}").status_code in (200, 302, 400)


@pytest.mark.django_db(transaction=True)
def test_it_gives_up_on_a_database_that_does_not_answer(
    worlds: Worlds, root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PATIENCE_MS", 100)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE viewers_viewersession IN ACCESS EXCLUSIVE MODE")
        answer = root.get(LIVE)
        assert answer.status_code == 503
        assert "did not answer in time" in answer.content.decode()
    finally:
        other.close()
    assert root.get(LIVE).status_code == 200
