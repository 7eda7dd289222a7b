"""Markers of the live map: how they come, go, split and are reached."""

import re
from contextlib import suppress
from itertools import islice

from playwright.sync_api import BrowserContext, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.audience import BERLIN, PARIS, SUVA, joining, leaving, spread
from tests.browser.conftest import Site
from tests.browser.marks import CLUSTERS, SINGLES, SOON, OpenMap, clusters, total


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


def test_it_shows_a_place_on_the_copy_of_the_world_in_view(site: Site, open_map: OpenMap) -> None:
    site.send([joining(SUVA) for _ in range(2)])
    page = open_map("/#5/-18/-181")
    expect(clusters(page)).to_be_in_viewport()


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


def test_it_flies_to_the_ground_of_a_cluster(site: Site, open_map: OpenMap) -> None:
    site.send([joining(at) for at in islice(spread(BERLIN, 0.2), 40)])
    page = open_map("/#4/50/10")
    expect(clusters(page)).to_have_text("40")
    clusters(page).click()
    expect(page).to_have_url(re.compile(r"#([7-9]|1\d)/5\d\.\d+/1\d\.\d+"))
    expect(page.locator(f"{CLUSTERS}, {SINGLES}").nth(2)).to_be_visible(timeout=SOON)


def zoom(page: Page, way: str, to: int) -> None:
    """One level; Leaflet takes no click while it still zooms."""
    page.get_by_role("button", name=f"Zoom {way}").click()
    expect(page).to_have_url(re.compile(rf"#{to}/"))
    expect(page.locator(".leaflet-zoom-anim")).to_have_count(0)


def test_it_lets_children_fly_out_of_their_parent(site: Site, page: Page, open_map: OpenMap) -> None:
    page.emulate_media(reduced_motion="no-preference")
    site.send([joining(at) for at in islice(spread(BERLIN, 0.5), 40)])
    open_map("/#4/50/10")
    expect(clusters(page)).to_have_count(1)
    page.evaluate("""() => {
        window.flights = [];
        const animate = Element.prototype.animate;
        Element.prototype.animate = function (frames, options) {
            const text = this.textContent;
            window.flights.push({ text, from: frames[0].translate ?? "", into: frames[1].translate ?? "" });
            return animate.call(this, frames, options);
        };
    }""")
    zoom(page, "in", 5)
    zoom(page, "in", 6)
    expect(clusters(page).nth(2)).to_be_visible(timeout=SOON)
    out = page.evaluate("window.flights.filter(({ from }) => from && from !== '0 0').length")
    assert out >= 2
    page.evaluate("window.flights.length = 0")
    zoom(page, "out", 5)
    zoom(page, "out", 4)
    expect(clusters(page)).to_have_count(1, timeout=SOON)
    assert page.evaluate("window.flights.some(({ into }) => into && into !== '0 0')")


def test_an_answer_during_a_zoom_is_asked_for_again(site: Site, page: Page, open_map: OpenMap) -> None:
    """It is not drawn, so that "nothing has changed since" would leave the markers of the view before."""
    site.send([joining(at) for at in islice(spread(BERLIN, 0.5), 40)])
    open_map("/#4/50/10")
    expect(clusters(page)).to_have_count(1)
    zoom(page, "in", 5)
    with page.expect_response("**/geolocation?*zoom=6*"):
        page.evaluate("""() => {
            const real = window.setTimeout; // Leaflet ends a zoom after 250 ms, or with the transition
            window.setTimeout = (run, ms, ...rest) => real(run, ms === 250 ? 1_500 : ms, ...rest);
            document.addEventListener("webkitTransitionEnd", (event) => event.stopPropagation(), true);
            const asker = new MutationObserver(() => {
                asker.disconnect();
                window.dispatchEvent(new Event("online")); // asks at once
            });
            asker.observe(document.querySelector(".leaflet-map-pane"), { attributeFilter: ["class"] });
            document.querySelector(".leaflet-control-zoom-in").click();
        }""")
        expect(page).to_have_url(re.compile("#5/"))
    expect(page).to_have_url(re.compile(r"#6/"))
    expect(clusters(page).nth(2)).to_be_visible(timeout=SOON)


def test_it_moves_nothing_for_who_wants_no_motion(site: Site, page: Page, open_map: OpenMap) -> None:
    site.send([joining(at) for at in islice(spread(BERLIN, 0.5), 40)])
    page.add_init_script("window.flights = 0; Element.prototype.animate = () => { window.flights += 1 };")
    open_map("/#4/50/10")
    zoom(page, "in", 5)
    zoom(page, "in", 6)
    expect(clusters(page).nth(2)).to_be_visible(timeout=SOON)
    assert page.evaluate("window.flights") == 0


def test_it_goes_from_the_largest_to_the_smallest_by_tab(site: Site, open_map: OpenMap) -> None:
    crowds = {(40.0, -3.0): 2, PARIS: 9, BERLIN: 5}
    site.send([joining(at) for at, count in crowds.items() for _ in range(count)])
    page = open_map("/#5/47/6")
    expect(clusters(page)).to_have_count(3)
    page.locator("#map").focus()
    reached = []
    for _ in crowds:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('aria-label')").split(",")[0])
    assert reached == ["9 viewers", "5 viewers", "2 viewers"]


def test_it_moves_by_the_arrows_also_from_a_marker(site: Site, open_map: OpenMap) -> None:
    site.send([joining(PARIS) for _ in range(3)])
    page = open_map("/#5/48.8/2.3")
    page.get_by_role("button", name=re.compile("^3 viewers")).focus()
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(re.compile("#5/48.8/2.3$"))
    expect(page).to_have_url(re.compile(r"#5/48\.\d+/[4-9]\.\d+"))
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("#6/"))


def test_it_tells_a_screen_reader_how_many_there_are(site: Site, open_map: OpenMap) -> None:
    site.send([joining(PARIS) for _ in range(3)])
    page = open_map("/")
    spoken = page.locator("#spoken-totals")
    expect(spoken).to_have_attribute("aria-live", "polite")
    expect(spoken).to_have_text("3 viewers now, 3 of them on the map")
    # Not over and over.
    site.send([joining(PARIS)])
    expect(total(page)).to_have_text("4", timeout=SOON)
    expect(spoken).to_have_text("3 viewers now, 3 of them on the map")


def test_it_is_zoomed_by_two_fingers(
    site: Site, context: BrowserContext, open_map: OpenMap, page: Page
) -> None:
    site.send([joining(PARIS)])
    page.set_viewport_size({"width": 390, "height": 844})
    open_map("/#4/48/2")
    client = context.new_cdp_session(page)
    client.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    page.reload()
    expect(total(page)).to_have_text(re.compile(r"\d"), timeout=SOON)
    for kind, apart in [("touchStart", 40), *(("touchMove", 40 + step) for step in range(0, 120, 12))]:
        fingers = [{"x": 195 + side * apart, "y": 520, "id": side + 1} for side in (-1, 1)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page).not_to_have_url(re.compile("#4/"), timeout=SOON)
