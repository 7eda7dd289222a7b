"""The live map page as a whole, seen through a browser."""

import gzip
import re
from itertools import islice

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from tests.browser.audience import BERLIN, PARIS, joining, spread
from tests.browser.conftest import PASSWORD, Site, make_site
from tests.browser.marks import SINGLES, SOON, OpenMap, clusters, facet, total


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
    page.get_by_text("1 without a place").click()
    expect(page.locator("[data-because=privateAddress]")).to_contain_text("1 with a private address")
    expect(page.locator("[data-because=unknownAddress]")).to_be_hidden()
    expect(page.locator("#total-bandwidth")).to_have_text("138 Mbit/s")
    expect(page.locator("#freshness")).to_contain_text(re.compile("Live|s old"))
    expect(clusters(page).first).to_be_visible()


def test_it_shows_text_from_outside_as_text(site: Site, open_map: OpenMap) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    site.send([joining(BERLIN, hostile, userAgent=hostile)])
    page = open_map("/#6/52.5/13.4")
    page.locator(SINGLES).click()
    expect(page.locator(".popup-body").get_by_role("heading")).to_have_text(hostile)
    expect(facet(page, "streamKey").locator(".row-name")).to_have_text(hostile)
    assert page.locator("img[src=x]").count() == 0


def test_it_hides_other_accounts(site: Site, open_map: OpenMap) -> None:
    other = make_site(site.base_url, "globex")
    other.send([joining(BERLIN, "secret") for _ in range(3)])
    site.send([joining(PARIS, "ours")])
    page = open_map("/")
    expect(total(page)).to_have_text("1")
    expect(facet(page, "streamKey").locator(".row-name")).to_have_text(["ours"])


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
    expect(page.locator("#freshness")).to_contain_text(re.compile("Offline, retrying in . s"), timeout=SOON)
    expect(total(page)).to_have_text("2")
    expect(page.locator("#total-label")).to_contain_text("viewers at ")
    page.unroute("**/api/cluster/**")
    expect(page.locator("#freshness")).to_contain_text(re.compile("Live|s old"), timeout=SOON)
    # The browser itself reports each request that failed.
    assert all("ERR_FAILED" in complaint for complaint in complaints)
    complaints.clear()


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


def test_it_says_since_when_there_is_no_worker(site: Site, open_map: OpenMap) -> None:
    site.send([joining(PARIS)])
    page = open_map("/")
    # As long after the last snapshot as it takes for an outage.
    page.clock.install()
    page.clock.fast_forward(70_000)
    expect(page.locator("#freshness")).to_contain_text(re.compile(r"No worker since \d\d:\d\d"), timeout=SOON)
    expect(page.locator("#total-label")).to_contain_text("viewers at ")


def test_it_shows_what_is_on_the_air_and_the_last_hour(site: Site, open_map: OpenMap) -> None:
    publishing = {"type": "publish.start", "connectionId": "camera", "streamKey": "main"}
    site.send([publishing, *(joining(PARIS, healthScore=score) for score in (60, 70))])
    page = open_map("/")
    expect(page.locator("#total-live")).to_have_text("1")
    expect(page.locator("#total-health")).to_have_text("65")
    expect(page.locator("#total-streams")).to_have_text("1 stream watched")
    curve = page.locator("#sparkline").get_by_role("img", name=re.compile("The last hour: at most"))
    expect(curve).to_be_visible()


def test_it_is_calm_when_analytics_are_away(
    site: Site, page: Page, open_map: OpenMap, complaints: list[str]
) -> None:
    page.route("**/api/analytics/**", lambda route: route.fulfill(status=503, body="down"))
    site.send([joining(PARIS)])
    open_map("/")
    expect(facet(page, "streamKey")).to_have_count(1)
    expect(page.locator("#total-live")).to_have_text("–")
    expect(page.locator("#sparkline")).to_be_hidden()
    expect(page.locator("#freshness")).to_contain_text(re.compile("Live|s old"))
    assert all("503" in complaint for complaint in complaints)
    complaints.clear()


def test_it_weighs_little(site: Site, open_map: OpenMap, page: Page) -> None:
    """350 KB compressed, basemap and all: the budget of the first visit."""
    site.send([joining(at) for at in islice(spread(BERLIN, 3), 60)])
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    open_map("/")
    page.wait_for_selector(".country-labels", state="attached")
    expect(facet(page, "streamKey")).to_have_count(1)
    bodies = {answer.url: answer.body() for answer in answers if answer.status == 200}
    assert any("countries-50m" in url for url in bodies)
    assert sum(len(gzip.compress(body, 9)) for body in bodies.values()) < 350_000
