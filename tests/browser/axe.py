"""What axe-core finds wrong with a page, of that which keeps people out."""

from typing import Any

from playwright.sync_api import Page

from tests.npm import AXE, installed


def violations(page: Page) -> list[str]:
    """The serious and critical ones, with where they are."""
    page.evaluate((installed(AXE) / "axe.min.js").read_text())
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(result => result.violations)")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
