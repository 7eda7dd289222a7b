"""The map's dialog for putting one stream's map on a public page."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from playwright.sync_api import Page, expect

from accounts.models import EmbedLink
from tests.browser.audience import PARIS, joining
from tests.browser.conftest import Site
from tests.npm import AXE, installed

OpenMap = Callable[[str], Page]
SOON = 15_000


@pytest.fixture
def dialog(site: Site, open_map: OpenMap) -> Page:
    """The map of one stream, with the dialog open."""
    site.send([joining(PARIS, "concert") for _ in range(6)])
    page = open_map("/?stream=concert#4/48/2")
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Make a link")).to_be_visible(timeout=SOON)
    return page


class Frame(HTMLParser):
    """The attributes of the only tag of a text."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag, self.attributes = tag, dict(attrs)

    @classmethod
    def of(cls, text: str) -> dict[str, str | None]:
        frame = cls()
        frame.feed(text)
        assert frame.tag == "iframe"
        return frame.attributes


def make(page: Page, title: str = "") -> None:
    page.get_by_label("Title above the map").fill(title)
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_role("button", name="Revoke")).to_be_visible(timeout=SOON)
    # Where somebody without a mouse goes on from.
    assert page.evaluate("document.getElementById('share').contains(document.activeElement)")


def test_it_is_offered_once_a_stream_is_chosen(site: Site, open_map: OpenMap) -> None:
    site.send([joining(PARIS, "concert")])
    page = open_map("/")
    expect(page.get_by_role("button", name="Share")).to_be_hidden()
    page.goto("/?stream=concert")
    expect(page.get_by_role("button", name="Share")).to_be_visible(timeout=SOON)


def test_it_makes_a_link_that_opens_for_anybody(site: Site, dialog: Page) -> None:
    make(dialog, "Sunday service")
    address = dialog.locator("#share-address-1").text_content()
    assert address
    assert re.fullmatch(rf"{re.escape(site.base_url)}/embed/[\w.-]+", address)
    stranger = dialog.context.browser
    assert stranger
    context = stranger.new_context()
    shown = context.new_page()
    shown.goto(address)
    expect(shown.locator("#embed-count")).to_have_text("6", timeout=SOON)
    expect(shown).to_have_title("Sunday service")
    context.close()


def test_its_frame_is_copied_as_it_must_stand_in_a_page(site: Site, dialog: Page) -> None:
    title = 'Tom & "Jerry" <b>'
    make(dialog, title)
    copied = dialog.locator("#share-frame-1").text_content()
    assert copied
    frame = Frame.of(copied)
    assert (frame["title"], frame["src"]) == (title, dialog.locator("#share-address-1").text_content())
    dialog.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog.get_by_role("button", name="Copy").nth(1).click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert dialog.evaluate("navigator.clipboard.readText()") == copied


def test_it_revokes_a_link(site: Site, dialog: Page) -> None:
    make(dialog)
    dialog.get_by_role("button", name="Revoke").click()
    expect(dialog.get_by_text("There is no link to this stream yet.")).to_be_visible(timeout=SOON)
    assert EmbedLink.objects.get().revoked_at is not None


def test_it_leaves_the_map_as_it_was(site: Site, dialog: Page) -> None:
    before = dialog.url
    make(dialog)
    dialog.keyboard.press("Escape")
    expect(dialog.get_by_role("dialog")).to_be_hidden()
    expect(dialog.get_by_role("button", name="Share")).to_be_focused()
    assert dialog.url == before


def test_everybody_can_use_it(site: Site, dialog: Page) -> None:
    make(dialog, "Sunday service")
    dialog.evaluate((installed(AXE) / "axe.min.js").read_text())
    found = dialog.evaluate("axe.run('#share')")
    assert [item["id"] for item in found["violations"] if item["impact"] in {"serious", "critical"}] == []
