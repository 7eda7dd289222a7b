"""The analytics page, seen through a browser: figures, curve, days, and what stands where there are none."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.clock import now_ms
from tests.analytics.signs import DAY, START, tell, watched
from tests.browser.broadcasts import EVENING, WEEKEND, two_livestreams
from tests.browser.conftest import PASSWORD, Site, make_site, settled, sign_in

OpenAnalytics = Callable[[str], Page]


def figures(page: Page) -> dict[str, str]:
    """The totals as they are shown."""
    return {
        str(place.get_attribute("data-figure")): place.inner_text()
        for place in page.locator("[data-figure]").all()
    }


def answer_of(page: Page, path: str) -> Any:
    """What the API itself answers to the page's own question."""
    href = page.locator(f"[data-export=json][href*='{path}?']").first.get_attribute("href") or ""
    return json.loads(page.request.get(href.replace("format=json", "")).text())["data"]


def test_it_asks_for_a_login_first(page: Page) -> None:
    page.goto("/analytics?range=30d")
    expect(page).to_have_url(re.compile(r"/login\?next=/analytics%3Frange%3D30d$"))


def test_it_shows_the_totals_of_a_range(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    assert figures(page) == {
        "count": "2",
        "ingestSeconds": "2:30:00",
        "viewerSeconds": "3:00:01",
        "peakViewers": "3",
    }
    watched_for = page.locator("[data-figure=viewerSeconds] data")
    expect(watched_for).to_have_attribute("title", "3:00:01, which is 10,801 s")
    expect(page.locator("[data-moment=peakAt]")).to_have_text("31 Jan 2026, 18:20:00")


def test_it_shows_the_very_numbers_of_the_api(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{WEEKEND}")
    totals = answer_of(page, "overview")["totals"]
    for name in ("count", "ingestSeconds", "viewerSeconds", "peakViewers"):
        expect(page.locator(f"[data-figure={name}] data")).to_have_attribute("value", str(totals[name]))
    days = answer_of(page, "days")["days"]
    shown = [
        [data.get_attribute("value") for data in row.locator("data").all()]
        for row in page.locator("#days-table tbody tr").all()
    ]
    assert shown == [
        [str(day[name]) for name in ("viewerSeconds", "ingestSeconds", "count", "peakViewers")]
        for day in reversed(days)
    ]


def test_it_compares_with_as_much_time_just_before(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics("/analytics?start=2026-02-01T00:00:00Z&end=2026-02-02T00:00:00Z&tz=UTC")
    changes = {
        name: page.locator(f"[data-change={name}]").inner_text()
        for name in ("count", "ingestSeconds", "viewerSeconds")
    }
    assert changes == {
        "count": "▼ 50 % less than before (2)",
        "ingestSeconds": "▼ 60 % less than before (2:30:00)",
        "viewerSeconds": "▼ 92 % less than before (3:00:01)",
    }
    page.get_by_text("How is this counted?").click()
    expect(page.locator("#previous-dates")).to_have_text("31 Jan 2026.")


def test_it_gives_no_percentage_of_nothing(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    expect(page.locator("[data-change=viewerSeconds]")).to_have_text("▲ none before")


def test_it_never_wraps_hours(site: Site, open_analytics: OpenAnalytics) -> None:
    source = site.app.sources.get()
    tell(source, *(watched(f"v{n}", START, START + DAY, "long") for n in range(3)))
    page = open_analytics("/analytics?start=2026-01-31T00:00:00Z&end=2026-02-03T00:00:00Z&tz=UTC")
    assert figures(page)["viewerSeconds"] == "72:00:00"
    tell(source, *(watched(f"w{n}", START, START + DAY, "long") for n in range(50)))
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("[data-figure=viewerSeconds]")).to_have_text("1,272 h")
    title = page.locator("[data-figure=viewerSeconds] data").get_attribute("title")
    assert title == "1,272:00:00, which is 4,579,200 s"


def test_it_says_which_part_may_still_change(site: Site, open_analytics: OpenAnalytics) -> None:
    site.send([{"type": "view.start", "connectionId": "v", "streamKey": "live", "at": now_ms() - 60_000}])
    page = open_analytics("/analytics?range=1h")
    expect(page.locator("#provisional")).to_contain_text("may still change")
    expect(page.locator("#curve-hint")).to_contain_text("Dashed: may still change.")
    two_livestreams(site)
    page.goto(f"/analytics?{EVENING}")
    settled(page)
    expect(page.locator("#provisional")).to_be_hidden()


def test_it_draws_the_curve_and_tells_its_peak(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    expect(page.locator("#curve-said")).to_have_text("Peak 3, 31 Jan 2026, 18:20:00")
    plot = page.get_by_role("img", name="Viewers at once Peak 3, 31 Jan 2026, 18:20:00")
    expect(plot.locator("canvas")).to_be_visible()
    page.locator("#curve").get_by_text("As a table").click()
    rows = page.locator("#curve-table tbody tr")
    points = answer_of(page, "concurrency")["points"]
    # The exact peak is a point of its own, unless a point fell on it.
    assert rows.count() == len({at for at, _ in points} | {START + 20 * 60_000})
    expect(rows.filter(has_text="18:20:00").last).to_contain_text("3")


def test_it_tells_a_point_under_the_pointer(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    page.locator("#curve-plot .u-over").hover()
    expect(page.locator("#curve-plot .hover-box")).to_contain_text(re.compile(r"\d viewers?31 Jan 2026"))


def test_it_zooms_by_dragging_and_comes_back(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    before = page.url
    box = page.locator("#curve-plot .u-over").bounding_box()
    assert box
    # The first half of six hours.
    page.mouse.move(box["x"] + 1, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60, steps=5)
    page.mouse.up()
    expect(page).to_have_url(
        re.compile(r"start=2026-01-31T18:0\d:\d\dZ&end=2026-01-31T(20:5\d|21:0\d):\d\dZ")
    )
    expect(page.locator("[data-figure=count]")).to_have_text("1")
    page.go_back()
    expect(page).to_have_url(before)
    expect(page.locator("[data-figure=count]")).to_have_text("2")


def test_it_leads_to_the_replay_of_the_range(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}&stream=concert")
    href = page.get_by_role("link", name="Replay on the map").get_attribute("href")
    assert href == f"/?from={START}&to={START + DAY // 4}&app=acme-app&stream=concert"


def test_it_divides_days_by_the_chosen_zone(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics("/analytics?start=2026-01-31T18:00:00Z&end=2026-02-02T00:00:00Z&tz=Asia/Tokyo")
    days = page.locator("#days-table tbody th")
    # In Tokyo it is already Sunday when the first begins.
    expect(days).to_have_text(["Mon, 2 Feb 2026 to 09:00", "Sun, 1 Feb 2026 from 03:00"])
    expect(page.locator("#days-zone")).to_have_text("Asia/Tokyo")
    expect(page.locator("[data-moment=peakAt]")).to_have_text("1 Feb 2026, 03:20:00")


def test_it_shows_each_figure_as_bars(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{WEEKEND}")
    bars = page.locator("#days-plot")
    expect(bars).to_have_attribute("aria-label", re.compile("^Watched by day, from Sat, 31 Jan 2026"))
    peak = page.locator("#days").get_by_role("button", name="Peak")
    peak.click()
    expect(bars).to_have_attribute("aria-label", re.compile("^Peak by day"))
    expect(peak).to_have_attribute("aria-pressed", "true")


def test_it_draws_days_since_the_beginning(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics("/analytics?range=all&tz=UTC")
    expect(page.locator("#days-table tbody th").last).to_contain_text("31 Jan 2026")
    expect(page.locator("[data-change=count]")).to_be_empty()


def test_it_shows_one_livestream_alone(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}&stream=news")
    assert figures(page)["viewerSeconds"] == "0:20:00"
    expect(page.get_by_label("Livestream", exact=True)).to_have_value("news")
    page.get_by_role("button", name="Show all livestreams").click()
    expect(page.locator("[data-figure=viewerSeconds]")).to_have_text("3:00:01")


def test_it_asks_which_app_only_where_there_are_several(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    expect(page.get_by_label("App")).to_have_count(0)
    other = site.app.account.apps.create(name="Radio", public_id="radio")
    other.sources.create(name="players", interval_s=3600)
    tell(other.sources.get(), watched("zoe", START, START + 60_000, "fm"))
    page.reload()
    settled(page)
    page.get_by_label("App").select_option("Radio")
    expect(page.locator("[data-figure=viewerSeconds]")).to_have_text("0:01:00")
    expect(page).to_have_url(re.compile("app=radio"))


def test_it_says_how_to_begin_where_nothing_was_received(site: Site, open_analytics: OpenAnalytics) -> None:
    page = open_analytics("/analytics")
    expect(page.get_by_role("heading", name="Nothing has been received yet")).to_be_visible()
    expect(page.locator("#report")).to_be_hidden()
    page.get_by_role("link", name="Connect a sender").click()
    expect(page.locator("#connect")).to_be_visible()


def test_it_says_so_when_nothing_is_in_the_range(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics("/analytics?start=2025-01-01T00:00:00Z&end=2025-01-02T00:00:00Z&tz=UTC")
    expect(page.locator("#nothing")).to_contain_text("Nothing was published or watched in this range.")
    expect(page.locator("#curve")).to_contain_text("Nobody watched in this range.")
    page.locator("#nothing").get_by_role("button", name="All time").click()
    expect(page.locator("[data-figure=count]")).to_have_text("2")
    expect(page.locator("#nothing")).to_be_hidden()


def test_it_shows_skeletons_until_figures_come(site: Site, open_analytics: OpenAnalytics, page: Page) -> None:
    two_livestreams(site)
    held: list[Route] = []
    page.route("**/api/analytics/overview*", lambda route: held.append(route))
    sign_in(page.context, site)
    page.goto(f"/analytics?{EVENING}")
    expect(page.locator("#curve")).to_have_attribute("data-state", "ready")
    expect(page.locator("#totals .skeleton")).to_have_count(4)
    for route in held:
        route.continue_()
    expect(page.locator("#totals .skeleton")).to_have_count(0)


def test_it_offers_another_try_where_something_failed(
    site: Site, open_analytics: OpenAnalytics, page: Page, complaints: list[str]
) -> None:
    two_livestreams(site)
    page.route("**/api/analytics/days*", lambda route: route.abort())
    open_analytics(f"/analytics?{EVENING}")
    days = page.locator("#days")
    expect(days.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    # The rest stands.
    assert figures(page)["count"] == "2"
    page.unroute("**/api/analytics/days*")
    days.get_by_role("button", name="Try again").click()
    expect(days.locator("tbody tr")).to_have_count(1)
    assert all("ERR_FAILED" in complaint for complaint in complaints)
    complaints.clear()


def test_it_leads_back_to_the_login(site: Site, open_analytics: OpenAnalytics, complaints: list[str]) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    page.context.clear_cookies()
    page.get_by_role("button", name="Refresh").click()
    link = page.locator("#signed-out").get_by_role("link", name="Log in again")
    address = urlsplit(page.url)
    expect(link).to_be_visible()
    link.click()
    page.get_by_label("Username").fill(site.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile(re.escape(address.path)))
    expect(page.locator("[data-figure=count]")).to_have_text("2")
    complaints.clear()


def test_it_shows_nothing_of_other_accounts(
    site: Site, open_analytics: OpenAnalytics, complaints: list[str]
) -> None:
    other = make_site(site.base_url, "globex")
    two_livestreams(other)
    page = open_analytics("/analytics?app=globex-app")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    complaints.clear()


def test_it_remembers_the_theme_and_draws_in_its_colours(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    canvas = page.locator("#curve-plot canvas")
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    page.get_by_role("button", name="Switch between dark and light").click()
    assert canvas.evaluate("canvas => canvas.toDataURL()") != before


@pytest.mark.parametrize("size", [(390, 844), (1440, 900), (720, 450)])
def test_it_fits_the_width_of_the_screen(
    size: tuple[int, int], site: Site, page: Page, open_analytics: OpenAnalytics
) -> None:
    two_livestreams(site)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_analytics(f"/analytics?{WEEKEND}")
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    plot = page.locator("#curve-plot")
    assert plot.locator("canvas").evaluate("canvas => canvas.clientWidth") <= plot.evaluate(
        "p => p.clientWidth"
    )
