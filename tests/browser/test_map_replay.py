"""Replay: the map as it was."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from accounts.clock import now_ms
from analytics import peaks
from analytics.replay import frames
from tests.browser.audience import BERLIN, PARIS, joining
from tests.browser.conftest import Site
from tests.browser.marks import SOON, OpenMap, clusters, total

MINUTE = 60_000
STEP = 5 * MINUTE


@pytest.fixture
def past(site: Site) -> int:
    """Six in Berlin two hours ago, for an hour; three in Paris since half past. When it began."""
    began = now_ms() // STEP * STEP - 120 * MINUTE
    site.app.sources.update(interval_s=3600)
    berlin = [joining(BERLIN, "concert", at=began) for _ in range(6)]
    paris = [joining(PARIS, "news", at=began + 30 * MINUTE) for _ in range(3)]
    ends = [{**event, "type": "view.stop", "at": began + 60 * MINUTE} for event in berlin]
    site.send(berlin + paris)
    site.send(ends)
    peaks.fill(now_ms())
    frames.fill(now_ms())
    return began


def moment_of(page: Page) -> int:
    (at,) = parse_qs(urlsplit(page.url).query)["at"]
    return int(at)


def test_it_shows_a_moment_of_the_past(past: int, open_map: OpenMap) -> None:
    page = open_map(f"/?at={past + 40 * MINUTE}#5/50/8")
    expect(page.locator("#freshness")).to_contain_text("Replay: ", timeout=SOON)
    expect(total(page)).to_have_text("9")
    expect(page.locator("#total-label")).to_have_text("viewers then")
    expect(clusters(page).filter(has_text="6")).to_be_visible()
    page.get_by_role("button", name="Back to live").click()
    expect(total(page)).to_have_text("3", timeout=SOON)
    expect(page.locator("#total-label")).to_have_text("viewers now")
    expect(page.locator("#replay")).to_be_hidden()
    assert "at=" not in page.url


def test_it_is_moved_by_the_keyboard(past: int, open_map: OpenMap) -> None:
    page = open_map(f"/?at={past + 40 * MINUTE}")
    expect(total(page)).to_have_text("9", timeout=SOON)
    slider = page.get_by_role("slider", name="Moment")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    expect(total(page)).to_have_text("6", timeout=SOON)
    assert moment_of(page) == past + 20 * MINUTE
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"\d\d:\d\d"))
    page.keyboard.press("End")
    expect(total(page)).to_have_text("3", timeout=SOON)


def test_it_is_dragged_to_a_moment(past: int, open_map: OpenMap) -> None:
    page = open_map(f"/?from={past}&to={past + 100 * MINUTE}")
    timeline = page.locator("#replay-at")
    expect(timeline).to_be_enabled(timeout=SOON)
    box = timeline.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 12, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, middle, steps=5)
    page.mouse.up()
    expect(total(page)).to_have_text("9", timeout=SOON)
    assert abs(moment_of(page) - (past + 40 * MINUTE)) <= STEP


def test_it_plays_and_pauses(past: int, open_map: OpenMap) -> None:
    page = open_map(f"/?from={past}&to={past + 100 * MINUTE}&at={past + 5 * MINUTE}")
    expect(total(page)).to_have_text("6", timeout=SOON)
    page.get_by_role("button", name="600×").click()
    page.get_by_role("button", name="Play", exact=True).click()
    # 600 times as fast, half an hour takes three seconds.
    expect(total(page)).to_have_text("9", timeout=SOON)
    page.get_by_role("button", name="Pause").click()
    stopped = moment_of(page)
    page.wait_for_timeout(1_200)
    assert moment_of(page) == stopped


def test_it_fetches_the_next_moment_before_it_is_shown(past: int, open_map: OpenMap) -> None:
    page = open_map(f"/?at={past + 5 * MINUTE}")
    expect(total(page)).to_have_text("6", timeout=SOON)
    with page.expect_request(lambda request: f"at={past + 10 * MINUTE}" in request.url):
        page.get_by_role("button", name="Play", exact=True).click()
    assert moment_of(page) == past + 5 * MINUTE


def test_it_opens_any_past_window(past: int, open_map: OpenMap) -> None:
    page = open_map(f"/?from={past + STEP}&to={past + 20 * MINUTE}")
    expect(total(page)).to_have_text("6", timeout=SOON)
    slider = page.get_by_role("slider", name="Moment")
    expect(slider).to_have_attribute("min", str(past + STEP))
    expect(slider).to_have_attribute("max", str(past + 20 * MINUTE))


def test_it_applies_no_filters_and_says_so(past: int, open_map: OpenMap) -> None:
    page = open_map("/?stream=news")
    expect(total(page)).to_have_text("3")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("Replay shows all streams")).to_be_visible()
    slider = page.get_by_role("slider", name="Moment")
    expect(slider).to_be_enabled(timeout=SOON)
    slider.evaluate(
        "(element, at) => { element.value = at; element.dispatchEvent(new Event('input')) }",
        past + STEP,
    )
    expect(total(page)).to_have_text("6", timeout=SOON)
    assert page.locator("#panel").evaluate("panel => panel.inert")
    page.get_by_role("button", name="Back to live").click()
    expect(total(page)).to_have_text("3", timeout=SOON)
    expect(page.locator(".chip")).to_have_count(1)


def test_it_says_so_where_there_is_no_past(site: Site, open_map: OpenMap) -> None:
    page = open_map("/")
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#replay-note")).to_contain_text("There is no past yet")
    page.get_by_role("button", name="Back to live").click()
    expect(page.locator("#freshness")).to_contain_text(re.compile("Live|s old"), timeout=SOON)
