import re

import pytest
from django.test import Client

from tests.admin.rows import MUNICH, NOW, live, past
from tests.admin.shown import LIVE as LIST
from tests.admin.shown import PAST, names
from tests.worlds import Worlds


def test_it_lists_the_newest_first(worlds: Worlds, root: Client) -> None:
    live(worlds.north, "older", started_ms=NOW - 1)
    live(worlds.south, "newer", started_ms=NOW)
    assert names(root) == ["newer", "older"]


def test_it_shows_staff_their_own_accounts_only(worlds: Worlds, staff: Client) -> None:
    live(worlds.north, "ours")
    live(worlds.south, "theirs")
    assert names(staff) == ["ours"]
    assert "theirs" not in names(staff, f"?app={worlds.south.app.pk}")
    assert names(staff, "?q=theirs") == []


def test_it_hides_a_row_of_another_account(worlds: Worlds, staff: Client) -> None:
    theirs = live(worlds.south, "theirs")
    page = staff.get(f"{LIST}{theirs.pk}/change/", follow=True).content.decode()
    assert "theirs" not in page
    assert "perhaps it was deleted" in page.lower()


def test_it_keeps_members_out(worlds: Worlds, client: Client) -> None:
    client.force_login(worlds.north.member)
    assert client.get(LIST).status_code == 302


@pytest.mark.parametrize("action", ["add/", "{pk}/delete/"])
def test_it_lets_nobody_change_what_the_system_writes(worlds: Worlds, root: Client, action: str) -> None:
    row = live(worlds.north, "v")
    assert root.get(LIST + action.format(pk=row.pk)).status_code == 403
    assert root.post(f"{LIST}{row.pk}/change/", {"stream_key": "x"}).status_code == 403


def test_it_finds_by_the_beginning_of_a_connection(worlds: Worlds, root: Client) -> None:
    live(worlds.north, "abc_1")
    live(worlds.north, "abcd1")
    assert names(root, "?q=abc_") == ["abc_1"]


def test_it_finds_by_stream(worlds: Worlds, root: Client) -> None:
    live(worlds.north, "one", stream_key="sports")
    live(worlds.north, "two", stream_key="sports2")
    assert names(root, "?q=sports") == ["one"]


@pytest.mark.parametrize("written", ["81.2.69.142", "::ffff:81.2.69.142", " 81.2.69.142 "])
def test_it_finds_by_address(worlds: Worlds, root: Client, written: str) -> None:
    live(worlds.north, "there", ip="81.2.69.142")
    live(worlds.north, "elsewhere", ip="81.2.69.14")
    assert names(root, f"?q={written}") == ["there"]


def test_it_finds_by_internal_id(worlds: Worlds, root: Client) -> None:
    row = live(worlds.north, "v")
    live(worlds.north, "w")
    assert names(root, f"?q={row.pk.hex}") == ["v"]


def test_it_searches_within_the_filters(worlds: Worlds, root: Client) -> None:
    live(worlds.north, "v1", country="DE")
    live(worlds.north, "v2", country="FR")
    assert names(root, "?q=v&country=DE") == ["v1"]


@pytest.mark.parametrize("term", ["a" * 129, "%25", "_", "%EF%BF%BD", "1.2.3", "'", "%5C"])
def test_it_finds_nothing_by_a_senseless_term(worlds: Worlds, root: Client, term: str) -> None:
    live(worlds.north, "v")
    assert names(root, f"?q={term}") == []


@pytest.mark.parametrize("query", ["q=%00", "q=%ED%A0%80", "stream=%00", "country=%00", "p=%00"])
def test_it_survives_what_is_no_text(worlds: Worlds, root: Client, query: str) -> None:
    assert root.get(f"{LIST}?{query}").status_code in {200, 302, 400}


@pytest.mark.parametrize(
    "query",
    ["country=GERMANY", "app=x", "app=9999999999999999999999", "health=great", "stream=" + "a" * 200],
)
def test_it_matches_nothing_by_a_senseless_filter(worlds: Worlds, root: Client, query: str) -> None:
    live(worlds.north, "v")
    assert names(root, f"?{query}") == []


@pytest.mark.parametrize("query", ["ip__startswith=8", "user_agent__contains=x", "app__account__name=North"])
def test_it_refuses_lookups_that_no_index_serves(worlds: Worlds, root: Client, query: str) -> None:
    assert root.get(f"{LIST}?{query}").status_code in (302, 400)


@pytest.mark.parametrize(
    ("health", "score"), [("good", 80), ("fair", 79), ("fair", 50), ("poor", 49), ("poor", 0), ("none", None)]
)
def test_it_filters_by_class_of_health(worlds: Worlds, root: Client, health: str, score: int | None) -> None:
    live(worlds.north, "v", health=score)
    found = {name for name in ("good", "fair", "poor", "none") if names(root, f"?health={name}")}
    assert found == {health}


def test_it_filters_by_stream_country_and_protocol(worlds: Worlds, root: Client) -> None:
    live(worlds.north, "v", stream_key="a", country="DE", protocol="hls")
    live(worlds.north, "w", stream_key="b", country="FR", protocol="rtmp")
    assert names(root, "?stream=a") == names(root, "?country=de") == names(root, "?protocol=hls") == ["v"]


def test_it_offers_what_there_is_as_filters(worlds: Worlds, root: Client) -> None:
    live(worlds.north, "v", stream_key="a&b", protocol="whep")
    page = root.get(LIST).content.decode()
    assert "?stream=a%26b" in page
    assert "?protocol=whep" in page


