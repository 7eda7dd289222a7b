"""One box finds somebody, living or past, by whatever little is known."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.models import LivestreamSession
from tests.admin.rows import NOW, live, livestream, past
from tests.worlds import Worlds
from viewers.admin import listing

FIND = "/admin/find"


def sections(client: Client, term: str) -> dict[str, list[str]]:
    """The names in the first column, by section, in the page's order."""
    answer = client.get(FIND, {"q": term})
    assert answer.status_code == 200
    parts = re.findall(r'<h2 id="found-\d">([^<]*)</h2>(.*?)</section>', answer.content.decode(), re.DOTALL)
    row = r'<th scope="row"><a [^>]*>(?:<span class="id">)?([^<]*)'
    return {title: re.findall(row, rows) for title, rows in parts}


def test_it_finds_living_and_past_together(worlds: Worlds, root: Client) -> None:
    past(worlds.north, "v_old")
    live(worlds.north, "v_new")
    found = sections(root, "v_")
    assert list(found.items()) == [("Live sessions", ["v_new"]), ("Past viewings", ["v_old"])]


def test_it_finds_by_stream(worlds: Worlds, root: Client) -> None:
    past(worlds.north, "gone", stream_key="match")
    live(worlds.north, "here", stream_key="match")
    assert sections(root, "match") == {
        "Live sessions": ["here"],
        "Past viewings": ["gone"],
        "Livestreams": ["match"],
    }


def test_it_finds_by_address_those_who_live(worlds: Worlds, root: Client) -> None:
    live(worlds.north, "here", ip="81.2.69.142")
    assert sections(root, "81.2.69.142") == {"Live sessions": ["here"]}


def test_it_finds_nobody_by_address_for_who_may_not_see_addresses(
    worlds: Worlds, root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(worlds.north, "here", ip="81.2.69.142")
    monkeypatch.setattr("viewers.admin.may_see_addresses", lambda user: False)
    assert sections(root, "81.2.69.142") == {}


def test_it_finds_by_the_id_of_a_session(worlds: Worlds, root: Client) -> None:
    here = live(worlds.north, "v")
    broadcast = LivestreamSession.objects.create(
        app=worlds.north.app, livestream=livestream(worlds.north, "news"), started_ms=NOW
    )
    assert sections(root, here.pk.hex) == {"Live sessions": ["v"]}
    assert sections(root, str(broadcast.pk)) == {"Broadcasts": ["news"]}


def test_it_finds_nothing_of_another_account(worlds: Worlds, staff: Client) -> None:
    for name, world in (("ours", worlds.north), ("theirs", worlds.south)):
        live(world, f"v_{name}", stream_key=name, ip="81.2.69.142")
        past(world, f"v_{name}", stream_key=name)
    theirs = LivestreamSession.objects.create(
        app=worlds.south.app, livestream=livestream(worlds.south, "theirs"), started_ms=NOW
    )
    assert sections(staff, "v_") == {"Live sessions": ["v_ours"], "Past viewings": ["v_ours"]}
    assert sections(staff, "81.2.69.142") == {"Live sessions": ["v_ours"]}
    assert sections(staff, "theirs") == sections(staff, str(theirs.pk)) == {}


def test_it_shows_a_few_and_leads_to_all(worlds: Worlds, root: Client) -> None:
    for number in range(25):
        live(worlds.north, f"v_{number:02}", started_ms=NOW - number)
    assert sections(root, "v_")["Live sessions"] == [f"v_{number:02}" for number in range(20)]
    assert 'href="/admin/viewers/viewersession/?q=v_"' in root.get(f"{FIND}?q=v_").content.decode()


@pytest.mark.parametrize("term", ["nothing", "x" * 500, "%", "'", "<b>", "-1", "١"])
def test_it_says_when_nothing_is_found(worlds: Worlds, root: Client, term: str) -> None:
    live(worlds.north, "v")
    page = root.get(FIND, {"q": term}).content.decode()
    assert "Nobody and nothing is found" in page
    assert "<b>" not in page


def test_it_survives_what_is_no_text(root: Client) -> None:
    assert root.get(FIND, {"q": "\0"}).status_code in (200, 400)
    assert root.get(f"{FIND}?q=%ED%A0%80").status_code in (200, 400)


def test_it_asks_what_to_find_first(root: Client) -> None:
    page = root.get(FIND).content.decode()
    assert "Nobody and nothing" not in page
    assert 'name="q"' in page


def test_it_keeps_members_out(worlds: Worlds, client: Client) -> None:
    client.force_login(worlds.north.member)
    assert client.get(FIND).status_code == 302


def test_it_shows_the_other_lists_when_one_takes_too_long(
    worlds: Worlds, root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(worlds.north, "v")
    past(worlds.north, "v_old")
    with connection.cursor() as cursor:
        # Whoever reads the past waits for longer than anybody has patience.
        cursor.execute("ALTER TABLE analytics_viewinterval RENAME TO slow")
        cursor.execute(
            "CREATE VIEW analytics_viewinterval AS SELECT slow.* FROM slow, (SELECT pg_sleep(20)) AS nap"
        )
    monkeypatch.setattr(listing, "PATIENCE_MS", 200)
    answer = root.get(FIND, {"q": "v"})
    assert answer.status_code == 200
    assert "took too long" in answer.content.decode()
    assert "v</span>" in answer.content.decode()


def test_it_asks_a_bounded_number_of_times(worlds: Worlds, root: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            root.get(FIND, {"q": "v"})
        return len(captured.captured_queries)

    for number in range(3):
        live(worlds.north, f"v{number}")
        past(worlds.north, f"v{number}")
    few = asked()
    for number in range(3, 12):
        live(worlds.north, f"v{number}")
        past(worlds.north, f"v{number}")
    assert asked() == few <= 35


@pytest.mark.parametrize("path", ["/admin/", "/admin/viewers/viewersession/", "/admin/accounts/app/add/"])
def test_it_is_asked_from_every_page(root: Client, path: str) -> None:
    assert f'action="{FIND}"' in root.get(path).content.decode()
