"""The live map on a wall: nothing to click, a big number, a round that goes on by itself."""

import re

from playwright.sync_api import Page, expect

from tests.browser.audience import BERLIN, PARIS, joining
from tests.browser.conftest import Site
from tests.browser.marks import SOON, OpenMap, clusters, total

SYDNEY = (-33.87, 151.21)


def test_it_shows_no_chrome(site: Site, open_map: OpenMap) -> None:
    site.send([joining(PARIS) for _ in range(3)])
    page = open_map("/?wall=1&cycle=none")
    expect(total(page)).to_be_visible()
    expect(page.locator("#freshness")).to_contain_text(re.compile("Live|s old"))
    for hidden in (".header", "#panel", ".bar-tools", ".leaflet-control-zoom", "#whole-world", "#connect"):
        expect(page.locator(hidden)).to_be_hidden()
    large = total(page).evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert large > 80


def test_it_goes_round_the_streams(site: Site, page: Page, open_map: OpenMap) -> None:
    site.send([joining(BERLIN, "concert") for _ in range(4)] + [joining(PARIS, "news") for _ in range(2)])
    open_map("/?wall=1&every=5")
    title = page.locator("#wall-title")
    expect(title).to_have_text("All streams", timeout=SOON)
    expect(total(page)).to_have_text("6")
    expect(title).to_have_text("concert", timeout=SOON)
    expect(total(page)).to_have_text("4")
    expect(title).to_have_text("news", timeout=SOON)
    expect(total(page)).to_have_text("2")
    expect(title).to_have_text("All streams", timeout=SOON)
    # The address still says what the wall was told to show.
    assert "stream=" not in page.url


def test_it_goes_round_the_regions(site: Site, open_map: OpenMap) -> None:
    site.send([joining(PARIS) for _ in range(3)] + [joining(SYDNEY) for _ in range(2)])
    page = open_map("/?wall=1&cycle=regions&every=5")
    expect(page.locator("#wall-title")).to_have_text("World", timeout=SOON)
    expect(page.locator("#wall-here")).to_have_text("5 viewers in view")
    expect(page.locator("#wall-title")).to_have_text("Europe", timeout=SOON)
    expect(page.locator("#wall-here")).to_have_text("3 viewers in view", timeout=SOON)
    expect(total(page)).to_have_text("5")


def test_it_keeps_the_screen_awake_and_hides_the_pointer(page: Page, open_map: OpenMap) -> None:
    page.add_init_script("""
        window.locks = [];
        Object.defineProperty(navigator, "wakeLock", {
            value: { request: async (kind) => window.locks.push(kind) },
        });
    """)
    open_map("/?wall=1")
    expect(page.locator("body")).to_have_attribute("data-idle", "yes", timeout=SOON)
    assert page.evaluate("window.locks") == ["screen"]
    assert page.locator("#map").evaluate("element => getComputedStyle(element).cursor") == "none"
    page.mouse.move(300, 300)
    expect(page.locator("body")).not_to_have_attribute("data-idle", "yes")


def test_it_reconnects_by_itself(site: Site, open_map: OpenMap, complaints: list[str]) -> None:
    site.send([joining(PARIS) for _ in range(3)])
    page = open_map("/?wall=1&cycle=none")
    page.route("**/api/**", lambda route: route.fulfill(status=502, body="gone"))
    expect(page.locator("#freshness")).to_contain_text("Offline", timeout=SOON)
    page.unroute("**/api/**")
    site.send([joining(PARIS)])
    expect(total(page)).to_have_text("4", timeout=40_000)
    assert all("502" in complaint for complaint in complaints)
    complaints.clear()


def test_it_leaves_nothing_behind_over_many_rounds(site: Site, page: Page, open_map: OpenMap) -> None:
    """Elements and listeners after a hundred more changes of what is shown are as many as before."""
    site.send([joining(BERLIN, "concert") for _ in range(4)] + [joining(PARIS, "news") for _ in range(2)])
    page.clock.install()
    open_map("/?wall=1&every=5")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")

    def after(rounds: int) -> dict[str, float]:
        for _ in range(rounds):
            page.clock.run_for(5_100)
            page.wait_for_timeout(60)
        expect(clusters(page).first).to_be_visible()
        devtools.send("HeapProfiler.collectGarbage")
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] for each in metrics}

    first, last = after(12), after(60)
    assert last["Nodes"] < first["Nodes"] + 300
    assert last["JSEventListeners"] < first["JSEventListeners"] + 60


def test_it_loads_itself_anew_twice_a_day(site: Site, page: Page, open_map: OpenMap) -> None:
    site.send([joining(PARIS)])
    page.clock.install()
    open_map("/?wall=1&cycle=none")
    page.evaluate("window.before = true")
    page.clock.fast_forward("11:59:00")
    site.send([joining(PARIS)])
    page.clock.run_for(5_000)
    expect(total(page)).to_have_text("2", timeout=SOON)
    assert page.evaluate("window.before")
    page.clock.fast_forward("01:00")
    site.send([joining(PARIS)])
    with page.expect_event("load"):
        page.clock.run_for(5_000)
    assert page.evaluate("window.before") is None
