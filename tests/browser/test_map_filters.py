"""Filters of the live map: chosen in the panel, kept in the address."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests.browser.audience import BERLIN, PARIS, joining
from tests.browser.conftest import Site
from tests.browser.marks import SOON, OpenMap, clusters, facet, total
from tests.viewers import geo_fixture
from tests.viewers.geo_fixture import write_mmdb

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def networks(settings: Settings, tmp_path: Path) -> None:
    """81.2.69.0/24 is in London, 83.9.0.0/16 in Paris."""
    places = {"81.2.69.0/24": geo_fixture.LONDON, "83.9.0.0/16": geo_fixture.PARIS}
    settings.GEOIP_PATH = str(write_mmdb(tmp_path / "places.mmdb", places))


def from_address(ip: str, stream: str = "main", **more: object) -> dict[str, object]:
    return {**joining(BERLIN, stream, **more), "position": None, "ip": ip}


@pytest.fixture
def audience(site: Site, networks: None) -> None:
    """Four in London, three in Paris, one nowhere; by stream, protocol, player and health."""
    vlc = "VLC/3.0.18 LibVLC/3.0.18"
    site.send(
        [
            *(from_address("81.2.69.1", "concert") for _ in range(3)),
            from_address("81.2.69.2", "news", protocol="dash", healthScore=60),
            from_address("83.9.1.1", "concert", healthScore=60),
            *(from_address("83.9.1.2", "news", userAgent=vlc, healthScore=20) for _ in range(2)),
            from_address("10.0.0.1", "news", healthScore=None),
        ]
    )


def names(page: Page, name: str) -> list[str]:
    return [row.split("\n")[0] for row in facet(page, name).all_inner_texts()]


@pytest.mark.usefixtures("audience")
def test_it_counts_the_audience_by_all_it_can_be_filtered_by(open_map: OpenMap) -> None:
    page = open_map("/")
    expect(facet(page, "streamKey")).to_have_count(2)
    assert names(page, "country") == ["United Kingdom", "France", "Unknown country"]
    assert names(page, "protocol") == ["HLS", "DASH"]
    assert "VLC" in names(page, "player")
    counts = page.locator("[data-facet=health] .row-count").all_inner_texts()
    assert counts == ["3", "2", "2", "1"]


@pytest.mark.usefixtures("audience")
@pytest.mark.parametrize(
    ("name", "row", "parameter", "left"),
    [
        ("streamKey", "news", "stream=news", "4"),
        ("country", "Unknown country", "country=unknown", "1"),
        ("protocol", "DASH", "protocol=dash", "1"),
        ("player", "VLC", "player=VLC", "2"),
        ("health", "No data", "health=none", "1"),
    ],
)
def test_it_filters_by_one_click(name: str, row: str, parameter: str, left: str, open_map: OpenMap) -> None:
    page = open_map("/")
    facet(page, name).filter(has_text=row).click()
    expect(total(page)).to_have_text(left, timeout=SOON)
    expect(page).to_have_url(re.compile(re.escape(parameter)))
    expect(facet(page, name).filter(has_text=row)).to_have_attribute("aria-pressed", "true")
    # The same row takes it back.
    facet(page, name).filter(has_text=row).click()
    expect(total(page)).to_have_text("8", timeout=SOON)


@pytest.mark.usefixtures("audience")
def test_it_combines_filters_and_shows_them_as_chips(open_map: OpenMap) -> None:
    page = open_map("/?stream=news&country=FR&health=poor")
    expect(total(page)).to_have_text("2")
    expect(page.locator("#total-label")).to_have_text("matching viewers now")
    expect(page.locator(".chip")).to_have_count(3)
    expect(page.locator("#filter-count")).to_have_text("3")
    page.get_by_role("button", name="Remove filter Country: France").click()
    page.get_by_role("button", name="Remove filter Health: Poor, below 50").click()
    expect(total(page)).to_have_text("4", timeout=SOON)
    assert "country" not in page.url
    assert "stream=news" in page.url
    page.get_by_role("button", name="Remove filter Stream: news").click()
    expect(total(page)).to_have_text("8", timeout=SOON)


@pytest.mark.usefixtures("audience")
def test_it_counts_each_list_under_all_other_filters(open_map: OpenMap) -> None:
    page = open_map("/?country=GB")
    expect(facet(page, "country")).to_have_count(3)
    assert names(page, "streamKey") == ["concert", "news"]
    assert page.locator("[data-facet=streamKey] .row-count").all_inner_texts() == ["3", "1"]
    expect(page.locator("#sparkline-label")).to_have_text("last hour, not filtered")


@pytest.mark.usefixtures("audience")
def test_it_goes_back_and_forward_through_filters(open_map: OpenMap) -> None:
    page = open_map("/")
    facet(page, "streamKey").filter(has_text="news").click()
    expect(total(page)).to_have_text("4", timeout=SOON)
    facet(page, "country").filter(has_text="France").click()
    expect(total(page)).to_have_text("2", timeout=SOON)
    page.go_back()
    expect(total(page)).to_have_text("4", timeout=SOON)
    expect(page.locator(".chip")).to_have_count(1)
    page.go_forward()
    expect(total(page)).to_have_text("2", timeout=SOON)
    page.reload()
    expect(total(page)).to_have_text("2", timeout=SOON)


@pytest.mark.usefixtures("audience")
def test_it_says_so_when_nobody_matches_and_offers_a_way_out(open_map: OpenMap) -> None:
    page = open_map("/?country=GB&player=VLC")
    expect(total(page)).to_have_text("0")
    expect(page.locator("#nobody")).to_be_visible()
    expect(page.locator("#connect")).to_be_hidden()
    page.get_by_role("button", name="Clear filters").click()
    expect(total(page)).to_have_text("8", timeout=SOON)
    expect(page.locator("#nobody")).to_be_hidden()


def test_it_moves_only_what_a_filter_leaves(site: Site, open_map: OpenMap) -> None:
    site.send([joining(BERLIN, "concert") for _ in range(4)] + [joining(PARIS, "news") for _ in range(2)])
    page = open_map("/#5/50/8")
    expect(clusters(page)).to_have_count(2)
    view = page.url.partition("#")[2]
    facet(page, "streamKey").filter(has_text="news").click()
    expect(clusters(page)).to_have_count(1)
    assert page.url.partition("#")[2] == view


def test_it_finds_a_stream_by_typing(site: Site, open_map: OpenMap) -> None:
    site.send([joining(BERLIN, f"camera-{number}") for number in range(20)])
    page = open_map("/")
    expect(facet(page, "streamKey")).to_have_count(8)
    page.get_by_label("Find a stream").fill("camera-17")
    expect(facet(page, "streamKey")).to_have_count(1)
    page.get_by_label("Find a stream").press("Enter")
    expect(total(page)).to_have_text("1", timeout=SOON)


def test_it_finds_a_stream_beyond_those_that_were_sent(site: Site, open_map: OpenMap) -> None:
    site.send([joining(BERLIN, f"camera-{number}") for number in range(520)])
    page = open_map("/")
    expect(page.locator("[data-facet=streamKey] .facet-total")).to_have_text("520")
    rare = "camera-99"  # the last in the list's order
    with page.expect_response(lambda answer: "search=camera-99" in answer.url):
        page.get_by_label("Find a stream").fill(rare)
    expect(facet(page, "streamKey").filter(has_text=rare)).to_be_visible()


@pytest.mark.usefixtures("audience")
def test_it_asks_for_the_lists_only_while_somebody_looks(page: Page, open_map: OpenMap) -> None:
    page.clock.install()
    open_map("/")
    expect(facet(page, "country")).to_have_count(3)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/summary" in request.url else None)
    page.evaluate("""() => {
        Object.defineProperty(document, "hidden", { value: true, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    page.clock.run_for(20_000)
    assert asked == []
    with page.expect_request("**/summary*"):
        page.evaluate("""() => {
            Object.defineProperty(document, "hidden", { value: false, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""")
        page.clock.run_for(100)


@pytest.mark.usefixtures("audience")
def test_it_opens_the_filters_as_a_sheet_on_a_phone(page: Page, open_map: OpenMap) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_map("/")
    panel = page.get_by_role("complementary", name="Filters")
    expect(panel).to_be_hidden()
    page.get_by_role("button", name="Filters", exact=True).click()
    facet(page, "streamKey").filter(has_text="news").click()
    expect(panel).to_be_hidden()
    expect(total(page)).to_have_text("4", timeout=SOON)
    expect(page.locator("#filter-count")).to_have_text("1")
    page.get_by_role("button", name="Filters").click()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
