"""The pages of analytics for those who do not see them, or not as they were drawn."""

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from analytics.models import Livestream, LivestreamSession
from tests.browser.axe import violations
from tests.browser.broadcasts import WEEKEND, two_livestreams
from tests.browser.conftest import Site

OpenAnalytics = Callable[[str], Page]


def addresses() -> list[str]:
    livestream = Livestream.objects.get(stream_key="news")
    session = LivestreamSession.objects.filter(livestream=livestream).earliest("started_ms")
    return [
        f"/analytics?{WEEKEND}",
        f"/analytics/livestreams/{livestream.pk.hex}?{WEEKEND}",
        f"/analytics/sessions/{session.pk.hex}",
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_it_keeps_nobody_out(
    theme: Literal["dark", "light"], site: Site, page: Page, open_analytics: OpenAnalytics
) -> None:
    two_livestreams(site)
    page.emulate_media(color_scheme=theme)
    for address in addresses():
        open_analytics(address)
        for summary in page.locator("main details > summary:visible").all():
            summary.click()
        assert violations(page) == []


def test_it_keeps_nobody_out_of_empty_pages(site: Site, page: Page, open_analytics: OpenAnalytics) -> None:
    open_analytics("/analytics")
    assert violations(page) == []
    two_livestreams(site)
    open_analytics("/analytics?start=2025-01-01T00:00:00Z&end=2025-01-02T00:00:00Z")
    assert violations(page) == []


def test_it_prints_without_what_only_a_screen_can_use(site: Site, open_analytics: OpenAnalytics) -> None:
    two_livestreams(site)
    page = open_analytics(addresses()[0])
    page.emulate_media(media="print")
    expect(page.locator("#range")).to_be_hidden()
    expect(page.get_by_role("link", name="CSV")).to_have_count(0)
    expect(page.locator("#curve-plot canvas")).to_be_visible()
    expect(page.locator("#days-table")).to_be_visible()