def test_it_offers_no_filter_of_another_account(worlds: Worlds, staff: Client) -> None:
    live(worlds.south, "w", stream_key="secret-show")
    assert "secret-show" not in staff.get(LIST).content.decode()


def test_it_turns_pages_without_counting(worlds: Worlds, root: Client) -> None:
    for number in range(101):
        live(worlds.north, f"v{number:03}", started_ms=NOW - number)
    page = root.get(LIST).content.decode()
    assert "1–100, and more" in page
    assert names(root, "?p=2") == ["v100"]


@pytest.mark.parametrize("page", ["0", "-3", "99999999999999999999", "x", "1000"])
def test_it_answers_for_pages_that_are_not_there(worlds: Worlds, root: Client, page: str) -> None:
    assert root.get(f"{LIST}?p={page}").status_code == 200


def test_it_points_to_past_viewings_of_a_search(worlds: Worlds, root: Client) -> None:
    past(worlds.north, "v_gone")
    page = root.get(f"{LIST}?q=v_gone").content.decode()
    assert "1 past viewing matches" in page
    assert names(root, "?q=v_gone", PAST) == ["v_gone"]
    assert 'href="/admin/analytics/viewinterval/?q=v_gone"' in page


def test_it_mentions_no_past_viewing_of_another_account(worlds: Worlds, staff: Client) -> None:
    past(worlds.south, "v_gone")
    assert "No past viewings match" in staff.get(f"{LIST}?q=v_gone").content.decode()


def test_it_tells_all_of_one_session(worlds: Worlds, root: Client) -> None:
    row = live(
        worlds.north, "v_1", ip="81.2.69.142", user_agent="VLC/3.0", player="VLC", protocol="hls", health=37,
        worst_health=12, bandwidth=250_000, bytes_out=4_200_000, **MUNICH,
    )  # fmt: skip
    page = root.get(f"{LIST}{row.pk}/change/").content.decode()
    told_of_it = (
        "v_1",
        "81.2.69.142",
        "VLC/3.0",
        "37 poor",
        "12 poor",
        "2.00 Mbit/s",
        "4.2 MB",
        "of silence",
    )
    told_of_place = (
        "Munich, Bavaria",
        "give or take 20 km",
        'data-latitude="48.137"',
        "IP Geolocation by DB-IP",
    )
    told_of_record = ("2026-02-02 02:40:00", "north-source (REST API)", row.pk.hex)
    for told in (*told_of_it, *told_of_place, *told_of_record):
        assert told in page, told


@pytest.mark.parametrize(
    ("ip", "why"),
    [
        ("10.0.0.1", "a private address"),
        ("81.2.69.142", "the geolocation"),
        (None, "neither an address"),
    ],
)
def test_it_says_why_a_session_has_no_place(worlds: Worlds, root: Client, ip: str | None, why: str) -> None:
    row = live(worlds.north, "v", ip=ip)
    page = root.get(f"{LIST}{row.pk}/change/").content.decode()
    assert f"Unlocated: {why}" in page
    assert "leaflet.js" not in page


def test_it_links_other_runs_both_ways(worlds: Worlds, root: Client) -> None:
    row = live(worlds.north, "v")
    before = past(worlds.north, "v", connection=row.pk)
    live_url = f"/admin/viewers/viewersession/{row.pk}/change/"
    past_url = f"/admin/analytics/viewinterval/{before.pk}/change/"
    assert f'href="{past_url}"' in root.get(live_url).content.decode()
    assert f'href="{live_url}"' in root.get(past_url).content.decode()


def test_it_shows_a_session_whose_source_is_gone(worlds: Worlds, root: Client) -> None:
    row = live(worlds.north, "v", source_id=999_999, source=None)
    assert names(root) == ["v"]
    assert "source 999999, which is gone" in root.get(f"{LIST}{row.pk}/change/").content.decode()


def test_it_escapes_what_senders_wrote(worlds: Worlds, root: Client) -> None:
    evil = "<script>alert(1)</script>"
    row = live(worlds.north, evil, stream_key=evil, user_agent=evil, player=evil, city=evil, country="DE")
    for url in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}?stream={evil}", f"{LIST}?q={evil}"):
        assert evil not in root.get(url).content.decode()


def test_it_comes_back_from_a_row_to_the_list_as_it_was(worlds: Worlds, root: Client) -> None:
    row = live(worlds.north, "v", stream_key="a&b", country="DE")
    page = root.get(f"{LIST}?stream=a%26b&country=DE").content.decode()
    link = f'<a href="{LIST}{row.pk}/change/?_changelist_filters='
    assert f'{link}stream%3Da%2526b%26country%3DDE">' in page


def test_it_runs_nothing_inline(worlds: Worlds, root: Client) -> None:
    row = live(worlds.north, "v", **MUNICH)
    for url in (LIST, f"{LIST}{row.pk}/change/"):
        page = root.get(url).content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_it_shows_an_address_only_to_who_may_see_it(
    worlds: Worlds, root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = live(worlds.north, "v", ip="81.2.69.142")
    monkeypatch.setattr("viewers.admin.may_see_addresses", lambda user: False)
    for url in (LIST, f"{LIST}{row.pk}/change/"):
        assert "81.2.69.142" not in root.get(url).content.decode()
    assert names(root, "?q=81.2.69.142") == []
