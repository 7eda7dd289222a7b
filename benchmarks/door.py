"""Heartbeats through `POST /api/ingest/events` against `record()` itself: `python -m benchmarks.door`.

`--viewers` are live. The web server runs as `manage.py up` starts it. Batches of 10,000 heartbeats, each with
its own time, are sent by 1, 2, 4 and 8 processes, plain and packed with gzip, and recorded by one process
that calls `record()` on such events, parsed beforehand. These alternate, each on as many batches, and the
medians of their rates are compared. Bodies are made outside of what is measured. Senders, server and
PostgreSQL share the machine.
"""

import argparse
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import cycle, islice
from typing import Any

from benchmarks.database import own_database
from benchmarks.door_sender import Bodies, Sender
from benchmarks.soak_product import ROOT, free_port

BATCH = 10_000
SENDERS = (1, 2, 4, 8)
STREAMS = 5_000
# No pause between two reports, however slow the machine, ends a session.
INTERVAL_S = 3600
DIRECT = "record()"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--viewers", type=int, default=100_000)
    options.add_argument("--batches", type=int, default=8, help="in each measurement")
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    if given.viewers % BATCH or not max(SENDERS) <= given.batches <= given.viewers // BATCH:
        options.error(f"--viewers: a multiple of {BATCH}, and no fewer than 8 --batches of them")
    with own_database("turnout_bench_door"):
        run(given.viewers, given.batches, given.rounds)


def run(viewers: int, batches: int, rounds: int) -> None:
    # `record()` called directly has the web server's settings of the garbage collector.
    import config.wsgi  # noqa: F401
    from accounts.models import Account, ApiToken, App, Scope, Source

    account = Account.objects.create(name="Bench")
    app = App.objects.create(account=account, name="Bench")
    source = Source.objects.create(app=app, name="players", interval_s=INTERVAL_S, sees_publishers=True)
    _, secret = ApiToken.issue(account=account, app=app, source=source, scopes=[Scope.INGEST])
    audience = Audience(viewers)
    began = time.perf_counter()
    for body in audience.bodies(viewers // BATCH):
        record_all([body], source)
    print(f"{viewers:,} joined, {viewers / (time.perf_counter() - began):,.0f}/s", flush=True)
    rates: dict[str, list[float]] = {}
    with ExitStack() as stack:
        port = stack.enter_context(web_server())
        senders = [stack.enter_context(closing(Sender(port, secret))) for _ in range(max(SENDERS))]
        # Every thread of the server opens its connection to the database.
        for packed in (False, True) * 2:
            posted(senders, audience.bodies(max(SENDERS)), packed)
        for number in range(rounds):
            for name, rate in measured(audience, source, senders, batches):
                rates.setdefault(name, []).append(rate)
                print(f"round {number + 1}, {name}: {rate:,.0f}/s", flush=True)
    report(rates)
    check(viewers)


def measured(
    audience: "Audience", source: Any, senders: list[Sender], batches: int
) -> Iterator[tuple[str, float]]:
    """Events per second of each way, one after the other."""
    for packed in (False, True):
        yield DIRECT, batches * BATCH / record_all(audience.bodies(batches), source)
        for count in SENDERS:
            taken = posted(senders[:count], audience.bodies(batches), packed)
            yield f"{count} sending {'gzip' if packed else 'plain'}", batches * BATCH / taken


def record_all(bodies: Bodies, source: Any) -> float:
    """Seconds that `record()` takes for events that are parsed already."""
    from accounts.clock import now_ms
    from ingest.bodies import JSON_TYPE
    from ingest.parsing import parse_body
    from ingest.record import record

    parsed = [parse_body(body, JSON_TYPE).events for body in bodies]
    began = time.perf_counter()
    for events in parsed:
        record(events, source, now_ms())
    return time.perf_counter() - began


def posted(senders: list[Sender], bodies: Bodies, packed: bool) -> float:
    """Seconds until the last answer. Raises RuntimeError unless every event was accepted."""
    sent = [gzip.compress(body, compresslevel=6) for body in bodies] if packed else list(bodies)
    for number, sender in enumerate(senders):
        sender.load(sent[number :: len(senders)], packed)
    began = time.perf_counter()
    for sender in senders:
        sender.start()
    accepted = sum(sender.finish() for sender in senders)
    taken = time.perf_counter() - began
    if accepted != len(bodies) * BATCH:
        raise RuntimeError(f"{accepted:,} of {len(bodies) * BATCH:,} events were accepted.")
    return taken


class Audience:
    """Viewers who report in turn, ten thousand in a body."""

    def __init__(self, viewers: int) -> None:
        from ingest.simulation.audience import address
        from ingest.simulation.players import PLAYERS

        draw = random.Random(1)
        self._viewers = [
            {
                "connectionId": f"v_{number:016x}",
                "streamKey": f"stream-{int(draw.paretovariate(1.1)) % STREAMS}",
                "ip": address(draw),
                "userAgent": draw.choice(PLAYERS).user_agent,
                "protocol": draw.choice(PLAYERS).protocol,
            }
            for number in range(viewers)
        ]
        draw.shuffle(self._viewers)
        self._turn = cycle(range(0, viewers, BATCH))
        self._draw = draw
        self._at = 0

    def bodies(self, count: int) -> list[bytes]:
        """The next batches: no viewer is in two of them that are under way together."""
        self._at = max(time.time_ns() // 1_000_000, self._at + 1)
        return [self._body(first) for first in islice(self._turn, count)]

    def _body(self, first: int) -> bytes:
        draw = self._draw
        reports = [
            {
                "type": "view.update",
                **viewer,
                "at": self._at,
                "outBandwidth": draw.randrange(10**6),
                "healthScore": draw.randrange(101),
            }
            for viewer in self._viewers[first : first + BATCH]
        ]
        return json.dumps(reports, separators=(",", ":")).encode()


@contextmanager
def web_server() -> Iterator[int]:
    """The product's web server over the benchmark's database; its port."""
    from django.db import connection

    from benchmarks.servers import wait_for
    from config.processes import Address, web

    at = connection.get_connection_params()
    url = f"postgresql:///{at['dbname']}?host={at['host']}&port={at['port']}&user={at['user']}"
    port = free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.lifeline", *web(Address("127.0.0.1", port))],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url, "INGEST_RATE": "off"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(port)
            yield port
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace")[-3000:])
            raise
        finally:
            process.terminate()
            process.wait(30)


def report(rates: dict[str, list[float]]) -> None:
    direct = statistics.median(rates[DIRECT])
    for name, found in rates.items():
        middle = statistics.median(found)
        print(f"{name:16} {middle:9,.0f} events/s, {middle / direct:.2f} of record()")


def check(viewers: int) -> None:
    """Raises SystemExit unless everybody is live, nobody twice, and the ledger says what the rows say."""
    from analytics.models import ViewInterval
    from analytics.verify import verify
    from viewers.models import ViewerSession

    live, past, differences = ViewerSession.objects.count(), ViewInterval.objects.count(), list(verify())
    print(f"{live:,} live, {past:,} past, {len(differences)} differences between ledger and rows")
    if (live, past, differences) != (viewers, 0, []):
        sys.exit(f"Wrong: {viewers:,} were sent, all of them live.")


if __name__ == "__main__":
    main()
