"""Compares the live snapshot with supercluster and PostGIS: `python -m benchmarks.clusters --viewers 100000`
(needs node and npm; PostGIS is Debian's postgresql-15-postgis-3, and left out where it is not installed).

One round is: the database's rows, what a second has changed of them, or the same rows as arrays, become a
published snapshot that is mapped and asked for a first viewport; supercluster builds its index from the same
points and is asked for the same viewport; then all answer 30 viewports. Rounds alternate, and medians are
compared: of a viewport those of its rounds, and of these the median and the highest. Supercluster clusters
positions alone; the markers here also carry sums of bandwidth and health, and bounds. Then the same viewports
are asked of audiences of other sizes.

The database's rows are the live table of a database of its own.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import psutil  # type: ignore[import-untyped]
from django.db import connection

from benchmarks import postgis
from benchmarks.database import own_database
from benchmarks.scattered import HEIGHT, WIDTH, Viewers, Viewport, audience, viewports
from benchmarks.supercluster import supercluster
from viewers.clustering.clusters import in_view
from viewers.sessions.heartbeats import Heartbeats
from viewers.snapshot import Follower, Snapshot, build
from viewers.snapshot.audience import Audience
from viewers.snapshot.counts import Rows
from viewers.snapshot.profiles import Profile, ProfileNumbers
from viewers.snapshot.snapshot_file import NAME, read, write

APP = 1
NOW = 1_770_283_311_253
VIEWPORTS = 30
BATCH = 10_000
MEGABYTE = 1024 * 1024
# As an audience of the world has.
PROFILES = [
    Profile("", country, protocol, player)
    for country in ("PL", "US", "DE", "BR", "IN", "JP", "GB", "FR", "ZA", "AU", "MX", "KR", "IT", "ES", "")
    for protocol in ("hls", "dash", "webrtc", "rtmp", "srt")
    for player in ("hls.js", "VLC", "Chrome", "Safari", "Apple player", "Firefox", "Roku", "ExoPlayer")
]


class Ours:
    """Times in milliseconds."""

    def __init__(self, viewers: Viewers, views: list[Viewport], directory: Path) -> None:
        ones = np.ones(len(viewers.code), dtype=np.int64)
        numbers = np.arange(len(viewers.code)) % len(PROFILES)
        self.rows = Rows(viewers.stream, viewers.code, numbers, ones, viewers.bandwidth, viewers.health, ones)
        self.keys = [f"stream-{number}" for number in range(int(viewers.stream.max()) + 1)]
        self.views = views
        self.directory = directory
        self.follower = Follower()
        self.now = NOW

    @property
    def path(self) -> Path:
        return self.directory / NAME

    def from_arrays(self) -> float:
        """Rows in memory → arrays → file → mapped → first answer."""
        began = time.perf_counter()
        self.publish(
            Snapshot(
                NOW,
                0,
                {
                    APP: Audience.from_rows(
                        self.keys, ProfileNumbers(map(str, PROFILES)).profiles(), self.rows
                    )
                },
            )
        )
        return _since(began)

    def from_database(self) -> float:
        """Live table → arrays → file → mapped → first answer."""
        began = time.perf_counter()
        self.publish(build(connection, NOW))
        return _since(began)

    def followed(self) -> float:
        """A fifteenth of the viewers, who report every 15 s, have reported → arrays → file → mapped → first
        answer. The worker does this every second.
        """
        self._report(len(self.rows.code) // 15)
        began = time.perf_counter()
        self.publish(self.follower.snapshot(connection, self.now))
        return _since(began)

    def _report(self, count: int) -> None:
        # Models can be imported once Django is set up.
        from accounts.models import Source
        from viewers.sessions import live_table

        players = Source(name="players", interval_s=3600)
        self.now += 1_000
        for first in range(0, count, BATCH):
            number = range(first, min(first + BATCH, count))
            signs = Heartbeats(
                ids=[row.to_bytes(16) for row in number],
                started=[self.now] * len(number),
                at=[self.now] * len(number),
                bytes_out=[None] * len(number),
                bandwidth=[400_000 + row for row in number],
                health=[row % 101 for row in number],
            )
            live_table.extend(signs, players)

    def publish(self, snapshot: Snapshot) -> float:
        """File → mapped → first answer."""
        began = time.perf_counter()
        path = write(snapshot, self.directory)
        in_view(read(path).view([APP]).places, *self.views[0])
        return _since(began)

    def queries(self, with_streams: bool) -> list[float]:
        view = read(self.path).view([APP])
        times = []
        for box, zoom in self.views:
            began = time.perf_counter()
            markers = in_view(view.places, box, zoom)
            if with_streams:
                view.top_streams_of_each([marker.spans for marker in markers])
            times.append(_since(began))
        return times


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def memory(path: Path, views: list[Viewport]) -> None:
    """Prints the bytes that a process takes up more once it has answered all of it, mapped pages included."""
    view = read(path).view([APP])
    before = psutil.Process().memory_info().rss
    for box, zoom in views:
        markers = in_view(view.places, box, zoom)
        view.top_streams_of_each([marker.spans for marker in markers])
    print(psutil.Process().memory_info().rss - before)


def fill_table(viewers: Viewers) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"
    constant: dict[str, Any] = {
        **{"app_id": APP, "source_id": 1, "started_ms": NOW, "last_ms": NOW},
        **{"region": "Region", "city": "City", "counted": True, "skewed": False},
        **{"ip": "81.2.69.142", "user_agent": agent},
    }
    varied = [
        "latitude",
        "longitude",
        "place_code",
        "stream_key",
        "bandwidth",
        "health",
        "id",
        "connection_id",
        "country",
        "protocol",
        "player",
    ]
    with connection.cursor() as cursor:
        with cursor.copy(
            f"COPY viewers_viewersession ({', '.join((*varied, *constant))}) FROM STDIN"
        ) as copy:
            rows = zip(*(column.tolist() for column in viewers), strict=True)
            for number, (latitude, longitude, code, stream, bandwidth, health) in enumerate(rows):
                row = (latitude, longitude, code, f"stream-{stream}", bandwidth, health)
                names = (f"{number:032x}", f"v_{number:016x}", *PROFILES[number % len(PROFILES)][1:])
                copy.write_row((*row, *names, *constant.values()))
        cursor.execute("VACUUM ANALYZE viewers_viewersession")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--viewers", type=int, default=100_000)
    parser.add_argument(
        "--places", type=int, default=200_000, help="places to choose from (default: 200,000)"
    )
    parser.add_argument("--streams", type=int, default=5_000)
    parser.add_argument("--distinct", action="store_true", help="every viewer at a place of their own")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 1_000_000], help="other audiences")
    parser.add_argument("--memory", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    viewers, views = drawn(given, given.viewers)
    if given.memory:
        memory(given.memory, views)
        return
    with tempfile.TemporaryDirectory() as directory:
        # PostgreSQL may be another user, who has to pass.
        Path(directory).chmod(0o711)
        with own_database("turnout_bench_clusters"):
            compare(viewers, views, Path(directory), given)
        print("\nOne viewport of other audiences, milliseconds     places    median   highest")
        for size in given.sizes:
            other(given, size, Path(directory))


def drawn(given: argparse.Namespace, viewers: int) -> tuple[Viewers, list[Viewport]]:
    random = np.random.default_rng(1)
    found = audience(viewers, viewers if given.distinct else given.places, given.streams, random)
    return found, viewports(found, VIEWPORTS, random)


def compare(viewers: Viewers, views: list[Viewport], directory: Path, given: argparse.Namespace) -> None:
    places = len(np.unique(viewers.code))
    print(
        f"{len(viewers.code):,} viewers at {places:,} places, {len(views)} viewports of {WIDTH} × {HEIGHT},"
    )
    print(f"{given.rounds} rounds, milliseconds")
    ours = Ours(viewers, views, directory / "live")
    fill_table(viewers)
    ours.follower.snapshot(connection, NOW)
    fresh: dict[str, list[float]] = {}
    queries: dict[str, list[list[float]]] = {}
    with ExitStack() as peers:
        theirs = peers.enter_context(supercluster(viewers, views, directory))
        spatial = peers.enter_context(postgis.postgis(viewers, directory)) if postgis.installed() else None
        if spatial is None:
            print("PostGIS is not installed: sudo apt-get install postgresql-15-postgis-3")
        for number in range(given.rounds):
            fresh.setdefault("Turnout, from the database", []).append(ours.from_database())
            fresh.setdefault("Turnout, a second later", []).append(ours.followed())
            fresh.setdefault("Turnout, from rows in memory", []).append(ours.from_arrays())
            ready = read(ours.path)
            fresh.setdefault("Turnout, from a built snapshot", []).append(ours.publish(ready))
            queries.setdefault("Turnout", []).append(ours.queries(with_streams=False))
            queries.setdefault("Turnout, with top streams", []).append(ours.queries(with_streams=True))
            answer = theirs()
            fresh.setdefault("supercluster", []).append(answer["fresh"])
            queries.setdefault("supercluster", []).append(answer["queries"])
            # Its answers take long, and differ little.
            if spatial is not None and number < 3:
                queries.setdefault("PostGIS", []).append(postgis.queries(spatial, views))
    rebuild = statistics.median(fresh["supercluster"])
    print("\nFresh state: built, published, first viewport answered")
    for name, times in fresh.items():
        median = statistics.median(times)
        print(f"  {name:32}{median:10.1f}   supercluster takes {rebuild / median:5.1f} times as long")
    print("\nOne viewport                          median   highest")
    for name, rounds in queries.items():
        print(f"  {name:32}{of_viewports(rounds)}{compared(rounds, queries['Turnout'])}")
    print_memory(ours, answer["bytes"], given)


def of_viewports(rounds: list[list[float]]) -> str:
    each = [statistics.median(times) for times in zip(*rounds, strict=True)]
    return f"{statistics.median(each):10.2f}{max(each):10.2f}"


def compared(rounds: list[list[float]], ours: list[list[float]]) -> str:
    """How many times as long all viewports take together."""
    theirs, own = (
        sum(statistics.median(times) for times in zip(*each, strict=True)) for each in (rounds, ours)
    )
    return f"   all of them {theirs / own:.2f} times as long as Turnout"


def print_memory(ours: Ours, theirs: int, given: argparse.Namespace) -> None:
    options = [f"--{name}={getattr(given, name)}" for name in ("viewers", "places", "streams")]
    options += ["--distinct"] if given.distinct else []
    command = [sys.executable, "-m", "benchmarks.clusters", *options, f"--memory={ours.path}"]
    own = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print("\nMemory of one process, MB")
    print(f"  Turnout's file                  {ours.path.stat().st_size / MEGABYTE:10.1f}")
    print(f"  Turnout, having answered        {own / MEGABYTE:10.1f}   {own / theirs:.2f} of supercluster's")
    print(f"  supercluster                    {theirs / MEGABYTE:10.1f}")


def other(given: argparse.Namespace, size: int, directory: Path) -> None:
    viewers, views = drawn(given, size)
    ours = Ours(viewers, views, directory / str(size))
    ours.from_arrays()
    rounds = [ours.queries(with_streams=False) for _ in range(given.rounds)]
    places = len(read(ours.path).view([APP]).places)
    print(f"  {size:10,} viewers, at {places:>29,}{of_viewports(rounds)}", flush=True)


if __name__ == "__main__":
    main()
