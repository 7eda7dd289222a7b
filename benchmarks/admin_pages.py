"""The admin's pages over a large audience: `python -m benchmarks.admin_pages`.

Fills a database of its own with `--live` viewers and `--past` viewings of a year, then asks Django's whole
stack for every kind of page of both lists, `--rounds` times after a first one on a cold cache, once as a
superuser and once as a member of an account with five small apps. Prints the median, the worst and the first
of each, and whether the median keeps to 150 ms. About 0.55 kB of disk for each past viewing, and 1 kB for
each live one.
"""

import argparse
import os
import re
import shutil
import statistics
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from benchmarks.admin_audience import LIVE_SPAN_MS, PAST_SPAN_MS, fill
from benchmarks.database import own_database

LIMIT_MS = 150
BYTES_LIVE, BYTES_PAST = 1000, 550
SPARE_BYTES = 5 * 1024**3
LIVE, PAST = "/admin/viewers/viewersession/", "/admin/analytics/viewinterval/"
OTHERS = [
    "/admin/",
    "/admin/find?q=nothing",
    "/admin/find?q=v_1",
    "/admin/find?q=v_123456",
    "/admin/find?q=stream-1",
    "/admin/find?q=finale",
    "/admin/find?q=81.1.2.3",
    "/admin/analytics/livestream/",
    "/admin/analytics/livestream/?q=stream-1",
    "/admin/analytics/livestreamsession/",
    "/admin/analytics/ingestinterval/",
    "/admin/accounts/source/",
]
SEARCHES = [
    "q=nothing",
    "q=v_",
    "q=v_12",
    "q=v_1234",
    "q=v_123456",
    "q=old_",
    "q=stream-1",
    "q=stream-77",
    "q=finale",
    "q=v_&country=ZZ",
]
FILTERS = [
    "country=US",
    "country=AQ",
    "country=ZZ",
    "protocol=none",
    "health=good",
    "stream=stream-1",
    "stream=stream-77",
    "stream=stream-77&country=ZZ",
    "stream=nothing",
]
PAGES = ["", "p=2", "p=100", "p=1000", "from={midway}", "from={midway}&country=ZZ"]
LISTS = {
    LIVE: [*PAGES, "o=8", "o=-8", "stream=opening", "q=opening", "q=203.0.113.7", "q=81.1.2.3"],
    PAST: [
        *PAGES,
        "o=3",
        "o=-3",
        "stream=finale",
        "stream=finale&country=ZZ",
        "reason=silent",
        "reason=cut",
        "period=hour",
        "period=month&country=ZZ",
    ],
}
# What is compared with plain SQL over the same rows.
CHECKED = {
    "": "true",
    "stream=stream-7": "stream_key = 'stream-7'",
    "q=v_1234": "connection_id LIKE 'v\\_1234%'",
    "country=US": "country = 'US'",
}


class Page(NamedTuple):
    person: str
    url: str
    median: float
    worst: float
    cold: float
    """Of the first time, when the page's rows are on the disk."""
    gave_up: int
    """How many of the answers, the first included, were that it takes too long."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--live", type=int, default=100_000)
    options.add_argument("--past", type=int, default=5_000_000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    with own_database("turnout_bench_admin"):
        enough_room(given.live, given.past)
        now = time.time_ns() // 1_000_000
        fill(given.live, given.past, now)
        report(list(measured(given.rounds, now)))


def enough_room(live: int, past: int) -> None:
    from django.conf import settings

    needed = live * BYTES_LIVE + past * BYTES_PAST + SPARE_BYTES
    free = shutil.disk_usage(settings.VAR_DIR).free
    print(f"needs {needed / 1e9:.0f} GB of disk, {free / 1e9:.0f} GB are free", flush=True)
    if free < needed:
        raise SystemExit("too little")


def measured(rounds: int, now: int) -> Iterator[Page]:
    from django.conf import settings
    from django.test import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
        for person, client in clients():
            check(person, client)
            for url in [*lists(now), *OTHERS, *one_viewing(client)]:
                yield one_page(person, client, url, rounds)


def check(person: str, client: Any) -> None:
    """Raises SystemExit unless pages show what plain SQL says of the same rows."""
    from django.db import connection

    apps = "SELECT id FROM accounts_app" + (" WHERE name LIKE 'north-%'" if person == "member" else "")
    for url, table, column in (
        (LIVE, "viewers_viewersession", "started_ms"),
        (PAST, "analytics_viewinterval", "ended_ms"),
    ):
        for query, condition in CHECKED.items():
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT connection_id FROM {table} WHERE app_id IN ({apps}) AND {condition}"
                    f" ORDER BY {column} DESC, id DESC LIMIT 100"
                )
                wanted = [name for (name,) in cursor.fetchall()]
            page = client.get(f"{url}?{query}").content.decode()
            if re.findall(r'/change/[^>]*><span class="id">([^<]*)', page) != wanted:
                raise SystemExit(f"{person} is shown other rows than there are: {url}?{query}")


def lists(now: int) -> Iterator[str]:
    """Every query of both lists; midway through the living, and through history."""
    for url, own in LISTS.items():
        midway = now - (LIVE_SPAN_MS if url == LIVE else PAST_SPAN_MS) // 2
        for query in [*own, *FILTERS, *SEARCHES]:
            yield f"{url}?{query.format(midway=midway)}" if query else url


def clients() -> Iterator[tuple[str, Any]]:
    from django.contrib.auth.models import Permission, User
    from django.test import Client

    from accounts.models import Account, Membership

    root = User.objects.create_superuser("root")
    member = User.objects.create_user("member", is_staff=True)
    member.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    Membership.objects.create(user=member, account=Account.objects.get(public_id="north"))
    for user in (root, member):
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        yield user.username, client


def one_viewing(client: Any) -> Iterator[str]:
    """The page of each list's first row, and the searches for its connection's names."""
    for url in (LIVE, PAST):
        page = client.get(url).content.decode()
        row = re.search(rf'href="({url}([^/]*)/change/)[^>]*><span class="id">([^<]*)', page)
        if row is None:
            raise SystemExit(f"{url} shows nothing")
        yield row[1]
        yield f"{url}?q={row[2]}"
        yield f"{url}?q={row[3]}"


def one_page(person: str, client: Any, url: str, rounds: int) -> Page:
    took: list[float] = []
    gave_up = 0
    for _ in range(rounds + 1):
        began = time.perf_counter()
        answer = client.get(url)
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code not in (200, 503):
            raise SystemExit(f"{url} answered {answer.status_code}")
        gave_up += answer.status_code == 503
    return Page(person, url, statistics.median(took[1:]), max(took[1:]), took[0], gave_up)


def report(pages: list[Page]) -> None:
    print("person    median    worst     cold")
    for page in sorted(pages, key=lambda page: -page.median):
        verdict = "ok" if page.median <= LIMIT_MS else "TOO SLOW"
        print(
            f"{page.person:7} {page.median:8.0f} {page.worst:8.0f} {page.cold:8.0f} ms  {verdict:9}{page.url}"
            + (f"  gave up {page.gave_up} times" if page.gave_up else "")
        )
    slow = sum(page.median > LIMIT_MS for page in pages)
    slowest = max(page.median for page in pages)
    print(f"{len(pages)} pages, {slow} above {LIMIT_MS} ms; the slowest median {slowest:.0f} ms")
    cold = sorted(page.cold for page in pages)
    print(f"cold: median {cold[len(cold) // 2]:.0f} ms, slowest {cold[-1]:.0f} ms")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
