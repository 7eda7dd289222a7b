"""The page of one viewing tells a support engineer what happened to that viewer."""

import re
import uuid
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import ApiToken
from analytics.models import LivestreamSession
from tests.admin.rows import NOW, live, livestream, past
from tests.admin.shown import LIVE, PAST
from tests.worlds import Worlds
from viewers.admin.wording import EPOCH
from viewers.models import Sighting

SECOND, MINUTE = 1000, 60_000


@pytest.fixture(autouse=True)
def at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewers.admin.listing.now_ms", lambda: NOW)


def page_of(client: Client, row: Sighting, url: str = LIVE) -> str:
    answer = client.get(f"{url}{row.pk}/change/")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def story(page: str) -> list[str]:
    """The timeline's words, from top to bottom."""
    return re.findall(r'<span class="words">([^<]*)', page)


def test_it_tells_of_one_who_watches(worlds: Worlds, root: Client) -> None:
    row = live(worlds.north, "v", started_ms=NOW - 10 * MINUTE, last_ms=NOW - 5 * SECOND)
    page = page_of(root, row)
    assert story(page) == ["First sign", "Last sign of life", "Now: watching", "Over, unless heard before"]
    assert "Watching for 0:10:00, last heard 0:00:05 ago. Counts as gone after 45 s of silence." in page


def test_it_tells_of_one_who_is_silent_for_too_long(worlds: Worlds, root: Client) -> None:
    row = live(worlds.north, "v", started_ms=NOW - 10 * MINUTE, last_ms=NOW - MINUTE)
    assert story(page_of(root, row))[-1] == "Now: not heard"


def test_it_tells_that_a_stop_was_taken_back(worlds: Worlds, root: Client) -> None:
    row = live(worlds.north, "v", started_ms=NOW - 10 * MINUTE, stop_ms=NOW - 9 * MINUTE)
    page = page_of(root, row)
    assert story(page)[:3] == ["First sign", "Said it stopped", "Last sign of life"]
    assert "it was heard again" in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"reason": "silent"}, "Fell silent"),
        ({"reason": "stop", "stop_ms": NOW, "last_ms": NOW - 9 * SECOND}, "Said it stopped"),
        ({"reason": "cut"}, "Cut here"),
    ],
)
def test_it_tells_why_a_viewing_ended(
    worlds: Worlds, root: Client, fields: dict[str, object], told: str
) -> None:
    page = page_of(root, past(worlds.north, "v", **fields), PAST)
    assert story(page) == ["First sign", "Last sign of life", told]
    assert "Watched for 0:01:00." in page


def test_it_tells_that_the_broadcast_ended(worlds: Worlds, root: Client) -> None:
    worlds.north.source.heartbeats = False
    worlds.north.source.save()
    LivestreamSession.objects.create(
        app=worlds.north.app, livestream=livestream(worlds.north, "news"), started_ms=NOW - 1, ended_ms=NOW
    )
    row = past(worlds.north, "v", reason="stop", stop_ms=NOW, last_ms=NOW - MINUTE)
    assert story(page_of(root, row, PAST))[-1] == "The broadcast ended"


def test_it_knows_a_piece_that_goes_on(worlds: Worlds, root: Client) -> None:
    week, connection = 604_800_000, uuid.UUID(int=0)
    at = NOW // week * week
    row = past(worlds.north, "v", connection=connection, started_ms=at, last_ms=at + 1, ended_ms=at + 1)
    assert story(page_of(root, row, PAST))[0] == "Goes on from the piece before"


def test_it_tells_which_tokens_can_have_reported_it(worlds: Worlds, root: Client) -> None:
    row = live(worlds.north, "v", started_ms=NOW - 10 * MINUTE, last_ms=NOW)
    began = EPOCH + timedelta(milliseconds=row.started_ms)
    tokens = ApiToken.objects.filter(source=worlds.north.source)
    tokens.update(created_at=began - timedelta(days=1), last_used_at=began)
    states: dict[str, dict[str, Any]] = {
        "read": {"created_at": began + timedelta(hours=1)},
        "ingest": {},
        "beacon": {"last_used_at": None},
        "admin": {"last_used_at": began - timedelta(minutes=2)},
    }
    for scope, state in states.items():
        tokens.filter(name=f"north {scope}").update(**{"name": f"north {scope}", **state})
    rows = re.findall(
        r"<tr><th scope=\"row\"><a[^>]*apitoken[^>]*>north (\w+)<.*?<td>([^<]*)</td></tr>", page_of(root, row)
    )
    assert dict(rows) == {
        "read": "no: made later",
        "ingest": "may have",
        "beacon": "no: never used",
        "admin": "no: not used since",
    }


def test_it_shows_tokens_only_to_who_may_see_them(worlds: Worlds, staff: Client) -> None:
    row = live(worlds.north, "v")
    assert "Who reported it" not in page_of(staff, row)
    worlds.north.staff.user_permissions.set(Permission.objects.filter(codename="view_apitoken"))
    assert "Who reported it" in page_of(staff, row)


def test_it_links_to_the_map_and_the_neighbours(worlds: Worlds, root: Client) -> None:
    page = page_of(root, live(worlds.north, "v", stream_key="a&b"))
    assert 'href="/?stream=a%26b"' in page
    assert f'href="{LIVE}?app={worlds.north.app.pk}&stream=a%26b"' in page


def test_it_leads_from_one_who_has_left_to_the_past_viewing(
    worlds: Worlds, root: Client, staff: Client
) -> None:
    gone = past(worlds.north, "v")
    answer = root.get(f"{LIVE}{gone.connection}/change/")
    assert answer["Location"] == f"{PAST}{gone.pk}/change/"
    theirs = past(worlds.south, "theirs")
    assert staff.get(f"{LIVE}{theirs.connection}/change/")["Location"] == "/admin/"
