"""A stream's map in a frame of another site, in a real browser."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Frame, FrameLocator, Page, expect

from accounts import embeds
from accounts.clock import now_ms
from accounts.models import EmbedLink
from tests.browser.audience import BERLIN, PARIS, SUVA, joining, spread
from tests.browser.conftest import Site
from tests.npm import AXE, installed
from viewers import snapshot

CLUSTERS = ".leaflet-marker-pane .face.cluster:not(.leaving)"
SINGLES = ".leaflet-marker-pane .face.dot"
SOON = 20_000
KEY = "s3cret-stream-key"

Open = Callable[..., FrameLocator]


class OtherSite:
    """A page of somebody else's, on an origin of its own, with a frame in it."""

    def __init__(self) -> None:
        self.frame = ""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/" else 204)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                page = (
                    f'<!doctype html><html lang="en"><title>Theirs</title><h1>Theirs</h1>{site.frame}</html>'
                )
                self.wfile.write(page.encode() if self.path == "/" else b"")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def other_site() -> Iterator[OtherSite]:
    site = OtherSite()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def link(site: Site) -> EmbedLink:
    return embeds.make(site.app, KEY, "Sunday service", None)


@pytest.fixture
def visitor(browser: Browser, site: Site, other_site: OtherSite) -> Iterator[Page]:
    """Somebody without a login whose browser keeps no cookies of frames. Fails the test when the page wrote
    an error, asked anybody else for anything, or left a cookie.
    """
    context = browser.new_context(viewport={"width": 900, "height": 700}, reduced_motion="reduce")
    hosts: set[str] = set()
    complaints: list[str] = []

    def notice(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page = context.new_page()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("console", notice)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert context.cookies() == []
    context.close()
    assert hosts <= {urlsplit(site.base_url).netloc, urlsplit(other_site.url).netloc}
    # Chromium tells of the 404 of a link that was revoked on purpose.
    assert [text for text in complaints if "404" not in text] == []


@pytest.fixture
def open_frame(visitor: Page, site: Site, other_site: OtherSite, link: EmbedLink) -> Open:
    def open_at(width: int = 640, height: int = 400, query: str = "") -> FrameLocator:
        address = f"{site.base_url}/embed/{embeds.signed(link)}{query}"
        other_site.frame = (
            f'<iframe src="{address}" title="Live viewers" width="{width}" height="{height}"></iframe>'
        )
        visitor.goto(other_site.url)
        return visitor.frame_locator("iframe")

    return open_at


def inner(page: Page) -> Frame:
    return page.frames[1]


def crowd(site: Site) -> None:
    """Thirty in Berlin, twelve in Paris, four in Suva and one on a ship."""
    berlin = [joining(at, KEY) for at in islice(spread(BERLIN, 0.001), 30)]
    paris = [joining(PARIS, KEY) for _ in range(12)]
    few = [joining(SUVA, KEY) for _ in range(4)] + [joining((10.0, -40.0), KEY)]
    others = [joining(PARIS, "another") for _ in range(9)]
    site.send([*berlin, *paris, *few, *others])


def test_it_shows_clusters_in_another_sites_frame(site: Site, open_frame: Open, visitor: Page) -> None:
    crowd(site)
    frame = open_frame()
    expect(frame.locator("#embed-count")).to_have_text("47", timeout=SOON)
    expect(frame.locator(CLUSTERS)).to_have_text(["30", "12"], timeout=SOON)
    expect(frame.get_by_text("Sunday service").last).to_be_visible()
    expect(frame.get_by_role("link", name="IP Geolocation by DB-IP")).to_be_visible()
    assert KEY not in inner(visitor).content()


def test_it_never_shows_a_few(site: Site, open_frame: Open, visitor: Page) -> None:
    crowd(site)
    told: list[dict[str, Any]] = []
    visitor.on(
        "response",
        lambda answer: told.append(answer.json()) if "/markers" in answer.url and answer.ok else None,
    )
    frame = open_frame()
    expect(frame.locator(CLUSTERS)).to_have_count(2, timeout=SOON)
    for _ in range(8):
        with visitor.expect_response(lambda answer: "/markers" in answer.url):
            frame.get_by_role("button", name="Zoom out").click()
            frame.get_by_role("button", name="Zoom in").click()
            frame.get_by_role("button", name="Zoom in").click()
        visitor.wait_for_timeout(300)
        if "leaflet-disabled" in (frame.get_by_role("button", name="Zoom in").get_attribute("class") or ""):
            break
    assert frame.locator(SINGLES).count() == 0
    counts = [marker["data"]["count"] for body in told for marker in body["data"]["markers"]]
    assert counts
    assert set(counts) <= {30, 12, 42}


def test_a_click_goes_nearer_and_lists_nobody(site: Site, open_frame: Open, visitor: Page) -> None:
    crowd(site)
    frame = open_frame()
    with visitor.expect_response(
        lambda answer: "/markers" in answer.url and "zoom=6" in answer.url, timeout=SOON
    ):
        frame.locator(CLUSTERS).first.click()
    visitor.wait_for_timeout(500)
    assert frame.locator(".leaflet-popup").count() == 0
    assert frame.locator(CLUSTERS).first.text_content() in {"30", "12"}


def test_it_says_fewer_than_five(site: Site, open_frame: Open) -> None:
    site.send([joining(PARIS, KEY) for _ in range(4)])
    frame = open_frame()
    expect(frame.locator("#embed-count")).to_have_text("Fewer than 5", timeout=SOON)
    expect(frame.locator("#freshness")).to_contain_text("Live")
    assert frame.locator(CLUSTERS).count() == 0


def test_it_follows_who_comes(site: Site, open_frame: Open) -> None:
    site.send([joining(PARIS, KEY) for _ in range(5)])
    frame = open_frame()
    expect(frame.locator(CLUSTERS)).to_have_text(["5"], timeout=SOON)
    site.send([joining(PARIS, KEY) for _ in range(3)])
    expect(frame.locator(CLUSTERS)).to_have_text(["8"], timeout=SOON)


def test_it_says_when_its_figures_are_no_longer_of_now(site: Site, open_frame: Open) -> None:
    site.send([joining(PARIS, KEY) for _ in range(5)])
    old = snapshot.build(connection, now_ms() - 3_600_000)
    snapshot.write(old, settings.SNAPSHOT_DIR)
    frame = open_frame()
    expect(frame.locator("#embed-label")).to_have_text(re.compile(r"viewers at \d\d:\d\d"), timeout=SOON)
    expect(frame.locator("#freshness")).to_have_attribute("data-tone", "off")


def test_a_link_that_is_revoked_goes_from_the_page(site: Site, open_frame: Open, visitor: Page) -> None:
    crowd(site)
    frame = open_frame()
    expect(frame.locator(CLUSTERS)).to_have_count(2, timeout=SOON)
    embeds.revoke(EmbedLink.objects.all(), timezone.now())
    expect(frame.get_by_role("heading", name="This map is no longer shown")).to_be_visible(timeout=SOON)
    with visitor.expect_response(lambda answer: "/embed/" in answer.url) as answered:
        visitor.reload()
    assert answered.value.status == 404
    expect(frame.get_by_role("heading", name="This map is no longer shown")).to_be_visible()


def test_it_fits_into_the_smallest_frame(site: Site, open_frame: Open, visitor: Page) -> None:
    crowd(site)
    frame = open_frame(320, 240)
    expect(frame.locator("#embed-count")).to_have_text("47", timeout=SOON)
    boxes = [
        frame.locator(selector).bounding_box()
        for selector in (".embed-figures", ".map-corner", ".embed-mark", ".leaflet-control-zoom")
    ]
    around = visitor.locator("iframe").bounding_box()
    assert around
    for box in boxes:
        assert box
        assert box["x"] >= around["x"]
        assert box["x"] + box["width"] <= around["x"] + around["width"] + 3
        assert box["y"] + box["height"] <= around["y"] + around["height"] + 3
    for one, other in ((a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :]):
        assert one
        assert other
        apart = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
        above = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
        assert apart or above
    assert not inner(visitor).evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize(
    ("query", "system", "background"),
    [
        ("?theme=dark", "light", "rgb(10, 17, 27)"),
        ("?theme=light", "dark", "rgb(238, 242, 246)"),
        ("", "dark", "rgb(10, 17, 27)"),
    ],
)
def test_it_takes_the_theme_of_the_address_or_the_system(
    site: Site, open_frame: Open, visitor: Page, query: str, system: Any, background: str
) -> None:
    visitor.emulate_media(color_scheme=system)
    frame = open_frame(query=query)
    # Whoever runs the server may have chosen another one for the pages of their own.
    inner(visitor).evaluate("localStorage.setItem('theme', 'light')")
    expect(frame.locator("html")).to_have_css("background-color", background)


@pytest.mark.parametrize("state", ["map", "gone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_everybody_can_use_it(site: Site, open_frame: Open, visitor: Page, theme: str, state: str) -> None:
    axe = installed(AXE) / "axe.min.js"
    crowd(site)
    if state == "gone":
        embeds.revoke(EmbedLink.objects.all(), timezone.now())
    frame = open_frame(query=f"?theme={theme}")
    if state == "map":
        expect(frame.locator(CLUSTERS)).to_have_count(2, timeout=SOON)
    else:
        expect(frame.get_by_role("heading")).to_be_visible()
    inside = inner(visitor)
    inside.evaluate(axe.read_text())
    found = inside.evaluate("axe.run(document)")
    serious = [item for item in found["violations"] if item["impact"] in {"serious", "critical"}]
    assert serious == [], json.dumps(serious, indent=1)[:3000]


def test_its_keyboard_reaches_the_clusters(site: Site, open_frame: Open) -> None:
    crowd(site)
    frame = open_frame()
    expect(frame.locator(CLUSTERS)).to_have_count(2, timeout=SOON)
    names = frame.locator(".leaflet-marker-pane .pin").evaluate_all(
        "pins => pins.map(pin => [pin.getAttribute('aria-label'), pin.tabIndex])"
    )
    assert sorted(names) == [["12 viewers", 0], ["30 viewers", 0]]
