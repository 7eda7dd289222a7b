"""What a click on a marker of the live map tells."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests.browser.audience import BERLIN, PARIS, joining
from tests.browser.conftest import Site
from tests.browser.marks import CLUSTERS, SINGLES, SOON, OpenMap, clusters, total
from tests.viewers.geo_fixture import Spot, write_mmdb

KRAKOW = Spot(50.06, 19.94, "PL", "Lesser Poland", "Kraków", accuracy_km=50)
POLAND = Spot(52.0, 20.0, "PL")


@pytest.fixture
def networks(settings: Settings, tmp_path: Path) -> None:
    places = {"83.9.1.0/24": KRAKOW, "83.9.2.0/24": POLAND}
    settings.GEOIP_PATH = str(write_mmdb(tmp_path / "places.mmdb", places))


def popup_of(page: Page) -> str:
    return page.locator(".popup-body").inner_text()


def test_it_tells_about_a_single_viewer(site: Site, open_map: OpenMap) -> None:
    viewer = joining(BERLIN, "concert", userAgent="VLC/3.0.18 LibVLC/3.0.18", healthScore=42)
    site.send([viewer])
    site.send([{**viewer, "type": "view.update", "healthScore": 84}])
    page = open_map("/#6/52.5/13.4")
    page.locator(SINGLES).click()
    popup = page.locator(".popup-body")
    expect(popup.get_by_role("heading")).to_have_text("concert")
    expect(popup).to_contain_text("84 of 100, good; worst 42")
    expect(popup).to_contain_text("3.2 Mbit/s")
    expect(popup).to_contain_text(re.compile(r"since \d\d:\d\d"))
    expect(popup).to_contain_text("VLC/3.0.18")
    expect(popup).to_contain_text("players")


@pytest.mark.usefixtures("networks")
def test_it_draws_how_well_a_place_is_known(site: Site, open_map: OpenMap) -> None:
    site.send([{**joining(BERLIN), "position": None, "ip": "83.9.1.7"}])
    page = open_map("/#7/50.06/19.94")
    page.locator(SINGLES).click()
    expect(page.locator(".popup-body")).to_contain_text("Kraków, Poland, within 50 km")
    circle = page.locator("path.accuracy")
    expect(circle).to_have_count(1)
    # 50 km at zoom 7 and 50° north: 786 m to the pixel.
    assert circle.evaluate("path => path.getBBox().width") == pytest.approx(2 * 50_000 / 786, rel=0.05)
    page.keyboard.press("Escape")
    expect(circle).to_have_count(0)


@pytest.mark.usefixtures("networks")
def test_it_outlines_the_country_of_which_no_more_is_known(site: Site, open_map: OpenMap) -> None:
    site.send([{**joining(BERLIN), "position": None, "ip": "83.9.2.7"}])
    page = open_map("/#6/52/20")
    page.locator(f"{SINGLES}.country-only").click()
    expect(page.locator(".popup-body")).to_contain_text("Somewhere in Poland: no more is known")
    expect(page.locator("path.accuracy.country")).to_have_count(1)


@pytest.mark.usefixtures("networks")
def test_it_marks_who_is_only_somewhere_in_a_country(site: Site, open_map: OpenMap) -> None:
    """One viewer in the middle of Poland of whom no more is known, and one whose town is."""
    site.send([{**joining(BERLIN), "position": None, "ip": f"83.9.{network}.7"} for network in (1, 2)])
    page = open_map("/#7/51/20")
    expect(page.locator(f"{SINGLES}.country-only")).to_have_count(1, timeout=SOON)
    expect(page.locator(SINGLES)).to_have_count(2)
    vague = page.get_by_role("button", name=re.compile("somewhere in the country"))
    expect(vague).to_have_count(1)
    expect(page.locator("#legend")).to_contain_text("Only the country is known")
    # Each of these marks stands for several viewers as well.
    site.send([{**joining(BERLIN), "position": None, "ip": "83.9.2.7"} for _ in range(3)])
    expect(page.locator(f"{CLUSTERS}.stacked.country-only")).to_have_text("4", timeout=SOON)


def test_it_lists_the_viewers_of_a_cluster_that_cannot_split(site: Site, open_map: OpenMap) -> None:
    site.send([joining(PARIS, f"stream-{number % 2}") for number in range(12)])
    page = open_map("/#5/48.8/2.3")
    cluster = page.locator(f"{CLUSTERS}.stacked")
    expect(cluster).to_have_text("12")
    cluster.click()
    popup = page.locator(".popup-body")
    expect(popup.get_by_role("heading")).to_have_text("12 viewers")
    expect(popup.locator(".session")).to_have_count(8)
    popup.get_by_role("button", name="Next").click()
    expect(popup.locator(".session")).to_have_count(4)
    popup.locator(".session").first.click()
    popup.get_by_role("button", name="Back to the list").click()
    expect(popup.locator(".session")).to_have_count(4)


def test_it_sorts_the_list(site: Site, open_map: OpenMap) -> None:
    rates = {"slow": 100_000, "fast": 900_000, "even": 500_000}
    site.send([joining(PARIS, stream, outBandwidth=rate) for stream, rate in rates.items()])
    page = open_map("/#5/48.8/2.3")
    clusters(page).click()
    streams = page.locator(".session-stream")
    page.get_by_label("Order").select_option("Most bandwidth")
    expect(streams).to_have_text(["fast", "even", "slow"])
    page.get_by_label("Order").select_option("Least bandwidth")
    expect(streams).to_have_text(["slow", "even", "fast"])


def test_it_lists_only_whom_the_filters_leave(site: Site, open_map: OpenMap) -> None:
    site.send([joining(PARIS, "news", healthScore=score) for score in (90, 90, 20, 20, 20)])
    page = open_map("/?health=poor#5/48.8/2.3")
    clusters(page).click()
    expect(page.locator(".popup-body").get_by_role("heading")).to_have_text("3 viewers")


def test_it_keeps_a_popup_open_over_a_refresh(site: Site, open_map: OpenMap) -> None:
    site.send([joining(PARIS) for _ in range(5)])
    page = open_map("/#5/48.8/2.3")
    clusters(page).click()
    expect(page.locator(".session")).to_have_count(5)
    site.send([joining(BERLIN)])
    expect(total(page)).to_have_text("6", timeout=SOON)
    expect(page.locator(".session")).to_have_count(5)


def test_it_leads_staff_into_the_admin(site: Site, open_map: OpenMap) -> None:
    User.objects.filter(username=site.username).update(is_staff=True, is_superuser=True)
    site.send([joining(BERLIN, "concert")])
    page = open_map("/#6/52.5/13.4")
    page.locator(SINGLES).click()
    page.get_by_role("link", name="Open in the admin").click()
    expect(page).to_have_url(re.compile(r"/admin/viewers/viewersession/[\w-]+/change/$"))
    expect(page.locator("body")).to_contain_text("concert")


def test_it_shows_nobody_else_the_way_into_the_admin(site: Site, open_map: OpenMap) -> None:
    site.send([joining(BERLIN, "concert")])
    page = open_map("/#6/52.5/13.4")
    page.locator(SINGLES).click()
    expect(page.locator(".facts")).to_be_visible()
    assert "Open in the admin" not in popup_of(page)
