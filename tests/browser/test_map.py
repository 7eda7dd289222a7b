"""The live map, seen through a browser."""

import gzip
import re
from collections.abc import Callable
from contextlib import suppress
from itertools import islice

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Response, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.audience import BERLIN, PARIS, SUVA, joining, leaving, spread
from tests.browser.conftest import PASSWORD, Site, make_site

OpenMap = Callable[[str], Page]

CLUSTERS = ".leaflet-marker-pane .face.cluster:not(.leaving)"
SINGLES = ".leaflet-marker-pane .face.dot:not(.leaving)"
# Enough for two rounds of the page's own refresh on a busy machine.
SOON = 15_000


def clusters(page: Page) -> Locator:
    return page.locator(CLUSTERS)


def total(page: Page) -> Locator:
    return page.locator("#total-viewers")


def test_it_asks_for_a_login_first(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/login\?next=/$"))


def test_it_logs_in(site: Site, page: Page) -> None:
    page.goto("/")
    page.get_by_label("Username").fill(site.username)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_title("Live map · Turnout")


def test_it_shows_clusters_and_totals(site: Site, open_map: OpenMap) -> None:
    site.send([joining(at) for at in islice(spread(BERLIN, 0.01), 30)])
    site.send([joining(PARIS) for _ in range(12)] + [{**joining(BERLIN), "position": None, "ip": "10.0.0.1"}])
    page = open_map("/")
    expect(total(page)).to_have_text("43")
    expect(page.locator("#total-located")).to_have_text("42")
    expect(page.locator("#total-unlocated")).to_have_text("1")
    expect(page.locator("#total-bandwidth")).to_have_text("138 Mbit/s")
    expect(page.locator("#freshness")).to_contain_text(re.compile("Live|s old"))
    expect(clusters(page).first).to_be_visible()


def test_it_zooms_until_single_viewers_show(site: Site, open_map: OpenMap) -> None:
    site.send([joining(at) for at in islice(spread(BERLIN, 2.0), 9)])
    page = open_map("/#2/40/10")
    expect(clusters(page).first).to_be_visible()
    # A cluster may have split on its own account, between a look at it and the click.
    for _ in range(12):
        if clusters(page).count() == 0:
            break
        with suppress(PlaywrightTimeout):
            clusters(page).first.click(timeout=2_000)
        page.wait_for_timeout(600)
    expect(page.locator(SINGLES).first).to_be_visible(timeout=SOON)


def test_it_tells_about_a_single_viewer(site: Site, open_map: OpenMap) -> None:
    site.send([joining(BERLIN, "concert", userAgent="VLC/3.0.18 LibVLC/3.0.18", healthScore=42)])
    page = open_map("/#6/52.5/13.4")
    page.locator(SINGLES).click()
    popup = page.locator(".popup-body")
    expect(popup.get_by_role("heading")).to_have_text("concert")
    expect(popup).to_contain_text("42 of 100, poor")
    expect(popup).to_contain_text("3.2 Mbit/s")


def test_it_shows_text_from_outside_as_text(site: Site, open_map: OpenMap) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    site.send([joining(BERLIN, hostile, userAgent=hostile)])
    page = open_map("/#6/52.5/13.4")
    page.locator(SINGLES).click()
    expect(page.locator(".popup-body").get_by_role("heading")).to_have_text(hostile)
    expect(page.locator(".stream-name")).to_have_text(hostile)
    assert page.locator("img[src=x]").count() == 0


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
    expect(popup.get_by_role("button", name="Back to the list")).to_be_visible()


def test_it_counts_who_joins_and_who_leaves_without_moving(site: Site, open_map: OpenMap) -> None:
    watching = [joining(PARIS) for _ in range(3)]
    site.send(watching)
    page = open_map("/#5/48.8/2.3")
    bubble = clusters(page)
    expect(bubble).to_have_text("3")
    bubble.evaluate("element => { element.dataset.seen = 'before' }")
    view = page.url
    site.send([joining(PARIS) for _ in range(2)])
    expect(total(page)).to_have_text("5", timeout=SOON)
    expect(bubble).to_have_text("5")
    site.send([leaving(event) for event in watching[:2]])
    expect(total(page)).to_have_text("3", timeout=SOON)
    # The same element, in the same view.
    expect(bubble).to_have_attribute("data-seen", "before")
    assert page.url == view


def test_it_keeps_a_popup_open_over_a_refresh(site: Site, open_map: OpenMap) -> None:
    site.send([joining(PARIS) for _ in range(5)])
    page = open_map("/#5/48.8/2.3")
    clusters(page).click()
    expect(page.locator(".session")).to_have_count(5)
    site.send([joining(BERLIN)])
    expect(total(page)).to_have_text("6", timeout=SOON)
    expect(page.locator(".session")).to_have_count(5)


def test_it_filters_by_stream_and_keeps_that_in_the_address(site: Site, open_map: OpenMap) -> None:
    site.send([joining(BERLIN, "concert") for _ in range(4)] + [joining(PARIS, "news") for _ in range(2)])
    page = open_map("/#5/50/8")
    page.get_by_role("button", name="news").click()
    expect(total(page)).to_have_text("2", timeout=SOON)
    expect(clusters(page)).to_have_count(1)
    assert "stream=news" in page.url
    page.reload()
    expect(total(page)).to_have_text("2", timeout=SOON)
    page.get_by_role("button", name="Show all streams").click()
    expect(total(page)).to_have_text("6", timeout=SOON)


def test_it_finds_a_stream_by_typing(site: Site, open_map: OpenMap) -> None:
    site.send([joining(BERLIN, f"camera-{number}") for number in range(20)])
    page = open_map("/")
    expect(page.locator(".stream")).to_have_count(8)
    page.get_by_label("Streams", exact=True).fill("camera-17")
    expect(page.locator(".stream")).to_have_count(1)
    page.get_by_label("Streams", exact=True).press("Enter")
    expect(total(page)).to_have_text("1", timeout=SOON)


def test_it_shows_a_place_on_the_copy_of_the_world_in_view(site: Site, open_map: OpenMap) -> None:
    site.send([joining(SUVA) for _ in range(2)])
    page = open_map("/#5/-18/-181")
    expect(clusters(page)).to_be_in_viewport()


def test_it_hides_other_accounts(site: Site, open_map: OpenMap) -> None:
    other = make_site(site.base_url, "globex")
    other.send([joining(BERLIN, "secret") for _ in range(3)])
    site.send([joining(PARIS, "ours")])
    page = open_map("/")
    expect(total(page)).to_have_text("1")
    expect(page.locator(".stream-name")).to_have_text(["ours"])


def test_it_says_how_to_connect_while_nothing_has_come(site: Site, open_map: OpenMap) -> None:
    page = open_map("/")
    connect = page.locator("#connect")
    expect(connect.get_by_role("heading")).to_have_text("Waiting for the first viewer")
    expect(connect.locator("#curl-snippet")).to_contain_text(f"{site.base_url}/api/ingest/events")
    expect(connect.locator("#nginx-snippet")).to_contain_text("on_play")
    site.send([joining(BERLIN)])
    expect(connect).to_be_hidden(timeout=SOON)


def test_it_makes_tokens_and_shows_them_once(site: Site, open_map: OpenMap, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_map("/")
    page.get_by_role("button", name="Make a token").click()
    connect = page.locator("#connect")
    expect(connect).to_contain_text("only this once")
    expect(page).to_have_url(re.compile(r"/(#.*)?$"))
    for snippet in ("curl-snippet", "nginx-snippet"):
        expect(connect.locator(f"#{snippet}")).to_contain_text("trn_")
        connect.locator(f"[data-copy={snippet}]").click()
        expect(connect.locator(f"[data-copy={snippet}]")).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == connect.locator(f"#{snippet}").text_content()
    # Not taken away by the first viewer before it was copied.
    site.send([joining(BERLIN)])
    expect(total(page)).to_have_text("1", timeout=SOON)
    expect(connect).to_be_visible()
    page.reload()
    expect(total(page)).to_have_text("1", timeout=SOON)
    assert "trn_" not in page.content()
    assert site.app.tokens.filter(name__contains="map page").count() == 2


def test_it_says_so_when_the_server_is_away_and_recovers(
    site: Site, open_map: OpenMap, complaints: list[str]
) -> None:
    site.send([joining(PARIS) for _ in range(2)])
    page = open_map("/")
    page.route("**/api/cluster/**", lambda route: route.abort())
    expect(page.locator("#freshness")).to_contain_text("Offline, retrying", timeout=SOON)
    expect(total(page)).to_have_text("2")
    page.unroute("**/api/cluster/**")
    expect(page.locator("#freshness")).to_contain_text(re.compile("Live|s old"), timeout=SOON)
    # The browser itself reports each request that failed.
    assert all("ERR_FAILED" in complaint for complaint in complaints)
    complaints.clear()


def test_it_opens_a_marker_from_the_keyboard_and_comes_back(site: Site, open_map: OpenMap) -> None:
    site.send([joining(PARIS) for _ in range(3)])
    page = open_map("/#5/48.8/2.3")
    marker = page.get_by_role("button", name=re.compile("^3 viewers"))
    marker.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".session")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator(".popup-body")).to_have_count(0)
    expect(marker).to_be_focused()


def test_it_remembers_the_chosen_theme(open_map: OpenMap) -> None:
    page = open_map("/")
    root = page.locator("html")
    before = root.get_attribute("data-shown-theme")
    page.get_by_role("button", name="Switch between dark and light").click()
    page.reload()
    expect(root).not_to_have_attribute("data-shown-theme", str(before))


@pytest.mark.parametrize("size", [(390, 844), (1440, 900)])
def test_it_fits_the_screen(size: tuple[int, int], site: Site, page: Page, open_map: OpenMap) -> None:
    site.send([joining(PARIS) for _ in range(3)])
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_map("/")
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert wide == list(size)


def test_it_logs_out(open_map: OpenMap) -> None:
    page = open_map("/")
    page.locator("summary", has_text="acme").click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile("/login$"))


def test_it_weighs_little(site: Site, open_map: OpenMap, page: Page) -> None:
    """350 KB compressed, basemap and all: the budget of the first visit."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    open_map("/")
    page.wait_for_selector(".country-labels", state="attached")
    bodies = {answer.url: answer.body() for answer in answers if answer.status == 200}
    assert any("countries-50m" in url for url in bodies)
    assert sum(len(gzip.compress(body, 9)) for body in bodies.values()) < 350 * 1024
