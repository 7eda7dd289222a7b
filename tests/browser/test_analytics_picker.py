"""The picker of the range, the time zone and the livestream, and the page's address."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.clock import now_ms
from tests.browser.broadcasts import EVENING, two_livestreams
from tests.browser.conftest import Site, settled

OpenAnalytics = Callable[[str], Page]

KIRITIMATI = ZoneInfo("Pacific/Kiritimati")


def picker(page: Page) -> Locator:
    page.locator("#range summary").click()
    return page.locator("#range")


def asked(page: Page) -> tuple[datetime | None, datetime]:
    """The window that the page asked the API about."""
    href = page.locator("#totals [data-export=json]").get_attribute("href") or ""
    given = parse_qs(urlsplit(href).query)
    start, end = given.get("start"), given["end"]
    return (datetime.fromisoformat(start[0]) if start else None), datetime.fromisoformat(end[0])


def in_kiritimati() -> datetime:
    return datetime.fromtimestamp(now_ms() / 1000, KIRITIMATI)


def midnight(days: int = 0) -> datetime:
    return datetime.combine(in_kiritimati().date() + timedelta(days=days), datetime.min.time(), KIRITIMATI)


@pytest.fixture
def page_of_days(site: Site, open_analytics: OpenAnalytics) -> Page:
    """Where days begin 14 hours before those of UTC."""
    two_livestreams(site)
    return open_analytics("/analytics?tz=Pacific/Kiritimati")


@pytest.mark.parametrize(
    ("name", "range_", "length"),
    [
        ("Last hour", "1h", timedelta(hours=1)),
        ("Last 6 hours", "6h", timedelta(hours=6)),
        ("Last 24 hours", "24h", timedelta(hours=24)),
    ],
)
def test_it_takes_ranges_up_to_now(name: str, range_: str, length: timedelta, page_of_days: Page) -> None:
    page = page_of_days
    picker(page).get_by_role("button", name=name).click()
    expect(page).to_have_url(re.compile(f"range={range_}&"))
    start, end = asked(page)
    assert start
    assert end - start == length
    assert timedelta(0) <= in_kiritimati() - end < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("name", "range_", "days"),
    [("Today", "today", 0), ("Last 30 days", "30d", -29), ("Last 90 days", "90d", -89)],
)
def test_it_takes_days_of_the_zone(name: str, range_: str, days: int, page_of_days: Page) -> None:
    page = page_of_days
    picker(page).get_by_role("button", name=name).click()
    expect(page).to_have_url(re.compile(f"range={range_}&"))
    start, end = asked(page)
    assert start == midnight(days)
    assert timedelta(0) <= in_kiritimati() - end < timedelta(minutes=1)


def test_it_takes_whole_days_and_months_that_are_over(page_of_days: Page) -> None:
    page = page_of_days
    picker(page).get_by_role("button", name="Yesterday").click()
    assert asked(page) == (midnight(-1), midnight())
    picker(page).get_by_role("button", name="Last month").click()
    first = midnight().replace(day=1)
    assert asked(page) == ((first - timedelta(days=1)).replace(day=1), first)
    picker(page).get_by_role("button", name="This month").click()
    assert asked(page)[0] == first
    picker(page).get_by_role("button", name="All time").click()
    assert asked(page)[0] is None


def test_it_begins_with_the_last_seven_days(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics("/analytics")
    expect(page.locator("#range-name")).to_have_text("Last 7 days")
    # A link says what it shows; what the page would choose anyway is left out.
    expect(page).to_have_url(re.compile(r"/analytics\?app=acme-app$"))


def test_it_takes_a_range_of_ones_own(page_of_days: Page) -> None:
    page = page_of_days
    picker(page)
    for name, value in (
        ("From: date", "2026-01-31"),
        ("From: time", "18:00:30"),
        ("To: date", "2026-02-01"),
        ("To: time", "06:15"),
    ):
        page.get_by_label(name).fill(value)
    page.get_by_role("button", name="Show this range").click()
    expect(page.locator("#range-name")).to_have_text("Custom range")
    expect(page).to_have_url(re.compile("start=2026-01-31T04:00:30Z&end=2026-01-31T16:15:00Z"))
    settled(page)
    assert asked(page) == (
        datetime(2026, 1, 31, 18, 0, 30, tzinfo=KIRITIMATI),
        datetime(2026, 2, 1, 6, 15, tzinfo=KIRITIMATI),
    )


def test_it_takes_whole_days_without_times(page_of_days: Page) -> None:
    page = page_of_days
    picker(page)
    page.get_by_label("From: date").fill("2026-01-31")
    page.get_by_label("From: time").fill("")
    page.get_by_label("To: date").fill("2026-02-01")
    page.get_by_label("To: time").fill("")
    page.get_by_label("To: time").press("Enter")
    expect(page.locator("#range-dates")).to_have_text("31 Jan 2026 – 1 Feb 2026")
    assert asked(page) == (
        datetime(2026, 1, 31, tzinfo=KIRITIMATI),
        datetime(2026, 2, 2, tzinfo=KIRITIMATI),
    )


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"From: date": ""}, "Say from which day on."),
        ({"From: date": "2026-02-01", "To: date": "2026-01-31"}, "The end must come after the beginning."),
        ({"From: date": "2926-02-01", "To: date": ""}, "That lies ahead"),
    ],
)
def test_it_says_what_is_wrong_with_a_range(values: dict[str, str], problem: str, page_of_days: Page) -> None:
    page = page_of_days
    picker(page)
    before = page.url
    for name, value in {"To: time": "", **values}.items():
        page.get_by_label(name).fill(value)
    page.get_by_role("button", name="Show this range").click()
    expect(page.locator("#custom-error")).to_contain_text(problem)
    assert page.url == before


def test_it_steps_to_the_range_before_and_back(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics("/analytics?start=2026-02-01T00:00:00Z&end=2026-02-02T00:00:00Z&tz=UTC")
    page.get_by_role("button", name="The range before this one").click()
    expect(page.locator("#range-dates")).to_have_text("31 Jan 2026")
    expect(page.locator("[data-figure=count]")).to_have_text("2")
    page.get_by_role("button", name="The range after this one").click()
    expect(page.locator("#range-dates")).to_have_text("1 Feb 2026")
    expect(page.locator("[data-figure=count]")).to_have_text("1")


def test_it_takes_any_time_zone(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    picker(page)
    page.get_by_label("Time zone").fill("asia/kathmandu")
    page.get_by_label("Time zone").press("Enter")
    # However it was typed, it is the zone's own name; its clocks are 5:45 ahead.
    expect(page).to_have_url(re.compile("tz=Asia/Kat[h]?mandu"))
    expect(page.locator("[data-moment=peakAt]")).to_have_text("1 Feb 2026, 00:05:00")
    picker(page)
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_label("Time zone").press("Enter")
    expect(page.locator("#zone-error")).to_contain_text("Mars/Olympus is no time zone")
    page.get_by_role("button", name="UTC", exact=True).click()
    expect(page.locator("[data-moment=peakAt]")).to_have_text("31 Jan 2026, 18:20:00")


def test_it_comes_back_to_what_was_shown(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}&stream=concert")
    address = page.url
    picker(page).get_by_role("button", name="All time").click()
    expect(page.locator("[data-figure=viewerSeconds]")).to_have_text("2:40:01")
    page.get_by_role("button", name="Show all livestreams").click()
    expect(page.locator("[data-figure=viewerSeconds]")).to_have_text("3:15:01")
    page.go_back()
    expect(page.get_by_label("Livestream", exact=True)).to_have_value("concert")
    page.go_back()
    expect(page).to_have_url(address)
    expect(page.locator("#range-name")).to_have_text("Custom range")
    page.go_forward()
    expect(page.locator("#range-name")).to_have_text("All time")
    page.reload()
    expect(page.locator("[data-figure=viewerSeconds]")).to_have_text("2:40:01")


@pytest.mark.parametrize(
    "query",
    [
        "range=forever&tz=Mars/Olympus&page=-3&sort=&order=up",
        "start=yesterday&end=2026-01-31T18:00:00Z",
        "start=2026-01-31T18:00:00Z&end=2026-01-30T18:00:00Z",
        "start=99999999999999999999&page=1e99",
    ],
)
def test_it_shows_something_sensible_for_an_address_it_cannot_read(
    query: str, site: Site, open_analytics: OpenAnalytics
) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{query}")
    expect(page.locator("#range-name")).to_have_text("Last 7 days")
    expect(page.locator("[data-state=error]")).to_have_count(0)


def test_it_is_used_from_the_keyboard(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    summary = page.locator("#range summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#presets")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Last hour")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#presets")).to_be_hidden()
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="All time").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#range-name")).to_have_text("All time")
    expect(summary).to_be_focused()


def test_it_finds_a_livestream_by_typing(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(f"/analytics?{EVENING}")
    chooser = page.get_by_label("Livestream", exact=True)
    chooser.focus()
    options = page.get_by_role("option")
    # The most watched first.
    expect(options).to_have_text(["concert", "news"])
    chooser.fill("nEw")
    expect(options).to_have_text(["news"])
    page.keyboard.press("ArrowDown")
    expect(options).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("[data-figure=viewerSeconds]")).to_have_text("0:20:00")
    chooser.fill("nothing of the kind")
    expect(page.get_by_text("No livestream of this range is called so.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(chooser).to_have_value("news")


def test_it_fits_a_phone(site: Site, page: Page, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page.set_viewport_size({"width": 390, "height": 844})
    open_analytics(f"/analytics?{EVENING}")
    body = picker(page).locator(".range-body")
    box = body.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="All time").click()
    expect(page.locator("[data-figure=viewerSeconds]")).to_have_text("3:15:01")
