"""Where the map page shows what."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page

OpenMap = Callable[[str], Page]

CLUSTERS = ".leaflet-marker-pane .face.cluster:not(.leaving)"
SINGLES = ".leaflet-marker-pane .face.dot:not(.leaving)"
# Enough for two rounds of the page's own refresh on a busy machine.
SOON = 15_000


def clusters(page: Page) -> Locator:
    return page.locator(CLUSTERS)


def total(page: Page) -> Locator:
    return page.locator("#total-viewers")


def facet(page: Page, name: str) -> Locator:
    """The rows of one list of the side panel."""
    return page.locator(f"[data-facet={name}] .row")
