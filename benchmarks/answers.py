"""How long the map's answers take over HTTP, under load: `python -m benchmarks.answers` (needs wrk).

The web server and the worker run as the product starts them, over a data directory and a PostgreSQL of their
own, with so many viewers in the live table. wrk keeps a few connections busy with one kind of request after
the other, round by round; the yardstick is a view of the same server that does nothing but ask who is asking.
All of it is repeated while a process reports for the viewers through `record()`. At the end the map's total
must be what the live table counts.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.answers_audience import filled, reporting
from benchmarks.soak_product import MEGABYTE, family, free_port

URL = "/api/cluster/viewers/geolocation"
PATIENCE_S = 120
# What wrk prints, in milliseconds.
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}

# Asks again with the newest tag that it saw; a new snapshot is answered whole.
UNCHANGED = """
local tag = ""
request = function() return wrk.format("GET", nil, {["Authorization"]=wrk.headers["Authorization"],
                                                    ["If-None-Match"]=tag}) end
response = function(status, headers) tag = headers["ETag"] or headers["etag"] or tag end
"""


class Latency(NamedTuple):
    """Milliseconds; of the web processes' own time, milliseconds for an answer; whether all were good."""

    median: float
    p99: float
    own: float
    good: bool


class Server:
    """The web server and the worker. Everything they need to know is in the environment."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.directory = directory
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        from config.processes import Address, manage, web

        *granian, _ = web(Address("127.0.0.1", self.port))
        for command in ([*granian, "benchmarks.answers_server:application"], manage("worker")):
            with (self.directory / "log").open("ab") as log:
                lifeline = [sys.executable, "-m", "config.lifeline", *command]
                self._processes.append(subprocess.Popen(lifeline, stdout=log, stderr=log))

    def memory(self) -> list[float]:
        """MB of each web process that answers, shared pages of the snapshot among them."""
        return [process.memory_info().rss / MEGABYTE for process in self._web()]

    def own_ms(self) -> float:
        """Processor time of the web processes so far."""
        return 1000 * sum(sum(process.cpu_times()[:2]) for process in self._web())

    def _web(self) -> list[Any]:
        # The first one only watches over the others.
        return family(self._processes[0].pid)[1:]

    def get(self, path: str, token: str) -> Any:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)["data"]

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--viewers", type=int, default=100_000)
    parser.add_argument("--places", type=int, default=200_000)
    parser.add_argument("--streams", type=int, default=5_000)
    parser.add_argument("--events", type=int, default=20_000, help="reports a second, for half of the time")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=2, help="of each of wrk's runs")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed: sudo apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="turnout-answers-") as directory:
        # PostgreSQL may be another user, who has to pass.
        Path(directory).chmod(0o711)
        os.environ.update({"VAR_DIR": f"{directory}/var", "API_RATE": "off"})
        os.environ.pop("DATABASE_URL", None)
        try:
            compare(given, Path(directory))
        finally:
            leave()


def compare(given: argparse.Namespace, directory: Path) -> None:
    source, token = filled(given)
    server = Server(directory)
    server.start()
    try:
        wait_for_total(server, token, given.viewers)
        print(
            f"{given.viewers:,} viewers, {given.connections} connections, {given.rounds} rounds, milliseconds"
        )
        (directory / "unchanged.lua").write_text(UNCHANGED)
        measure(server, token, given, "Nothing else to do")
        print(f"  web processes: {', '.join(f'{used:.0f}' for used in server.memory())} MB")
        with reporting(given, source):
            measure(server, token, given, f"{given.events:,} reports a second come in")
        print(f"  web processes: {', '.join(f'{used:.0f}' for used in server.memory())} MB")
        total = wait_for_total(server, token, counted())
        print(f"\nThe map's total is the live table's: {total:,}")
    finally:
        server.stop()


def measure(server: Server, token: str, given: argparse.Namespace, title: str) -> None:
    views = {
        "a view that does nothing": "/nothing",
        "the bare call": URL,
        "unchanged (304)": URL,
        "streamKey": f"{URL}?streamKey=stream-0",
        "bbox": f"{URL}?bbox=-10,40,20,60",
        "aggregation=none": f"{URL}?aggregation=none",
        "zoomed in": f"{URL}?bbox=5,45,10,50&zoom=7",
        "the list": "/api/cluster/viewers",
    }
    found: dict[str, list[Latency]] = {name: [] for name in views}
    for _ in range(given.rounds):
        for name, path in views.items():
            script = [f"-s{server.directory}/unchanged.lua"] if name.startswith("unchanged") else []
            found[name].append(wrk(server, path, token, given, script))
    bare = statistics.median(each.median for each in found["the bare call"])
    print(f"\n{title:40}{'median':>10}{'99 %':>10}{'of the bare call':>20}{'processor':>12}")
    for name, each in found.items():
        median, p99, own = (statistics.median(values) for values in list(zip(*each, strict=True))[:3])
        note = "" if all(one.good for one in each) else "   NOT ALL ANSWERED"
        print(f"  {name:38}{median:10.2f}{p99:10.2f}{median / bare:20.2f}{own:12.2f}{note}", flush=True)


def wrk(server: Server, path: str, token: str, given: argparse.Namespace, script: Sequence[str]) -> Latency:
    command = ["wrk", "--latency", "-t1", f"-c{given.connections}", f"-d{given.seconds}s", *script]
    header = f"Authorization: Bearer {token}"
    before = server.own_ms()
    output = subprocess.run(
        [*command, "-H", header, f"http://127.0.0.1:{server.port}{path}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    shares = dict(re.findall(r"(50|99)%\s+(\S+)", output))
    answers = re.search(r"(\d+) requests in", output)
    assert answers is not None
    own = (server.own_ms() - before) / max(int(answers[1]), 1)
    good = not re.search(r"Socket errors|Non-2xx", output)
    return Latency(milliseconds(shares["50"]), milliseconds(shares["99"]), own, good)


def milliseconds(text: str) -> float:
    match = re.fullmatch(r"([\d.]+)(us|ms|s)", text)
    assert match is not None
    return float(match[1]) * UNITS[match[2]]


def leave() -> None:
    """Lets PostgreSQL end, while its directory is there."""
    from django.conf import settings

    from config.embedded.server import server_at

    server_at(Path(settings.DATABASES["default"]["EMBEDDED_DIRECTORY"])).leave()


def counted() -> int:
    from viewers.models import ViewerSession

    return ViewerSession.objects.filter(counted=True).count()


def wait_for_total(server: Server, token: str, expected: int) -> int:
    """Until the map shows it. Raises TimeoutError."""
    until = time.monotonic() + PATIENCE_S
    total = -1
    while time.monotonic() < until:
        try:
            total = server.get(URL, token)["stats"]["totalViewers"]
        except OSError:
            total = -1
        if total == expected:
            return total
        time.sleep(0.5)
    raise TimeoutError(f"The map shows {total:,} viewers, the live table {expected:,}.")


if __name__ == "__main__":
    main()
