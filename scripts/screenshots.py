"""Takes the pictures of docs/tour.md: Chromium looks at a demo of its own, with a day behind it.

The demo's database and files lie in a folder that is thrown away. The past is told through the ingest API, by
random numbers of a fixed seed.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "images" / "tour"
PORT = 18_077
URL = f"http://127.0.0.1:{PORT}"
VIEWERS = 2000
PAST_VIEWINGS = 4000
MINUTE = 60_000
HOUR = 60 * MINUTE
DESKTOP, PHONE = (1200, 750), (390, 844)
QUALITY = 50
CITIES = [(52.2, 21.0), (48.9, 2.3), (40.7, -74.0), (-23.5, -46.6), (35.7, 139.7), (51.5, -0.1), (19.1, 72.9)]


@contextmanager
def demo() -> Iterator[dict[str, str]]:
    """A running demo: what it tells of its login and tokens."""
    with tempfile.TemporaryDirectory(prefix="turnout-tour-") as folder:
        environment = {**os.environ, "VAR_DIR": folder, "DATABASE_URL": ""}
        command = [
            sys.executable,
            "manage.py",
            "up",
            "--demo",
            "--port",
            str(PORT),
            "--viewers",
            str(VIEWERS),
        ]
        running = subprocess.Popen(command, cwd=ROOT, env=environment)
        try:
            wait_for_health(running)
            access: dict[str, str] = json.loads((Path(folder) / "demo.json").read_text())
            yield access
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(timeout=60)


def wait_for_health(running: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        if running.poll() is not None:
            sys.exit("The demo did not start.")
        try:
            with urlopen(f"{URL}/healthz", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.5)
    sys.exit("The demo is not well.")


def tell_of_the_past(token: str, now: int) -> None:
    """Three shows of the last 20 hours, with viewers who come, stay for a while and go."""
    chance = random.Random(7)
    events: list[dict[str, Any]] = []
    for number, hours in enumerate((19, 11, 5)):
        begin, end = now - hours * HOUR, now - (hours - 3) * HOUR
        stream = f"show-{number + 1}"
        events.append(past("publish.stop", f"encoder-{number}", stream, begin, end))
        for viewer in range(PAST_VIEWINGS // 3):
            since = int(begin + chance.betavariate(1.5, 4) * (end - begin))
            until = min(end, int(since + chance.expovariate(1 / (40 * MINUTE))) + MINUTE)
            latitude, longitude = chance.choice(CITIES)
            place = [latitude + chance.gauss(0, 2), longitude + chance.gauss(0, 2)]
            more = {
                "position": place,
                "protocol": chance.choice(["hls", "dash", "webrtc"]),
                "healthScore": 88,
            }
            events.append(past("view.stop", f"past-{number}-{viewer}", stream, since, until) | more)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for first in range(0, len(events), 1000):
        body = json.dumps(events[first : first + 1000]).encode()
        with urlopen(Request(f"{URL}/api/ingest/events", body, headers)) as answer:
            rejected = json.load(answer)["data"]["rejected"]
        if rejected:
            sys.exit(f"The past was refused: {rejected[0]}")


def past(kind: str, who: str, stream: str, since: int, at: int) -> dict[str, Any]:
    return {"type": kind, "connectionId": who, "streamKey": stream, "since": since, "at": at}


def logged_in(browser: Browser, access: dict[str, str], size: tuple[int, int], scheme: Any) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        base_url=URL,
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/login")
    page.fill("input[name=username]", access["username"])
    page.fill("input[name=password]", access["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{URL}/")
    return page


def picture(page: Page, name: str, address: str | None = None) -> None:
    if address is not None:
        page.goto(address)
    page.wait_for_timeout(3500)
    page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=QUALITY)


def desktop(browser: Browser, access: dict[str, str]) -> None:
    page = logged_in(browser, access, DESKTOP, "light")
    picture(page, "map", "/")
    picture(page, "filters", "/?protocol=hls&health=good")
    picture(page, "wall", "/?wall=1")
    one_viewer(page)
    embed(page)
    picture(page, "admin", "/admin/")
    page.goto("/admin/viewers/viewersession/")
    picture(page, "inspector", page.locator("a[href*='/change/']").first.get_attribute("href"))
    picture(page, "analytics", "/analytics")
    livestreams = asked(access, "livestreams?start_time=2026-01-01&per_page=100")["livestreams"]
    show = next(one["id"] for one in livestreams if one["stream_key"] == "show-1")
    picture(page, "livestream", f"/analytics/livestreams/{show}")
    session = asked(access, f"livestreams/{show}")["session"]["id"]
    picture(page, "session", f"/analytics/sessions/{session}")
    picture(page, "replay", f"/?at={int(time.time() * 1000) - 4 * HOUR}")


def one_viewer(page: Page) -> None:
    """What is told of a single viewer. Where the markers are is chance: the one nearest to the middle."""
    page.goto("/#6/50/12")
    page.wait_for_timeout(3000)
    middle = DESKTOP[0] * 0.6, DESKTOP[1] * 0.6
    pins = page.locator(".leaflet-marker-pane .pin:has(.face.dot)").all()
    places = {pin: pin.bounding_box() for pin in pins}
    far = {
        pin: abs(box["x"] - middle[0]) + abs(box["y"] - middle[1])
        for pin, box in places.items()
        if box is not None
    }
    min(far, key=lambda pin: far[pin]).focus()
    page.keyboard.press("Enter")
    page.locator(".popup-body").wait_for()
    picture(page, "popup")


def embed(page: Page) -> None:
    """The most watched stream's map as a visitor of another site sees it."""
    page.goto("/")
    page.locator("[data-facet=streamKey] li button").first.click()
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make a link").click()
    address = page.locator("#share-address-1").text_content()
    picture(page, "embed", address)


def others(browser: Browser, access: dict[str, str]) -> None:
    picture(logged_in(browser, access, DESKTOP, "dark"), "map-dark", "/")
    phone = logged_in(browser, access, PHONE, "light")
    picture(phone, "map-phone", "/")
    picture(logged_in(browser, access, PHONE, "dark"), "analytics-phone", "/analytics")


def asked(access: dict[str, str], path: str) -> Any:
    """Of the RealtimeKit API."""
    kit = f"{URL}/accounts/{access['account_id']}/realtime/kit/{access['app_id']}/{path}"
    with urlopen(Request(kit, headers={"Authorization": f"Bearer {access['read_token']}"})) as answer:
        return json.load(answer)["data"]


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with demo() as access, sync_playwright() as playwright:
        tell_of_the_past(access["ingest_token"], int(time.time() * 1000))
        # Until the worker has summed the past up and many viewers have joined.
        time.sleep(20)
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        desktop(chromium, access)
        others(chromium, access)
        chromium.close()


if __name__ == "__main__":
    main()
