"""From the table of livestreams down to one broadcast; and what is taken along as a file."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from analytics.models import Livestream, LivestreamSession
from ingest.events import Event
from tests.analytics.signs import HOUR, MINUTE, START, published, publishing, tell, watched
from tests.browser.broadcasts import EVENING, WEEKEND, two_livestreams
from tests.browser.conftest import Site, make_site, settled

OpenAnalytics = Callable[[str], Page]


def table(page: Page) -> Locator:
    return page.locator("#livestreams-table tbody tr")


def names(page: Page) -> list[str]:
    return page.locator("#livestreams-table tbody th a").all_inner_texts()


def id_of(stream: str) -> str:
    return Livestream.objects.get(stream_key=stream).pk.hex


def broadcast_of(stream: str) -> str:
    sessions = LivestreamSession.objects.filter(livestream__stream_key=stream)
    return sessions.earliest("started_ms").pk.hex


def many_livestreams(site: Site, count: int = 60) -> None:
    """``cam-00`` watched for one minute, ``cam-01`` for two, and so on."""
    signs = [watched(f"v{n}", START, START + (n + 1) * MINUTE, f"cam-{n:02}") for n in range(count)]
    tell(site.app.sources.get(), *signs)


def exported(page: Page, link: Locator) -> tuple[str, str]:
    """The name and the contents of the file that one click brings."""
    with page.expect_download() as waiting:
        link.click()
    download = waiting.value
    return download.suggested_filename, Path(download.path()).read_text()


def test_it_lists_livestreams_the_most_watched_first(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{WEEKEND}")
    expect(table(page)).to_have_count(2)
    cells = [row.locator("th a, td").all_inner_texts() for row in table(page).all()]
    assert cells == [
        ["concert", "1", "2:00:00", "2:40:01", "3", "3", "0:53:20"],
        ["news", "2", "1:30:00", "0:35:00", "2", "1", "0:17:30"],
    ]


def test_it_shows_the_apis_numbers_of_livestreams(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{WEEKEND}")
    href = page.locator("#livestreams [data-export=json]").get_attribute("href") or ""
    rows = json.loads(page.request.get(href.replace("&format=json", "")).text())["data"]["list"]
    columns = ("sessions", "ingestSeconds", "viewerSeconds", "viewings", "peakViewers", "meanWatchSeconds")
    shown = [[data.get_attribute("value") for data in row.locator("data").all()] for row in table(page).all()]
    assert shown == [[str(row[name]) for name in columns] for row in rows]


def test_it_sorts_and_pages(site: Site, open_analytics: OpenAnalytics) -> None:
    many_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    assert names(page)[0] == "cam-59"
    expect(table(page)).to_have_count(25)
    watched_head = page.get_by_role("columnheader", name="Watched").last
    expect(watched_head).to_have_attribute("aria-sort", "descending")
    watched_head.get_by_role("button").click()
    settled(page)
    assert names(page)[0] == "cam-00"
    expect(watched_head).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_url(re.compile("sort=viewerSeconds&order=asc"))
    page.get_by_role("button", name="Next").click()
    settled(page)
    assert names(page)[0] == "cam-25"
    expect(page.get_by_text("26–50 of 60")).to_be_visible()
    page.get_by_role("button", name="Livestream", exact=True).click()
    settled(page)
    assert names(page)[0] == "cam-00"
    page.go_back()
    settled(page)
    assert names(page)[0] == "cam-25"
    page.reload()
    settled(page)
    assert names(page)[0] == "cam-25"


def test_it_stays_on_the_head_that_was_pressed(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    head = page.locator("#livestreams").get_by_role("button", name="Peak")
    head.focus()
    page.keyboard.press("Enter")
    settled(page)
    expect(head).to_be_focused()


def test_it_finds_livestreams_by_their_names(site: Site, open_analytics: OpenAnalytics) -> None:
    many_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    page.get_by_label("Find a livestream").fill("CAM-4")
    expect(table(page)).to_have_count(10)
    expect(page).to_have_url(re.compile("search=CAM-4"))
    page.get_by_label("Find a livestream").fill("nothing of the kind")
    expect(page.get_by_text("No livestream of this range is called so.")).to_be_visible()


def test_it_leads_down_to_one_broadcast_and_back_up(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{WEEKEND}")
    page.get_by_role("link", name="news").click()
    settled(page)
    expect(page).to_have_title("news · Turnout")
    expect(page.locator("[data-figure=viewerSeconds]")).to_have_text("0:35:00")
    expect(page.locator("#range-dates")).to_have_text("31 Jan 2026 – 1 Feb 2026")
    broadcasts = page.locator("#sessions-table tbody tr")
    expect(broadcasts).to_have_count(2)
    broadcasts.last.get_by_role("link", name="31 Jan 2026, 22:00").click()
    settled(page)
    expect(page).to_have_title("Broadcast of news · Turnout")
    expect(page.locator("[data-figure=viewerSeconds]")).to_have_text("0:20:00")
    page.get_by_role("navigation", name="Breadcrumbs").get_by_role("link", name="news").click()
    settled(page)
    expect(page.locator("#range-dates")).to_have_text("31 Jan 2026 – 1 Feb 2026")
    page.get_by_role("navigation", name="Breadcrumbs").get_by_role("link", name="acme").click()
    settled(page)
    expect(page.locator("#range-dates")).to_have_text("31 Jan 2026 – 1 Feb 2026")
    expect(page.locator("[data-figure=viewerSeconds]")).to_have_text("3:15:01")


def test_it_tells_all_of_a_broadcast(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics/sessions/{broadcast_of('concert')}?tz=UTC")
    expect(page.get_by_role("heading", level=1)).to_have_text("Broadcast 31 Jan 2026, 18:00 – 20:00")
    shown = {
        str(place.get_attribute("data-figure")): place.inner_text()
        for place in page.locator("[data-figure]").all()
    }
    assert shown == {
        "ingestSeconds": "2:00:00",
        "viewerSeconds": "2:40:01",
        "peakViewers": "3",
        "viewings": "3",
        "meanWatchSeconds": "0:53:20",
    }
    expect(page.locator("#curve-said")).to_have_text("Peak 3, 31 Jan 2026, 18:20:00")
    expect(page.locator("#retention-said")).to_contain_text("3 viewings")
    expect(page.locator("#retention-rule")).not_to_be_empty()
    page.locator("#retention").get_by_text("As a table").click()
    after = page.locator(
        "#retention-table tbody tr", has=page.get_by_role("rowheader", name="45", exact=True)
    )
    expect(after).to_contain_text("66.6 %")


def test_it_lists_countries_players_and_protocols(site: Site, open_analytics: OpenAnalytics) -> None:
    stop = START + 30 * MINUTE
    tell(
        site.app.sources.get(),
        published("encoder", START, stop, "match"),
        *(
            Event("view.stop", f"v{n}", "match", stop, START, user_agent=agent, protocol="hls")
            for n, agent in enumerate(["VLC/3.0.18 LibVLC/3.0.18"] * 2 + [""])
        ),
    )
    page = open_analytics(f"/analytics/sessions/{broadcast_of('match')}")
    expect(page.locator("#player-table tbody th")).to_have_text(["VLC", "Unknown player"])
    expect(page.locator("#protocol-table tbody th")).to_have_text(["HLS"])
    expect(page.locator("#protocol-table tbody td")).to_have_text(["3", "1:30:00"])
    expect(page.locator("#country-table tbody tr")).to_have_count(1)


def test_it_marks_what_is_on_the_air(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    site.send([{"type": "publish.start", "connectionId": "p", "streamKey": "concert"}])
    page = open_analytics("/analytics?range=all")
    row = table(page).filter(has_text="concert")
    expect(row.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.locator("#on-air")).to_have_text("1 on the air now")
    row.get_by_role("link").click()
    settled(page)
    page.locator("#sessions-table tbody tr").filter(has_text="Live").get_by_role("link").click()
    settled(page)
    expect(page.get_by_text("On the air now")).to_be_visible()


def test_it_shows_names_from_outside_as_text(site: Site, open_analytics: OpenAnalytics) -> None:
    hostile = "<img src=x onerror=alert(1)>" + "&amp;" * 20
    tell(site.app.sources.get(), published("p", START, START + HOUR, hostile))
    page = open_analytics(f"/analytics?{EVENING}")
    assert names(page) == [hostile]
    page.get_by_role("link", name=hostile).click()
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(hostile)
    page.goto(f"/analytics/sessions/{broadcast_of(hostile)}")
    settled(page)
    expect(page.get_by_role("navigation", name="Breadcrumbs")).to_contain_text(hostile)
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("size", [(390, 844), (1440, 900)])
def test_it_keeps_the_longest_name_within_the_page(
    size: tuple[int, int], site: Site, page: Page, open_analytics: OpenAnalytics
) -> None:
    tell(site.app.sources.get(), published("p", START, START + HOUR, "x" * 128))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    session = broadcast_of("x" * 128)
    for address in (
        "/analytics",
        f"/analytics/livestreams/{id_of('x' * 128)}",
        f"/analytics/sessions/{session}",
    ):
        open_analytics(f"{address}?{EVENING}")
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]


@pytest.mark.parametrize("path", ["livestreams/{livestream}", "sessions/{session}", "sessions/none"])
def test_it_finds_nothing_of_other_accounts(
    path: str, site: Site, open_analytics: OpenAnalytics, complaints: list[str]
) -> None:
    two_livestreams(make_site(site.base_url, "globex"))
    address = path.format(livestream=id_of("news"), session=broadcast_of("news"))
    page = open_analytics(f"/analytics/{address}")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    complaints.clear()


@pytest.mark.parametrize("block", ["totals", "curve", "days", "livestreams", "viewings"])
def test_it_exports_each_part(block: str, site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{WEEKEND}")
    links = page.locator(f"#{block}")
    before = page.url
    name, text = exported(page, links.get_by_role("link", name="CSV"))
    assert name.endswith(".csv")
    rows = list(csv.reader(text.splitlines()))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}
    expect(page.get_by_role("status").filter(has_text="The CSV has begun.")).to_be_visible()
    name, text = exported(page, links.get_by_role("link", name="JSON"))
    assert name.endswith(".json")
    assert json.loads(text)
    assert page.url == before


def test_it_exports_tables_whole(site: Site, open_analytics: OpenAnalytics) -> None:
    many_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}&page=2")
    expect(table(page)).to_have_count(25)
    _, text = exported(page, page.locator("#livestreams").get_by_role("link", name="CSV"))
    assert len(text.splitlines()) == 1 + 60


@pytest.mark.parametrize("block", ["totals", "curve", "retention", "country", "player", "protocol"])
def test_it_exports_each_part_of_a_broadcast(block: str, site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics/sessions/{broadcast_of('concert')}")
    _, text = exported(page, page.locator(f"#{block}").get_by_role("link", name="CSV"))
    assert len(text.splitlines()) > 1
    exported_json: Any = json.loads(
        exported(page, page.locator(f"#{block}").get_by_role("link", name="JSON"))[1]
    )
    assert exported_json


def test_it_exports_broadcasts(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics/livestreams/{id_of('news')}?{WEEKEND}")
    _, text = exported(page, page.locator("#sessions").get_by_role("link", name="CSV"))
    assert len(text.splitlines()) == 1 + 2


def test_it_tells_of_a_broadcast_that_nobody_watched(site: Site, open_analytics: OpenAnalytics) -> None:
    tell(site.app.sources.get(), published("p", START, START + HOUR, "quiet"))
    page = open_analytics(f"/analytics/sessions/{broadcast_of('quiet')}")
    expect(page.locator("#curve")).to_contain_text("Nobody watched.")
    expect(page.locator("#retention")).to_contain_text("Nobody began to watch during it")
    expect(page.locator("#country")).to_contain_text("Nobody watched.")
    expect(page.locator("[data-figure=meanWatchSeconds]")).to_have_text("0:00:00")


def test_it_says_that_a_publisher_was_inferred(site: Site, open_analytics: OpenAnalytics) -> None:
    tell(site.app.sources.get(), watched("v", START, START + HOUR, "players-only"))
    page = open_analytics(f"/analytics/sessions/{broadcast_of('players-only')}")
    expect(page.get_by_text("Nobody reported a publisher")).to_be_visible()


def test_it_keeps_the_theme_of_curves_of_a_broadcast(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    tell(site.app.sources.get(), publishing("p", START, START + MINUTE, "concert"), now=START + 3 * HOUR)
    page = open_analytics(f"/analytics/sessions/{broadcast_of('concert')}")
    canvas = page.locator("#retention-plot canvas")
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    page.get_by_role("button", name="Switch between dark and light").click()
    assert canvas.evaluate("canvas => canvas.toDataURL()") != before
