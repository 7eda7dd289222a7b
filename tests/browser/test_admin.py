"""The admin in a real browser: overview, search, a session's end, a token's one showing."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.authentication import find_token
from accounts.clock import now_ms
from accounts.models import Source
from analytics.models import ViewInterval
from tests.browser.conftest import Event, Site
from tests.npm import AXE, installed
from viewers.models import ViewerSession

LIVE = "/admin/viewers/viewersession/"


def event(connection: str, **fields: object) -> Event:
    return {
        "type": "view.update",
        "connectionId": connection,
        "streamKey": "match",
        "ip": "81.2.69.142",
        "healthScore": 66,
        "outBandwidth": 450_000,
        **fields,
    }


@pytest.fixture
def admin(page: Page, site: Site) -> Page:
    """Logged in as a superuser, where two viewers are live and one has left."""
    root = User.objects.create_superuser("root")
    client = Client()
    client.force_login(root)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site.base_url}])
    site.send([event("v_one"), event("v_two"), event("w_left"), event("w_left", type="view.stop")])
    return page


def violations(page: Page, complaints: list[str]) -> list[str]:
    """What axe-core finds that is serious or worse: rule and place."""
    assert complaints == []
    page.evaluate((installed(AXE) / "axe.min.js").read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    # axe tries styles that the policy forbids.
    complaints.clear()
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


def test_it_begins_with_the_figures(admin: Page) -> None:
    admin.goto("/admin/")
    expect(admin.locator(".tiles > div").first).to_contain_text("2")
    expect(admin.get_by_role("heading", name="Sources")).to_be_visible()
    expect(admin.locator(".findings > div")).to_have_count(10)


def test_it_finds_from_the_head_of_a_page(admin: Page) -> None:
    admin.goto("/admin/accounts/app/")
    admin.get_by_role("searchbox", name="Find a viewer or a stream").fill("w_")
    admin.keyboard.press("Enter")
    expect(admin.get_by_role("heading", name="Past viewings")).to_be_visible()
    admin.get_by_role("link", name="w_left").click()
    expect(admin.locator(".verdict")).to_contain_text("It is over: said it stopped.")


def test_it_ends_a_session_from_its_page(admin: Page) -> None:
    session = ViewerSession.objects.get(connection_id="v_one")
    admin.goto(f"{LIVE}{session.pk}/change/")
    admin.get_by_role("button", name="End this session…").click()
    expect(admin.get_by_text("This cuts nobody off")).to_be_visible()
    admin.get_by_role("button", name="End this session").click()
    expect(admin.get_by_role("heading", name="Past viewing v_one")).to_be_visible()
    expect(admin.locator(".story li.ended")).to_contain_text("Ended by root, an operator")
    assert ViewInterval.objects.filter(connection=session.pk).exists()


def test_it_ends_all_of_a_page(admin: Page) -> None:
    admin.goto(LIVE)
    admin.get_by_label("All on this page").check()
    admin.get_by_label("Select v_two").uncheck()
    assert admin.get_by_label("All on this page").evaluate("box => box.indeterminate")
    admin.get_by_label("Select v_two").check()
    admin.get_by_role("button", name="End the selected sessions…").click()
    admin.get_by_role("button", name="End 2 sessions").click()
    expect(admin.get_by_text("2 sessions are ended, as of now.")).to_be_visible()
    assert not ViewerSession.objects.exists()


def test_it_lets_a_session_be(admin: Page) -> None:
    admin.goto(LIVE)
    admin.get_by_label("Select v_one").check()
    admin.get_by_role("button", name="End the selected sessions…").click()
    admin.get_by_role("link", name="Let it be").click()
    expect(admin.get_by_role("heading", name="Live session v_one")).to_be_visible()
    assert ViewerSession.objects.count() == 2


def make_token(page: Page) -> str:
    page.goto("/admin/accounts/apitoken/add/")
    page.get_by_label("Name").fill("a camera")
    page.get_by_label("Account", exact=False).first.select_option(index=1)
    page.locator("#id_app").select_option(index=1)
    page.locator("#id_source").select_option(index=1)
    for scope in ("read", "ingest", "beacon"):
        page.locator(f"input[name=scopes][value={scope}]").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Copy this token now")).to_be_visible()
    return page.locator("#new-token-secret").inner_text()


def test_it_shows_a_token_once_and_copies_it(admin: Page) -> None:
    admin.context.grant_permissions(["clipboard-read", "clipboard-write"])
    secret = make_token(admin)
    admin.get_by_role("button", name="Copy", exact=True).click()
    expect(admin.get_by_role("button", name="Copied")).to_be_visible()
    assert admin.evaluate("navigator.clipboard.readText()") == secret
    admin.get_by_role("button", name="Copy: Send an event").click()
    assert f'-H "Authorization: Bearer {secret}"' in admin.evaluate("navigator.clipboard.readText()")
    admin.get_by_role("link", name="I have copied it").click()
    expect(admin.get_by_role("link", name="a camera")).to_be_visible()
    assert secret not in admin.content()
    assert find_token(secret) is not None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_open_to_everybody(admin: Page, scheme: str, complaints: list[str]) -> None:
    admin.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    session = ViewerSession.objects.get(connection_id="v_one")
    past = ViewInterval.objects.get()
    Source.objects.update(last_event_ms=now_ms() - 9_000_000)
    found = {}
    for url in (
        "/admin/",
        LIVE,
        f"{LIVE}{session.pk}/change/",
        f"/admin/analytics/viewinterval/{past.pk}/change/",
        "/admin/find?q=match",
        "/admin/find?q=nobody",
    ):
        admin.goto(url)
        found[url] = violations(admin, complaints)
    make_token(admin)
    found["token"] = violations(admin, complaints)
    assert [f"{url} {each}" for url, listed in found.items() for each in listed] == []


@pytest.mark.parametrize("url", ["/admin/", LIVE, "/admin/find?q=match", "/admin/accounts/apitoken/add/"])
def test_it_fits_a_phone(admin: Page, url: str) -> None:
    admin.set_viewport_size({"width": 390, "height": 844})
    admin.goto(url)
    assert admin.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("width", [1440, 1000, 390])
def test_a_long_name_lies_under_nothing(site: Site, admin: Page, width: int) -> None:
    site.send([event("v_" + 126 * "x")])
    session = ViewerSession.objects.get(connection_id__startswith="v_x")
    admin.set_viewport_size({"width": width, "height": 844})
    admin.goto(f"{LIVE}{session.pk}/change/")
    title = admin.get_by_role("heading", name="Live session v_x").bounding_box()
    tools = admin.locator(".object-tools").bounding_box()
    assert title
    assert tools
    assert title["x"] + title["width"] <= width
    assert title["y"] + title["height"] <= tools["y"]


def test_it_switches_between_dark_and_light(admin: Page) -> None:
    admin.goto("/admin/")
    shade = "getComputedStyle(document.body).backgroundColor"
    seen = set()
    for _ in range(3):
        seen.add(admin.evaluate(shade))
        admin.locator(".theme-toggle:visible").first.click()
    assert len(seen) == 2
    assert re.fullmatch(r"auto|light|dark", admin.locator("html").get_attribute("data-theme") or "")
