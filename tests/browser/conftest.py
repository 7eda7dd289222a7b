"""A real browser on the real pages, over the server, database and snapshot that the project runs on."""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from accounts.clock import now_ms
from accounts.models import Account, ApiToken, App, Membership, Scope, Source
from tests.browser.under_way import UnderWay
from tests.conftest import requires
from viewers import snapshot

PASSWORD = "a-good-long-password"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
WALL: ViewportSize = {"width": 1440, "height": 900}

# Playwright's loop runs in the test's own thread, where Django would refuse to touch the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

Event = Mapping[str, Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = requires("chromium", "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@dataclass
class Site:
    """One account with an app, somebody who may look at it, and a way to send its events."""

    base_url: str
    username: str
    app: App
    token: str

    def send(self, events: Sequence[Event]) -> None:
        """Over the public API, and published, as the worker would within a second."""
        request = Request(
            f"{self.base_url}/api/ingest/events",
            json.dumps(list(events)).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urlopen(request) as answer:
            rejected = json.load(answer)["data"]["rejected"]
        assert rejected == []
        self.publish()

    def publish(self) -> None:
        snapshot.write(snapshot.build(connection, now_ms()), settings.SNAPSHOT_DIR)


def make_site(base_url: str, name: str) -> Site:
    account = Account.objects.create(name=name, public_id=name)
    app = App.objects.create(account=account, name=name, public_id=f"{name}-app")
    user = User.objects.create_user(name, password=PASSWORD)
    Membership.objects.create(user=user, account=account)
    source = Source.objects.create(app=app, name="players", interval_s=3600)
    _, token = ApiToken.issue(account=account, app=app, source=source, scopes=[Scope.INGEST])
    return Site(base_url, name, app, token)


@pytest.fixture
def site(transactional_db: None, live_server: LiveServer) -> Iterator[Site]:
    with UnderWay():
        made = make_site(live_server.url, "acme")
        made.publish()
        yield made


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of. A test that breaks something on purpose empties it."""
    return []


@pytest.fixture
def context(browser: Browser, site: Site, complaints: list[str]) -> Iterator[BrowserContext]:
    """Fails the test when a page asked another machine for anything, or wrote an error to the console."""
    context = browser.new_context(viewport=WALL, base_url=site.base_url, reduced_motion="reduce")
    hosts: set[str] = set()

    def notice(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def listen(page: Page) -> None:
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.on("console", notice)
        page.on("pageerror", lambda error: complaints.append(str(error)))

    context.on("page", listen)
    yield context
    context.close()
    assert hosts <= {urlsplit(site.base_url).netloc}
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def sign_in(context: BrowserContext, site: Site) -> None:
    client = Client()
    client.force_login(User.objects.get(username=site.username))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site.base_url}])


@pytest.fixture
def open_map(page: Page, site: Site) -> Callable[[str], Page]:
    """Opens the map at an address, logged in, and waits for the first figures."""

    def open_at(address: str) -> Page:
        sign_in(page.context, site)
        page.goto(address)
        expect(page.locator("#total-viewers")).to_have_text(re.compile(r"\d"), timeout=15_000)
        return page

    return open_at


@pytest.fixture
def open_analytics(page: Page, site: Site) -> Callable[[str], Page]:
    """Opens a page of analytics, logged in, and waits until each of its parts has its answer."""

    def open_at(address: str) -> Page:
        sign_in(page.context, site)
        page.goto(address)
        settled(page)
        return page

    return open_at


def settled(page: Page) -> None:
    """Waits until no part of a page of analytics waits for an answer."""
    expect(page.locator(".block:is([aria-busy], [data-state=loading]):visible")).to_have_count(
        0, timeout=15_000
    )
