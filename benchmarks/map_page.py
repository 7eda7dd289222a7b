"""What the map page costs a browser: `python -m benchmarks.map_page` (needs chromium).

The web server and the worker run as the product starts them, over a data directory and a PostgreSQL of their
own, with so many viewers in the live table. Chromium opens the page with empty caches, round by round: bytes
that travel, the first paint, the first piece of the map, the first markers. Then it stays open while the
viewers report, and the main thread's time is divided by the refreshes that it saw.
"""

import argparse
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.answers import URL, Server, leave, wait_for_total
from benchmarks.answers_audience import filled, reporting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WIDTH, HEIGHT = 1440, 900
PATIENCE_MS = 60_000
KILOBYTE = 1024
MARKS = {"land": ".leaflet-tile-pane canvas", "markers": ".leaflet-marker-pane .face"}
# When each of these first stands in the page.
WATCHING = """
(marks) => {
  window.seen = {};
  new MutationObserver(() => {
    for (const [name, selector] of Object.entries(marks)) {
      if (!(name in window.seen) && document.querySelector(selector)) window.seen[name] = performance.now();
    }
  }).observe(document, {subtree: true, childList: true});
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
  }).observe({type: "longtask"});
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--viewers", type=int, default=100_000)
    parser.add_argument("--places", type=int, default=200_000)
    parser.add_argument("--streams", type=int, default=5_000)
    parser.add_argument("--events", type=int, default=5_000, help="reports a second, while it stays open")
    parser.add_argument("--seconds", type=int, default=20, help="that it stays open")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--picture", type=Path, help="where to put a picture of it")
    given = parser.parse_args()
    if not shutil.which("chromium"):
        print("Left out: chromium is not installed: sudo apt-get install chromium")
        return
    with tempfile.TemporaryDirectory(prefix="turnout-page-") as directory:
        # PostgreSQL may be another user, who has to pass.
        Path(directory).chmod(0o711)
        os.environ.update({"VAR_DIR": f"{directory}/var", "API_RATE": "off"})
        os.environ.pop("DATABASE_URL", None)
        # Playwright's loop runs in this thread.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        try:
            measure(given, Path(directory))
        finally:
            leave()


def measure(given: argparse.Namespace, directory: Path) -> None:
    source, token = filled(given)
    cookie = logged_in()
    server = Server(directory)
    server.start()
    try:
        wait_for_total(server, token, given.viewers)
        with chromium() as browser:
            opened(given, browser, server, cookie)
            with reporting(given, source):
                stays_open(given, browser, server, cookie)
    finally:
        server.stop()


def logged_in() -> str:
    """The session of somebody who may see everything; and the static files, as `manage.py up` makes them."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    call_command("collectstatic", interactive=False, verbosity=0)
    client = Client()
    client.force_login(User.objects.create_superuser("bench"))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@contextmanager
def chromium() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=quiet)
        yield browser
        browser.close()


@contextmanager
def context_of(browser: "Browser", server: Server, cookie: str) -> Iterator["BrowserContext"]:
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    url = f"http://127.0.0.1:{server.port}"
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
    marks = "{" + ", ".join(f'"{name}": "{selector}"' for name, selector in MARKS.items()) + "}"
    context.add_init_script(f"({WATCHING})({marks})")
    yield context
    context.close()


def visit(context: "BrowserContext", server: Server) -> "Page":
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/")
    for selector in MARKS.values():
        page.wait_for_selector(selector, timeout=PATIENCE_MS)
    return page


def opened(given: argparse.Namespace, browser: "Browser", server: Server, cookie: str) -> None:
    found: dict[str, list[float]] = {}
    for _ in range(given.rounds):
        with context_of(browser, server, cookie) as context:
            page = visit(context, server)
            page.wait_for_load_state("networkidle", timeout=PATIENCE_MS)
            paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            files = page.evaluate(
                "performance.getEntriesByType('resource').filter(({name}) => name.includes('/static/'))"
                ".reduce((sum, {transferSize}) => sum + transferSize, 0)"
                " + performance.getEntriesByType('navigation')[0].transferSize"
            )
            times = {"first paint": paint, **page.evaluate("window.seen")}
            for name, value in {**times, "page and its files, KB": files / KILOBYTE}.items():
                found.setdefault(name, []).append(value)
            if given.picture:
                page.screenshot(path=given.picture)
    print(f"\n{given.viewers:,} viewers, {WIDTH} × {HEIGHT}, opened {given.rounds} times with empty caches")
    for name, values in found.items():
        unit = "" if name.endswith("KB") else " ms"
        print(f"  {name:26}{statistics.median(values):10.0f}{unit}, at most {max(values):.0f}")


def stays_open(given: argparse.Namespace, browser: "Browser", server: Server, cookie: str) -> None:
    with context_of(browser, server, cookie) as context:
        page = visit(context, server)
        page.wait_for_timeout(3_000)
        refreshes: list[str] = []
        page.on("response", lambda answer: refreshes.append(answer.url) if fresh(answer) else None)
        devtools = context.new_cdp_session(page)
        devtools.send("Performance.enable")
        page.evaluate("window.longest = 0")
        before = tasks(devtools)
        page.wait_for_timeout(given.seconds * 1000)
        spent = tasks(devtools) - before
        longest = page.evaluate("window.longest")
    each = spent / max(len(refreshes), 1)
    print(f"\nOpen for {given.seconds} s, {given.events:,} reports a second, {len(refreshes)} refreshes")
    print(f"  main thread, each refresh {each * 1000:10.0f} ms")
    print(f"  the longest task          {longest:10.0f} ms (0: none of 50 ms or more)")


def fresh(answer: Any) -> bool:
    return URL in answer.url and answer.status == 200


def tasks(devtools: Any) -> float:
    """Seconds that the page's main thread has worked."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


if __name__ == "__main__":
    main()
