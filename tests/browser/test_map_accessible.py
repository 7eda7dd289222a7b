"""What axe-core says of the live map, state by state."""

import re
from collections.abc import Callable
from itertools import islice
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.audience import BERLIN, PARIS, joining, spread
from tests.browser.axe import violations
from tests.browser.conftest import Site
from tests.browser.marks import CLUSTERS, SOON, OpenMap, clusters, facet

Scheme = Literal["dark", "light"]


def open_panel(page: Page) -> None:
    expect(facet(page, "streamKey").first).to_be_visible()
    facet(page, "streamKey").first.click()
    expect(page.locator(".chip")).to_be_visible()


def open_list(page: Page) -> None:
    page.locator(f"{CLUSTERS}.stacked").click()
    expect(page.locator(".session").first).to_be_visible()


def open_viewer(page: Page) -> None:
    open_list(page)
    page.locator(".session").first.click()
    expect(page.locator(".facts")).to_be_visible()


def open_replay(page: Page) -> None:
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#replay-note")).to_contain_text("There is no past yet")


STATES: list[tuple[str, Callable[[Page], None]]] = [
    ("/#5/48.8/2.3", open_panel),
    ("/#5/48.8/2.3", open_list),
    ("/#5/48.8/2.3", open_viewer),
    ("/", open_replay),
    ("/?wall=1", lambda page: expect(page.locator("#wall-title")).not_to_be_empty(timeout=SOON)),
    ("/?stream=stream-1&country=FR", lambda page: expect(page.locator("#nobody")).to_be_visible()),
]


def audience(site: Site) -> None:
    site.send([joining(PARIS, f"stream-{number % 3}", healthScore=30 * (number % 4)) for number in range(12)])
    site.send([joining(at) for at in islice(spread(BERLIN, 2), 20)])


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize(("address", "act"), STATES)
def test_it_keeps_nobody_out(
    address: str, act: Callable[[Page], None], scheme: Scheme, site: Site, page: Page, open_map: OpenMap
) -> None:
    audience(site)
    page.emulate_media(color_scheme=scheme)
    open_map(address)
    act(page)
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_keeps_nobody_out_on_a_phone(scheme: Scheme, site: Site, page: Page, open_map: OpenMap) -> None:
    audience(site)
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    open_map("/")
    expect(clusters(page).first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name=re.compile("^Filters")).click()
    expect(facet(page, "country").first).to_be_visible()
    assert violations(page) == []
