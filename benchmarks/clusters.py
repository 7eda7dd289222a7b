"""Compares the live snapshot with supercluster: `python -m benchmarks.clusters --viewers 100000` (needs node
and npm).

One round is: the database's rows, or the same rows as arrays, become a published snapshot that is mapped and
asked for a first viewport; supercluster builds its index from the same points and is asked for the same
viewport; then both answer all viewports. Rounds alternate, and medians are compared. Supercluster clusters
positions alone; the markers here also carry sums of bandwidth and health, and bounds.

The database's rows are the live table of a database of its own.
"""

import argparse
import json
import statistics
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from benchmarks.database import own_database
from viewers.clustering import mercator
from viewers.clustering.arrays import IntArray
from viewers.clustering.clusters import Box, in_view
from viewers.snapshot import Snapshot, build
from viewers.snapshot.audience import Audience
from viewers.snapshot.counts import Rows
from viewers.snapshot.snapshot_file import read, write

SUPERCLUSTER = "supercluster@8.0.1"
WIDTH, HEIGHT = 1440, 900
ZOOMS = range(19)
APP = 1
NOW = 1_770_283_311_253

# A round for each line it reads.
PROGRAM = """
const [program, data] = process.argv.slice(2);
const Supercluster = require(program);
const {points, viewports} = JSON.parse(require('fs').readFileSync(data));
const features = points.map(
    coordinates => ({type: 'Feature', properties: {}, geometry: {type: 'Point', coordinates}}));
require('readline').createInterface({input: process.stdin}).on('line', () => {
    const began = performance.now();
    const index = new Supercluster({radius: 60, extent: 256, maxZoom: 18}).load(features);
    index.getClusters(viewports[0].box, viewports[0].zoom);
    const fresh = performance.now() - began;
    const queries = viewports.map(({box, zoom}) => {
        const asked = performance.now();
        index.getClusters(box, zoom);
        return performance.now() - asked;
    });
    console.log(JSON.stringify({fresh, queries}));
});
"""

Floats = NDArray[np.float64]


class Viewers(NamedTuple):
    """One element for each viewer; `stream` is a number."""

    latitude: Floats
    longitude: Floats
    code: IntArray
    stream: IntArray
    bandwidth: IntArray
    health: IntArray


class Viewport(NamedTuple):
    box: Box
    zoom: int


def audience(viewers: int, places: int, streams: int, random: np.random.Generator) -> Viewers:
    """Places scattered around 3,000 cities; few cities, places and streams have most of the viewers."""
    cities = random.uniform([-55, -180], [70, 180], size=(3000, 2))
    city = random.choice(3000, places, p=_zipf(3000, 0.8))
    spread = random.normal(size=(2, places)) * random.exponential(0.3, places)
    latitudes = np.clip(cities[city, 0] + spread[0], -80, 80)
    longitudes = (cities[city, 1] + spread[1] + 180) % 360 - 180
    place = np.arange(viewers) if places == viewers else random.choice(places, viewers, p=_zipf(places, 0.7))
    latitude, longitude = latitudes[place], longitudes[place]
    return Viewers(
        latitude,
        longitude,
        mercator.encode(*mercator.project_array(latitude, longitude)),
        random.choice(streams, viewers, p=_zipf(streams, 1.0)),
        random.integers(100_000, 1_000_000, viewers),
        random.integers(0, 101, viewers),
    )


def viewports(viewers: Viewers, each: int, random: np.random.Generator) -> Iterator[Viewport]:
    """So many for each zoom, around viewers; the first shows the world."""
    for zoom in ZOOMS:
        for viewer in random.integers(0, len(viewers.code), each).tolist():
            x, y = mercator.project(viewers.latitude[viewer], viewers.longitude[viewer])
            wide, high = (pixels * (mercator.WORLD // 256) >> zoom for pixels in (WIDTH // 2, HEIGHT // 2))
            if 2 * wide >= mercator.WORLD:
                yield Viewport(Box.world(), zoom)
                continue
            north, west = mercator.unproject(x - wide, max(y - high, 0))
            south, east = mercator.unproject(x + wide, min(y + high, mercator.WORLD - 1))
            yield Viewport(Box(south, west, north, east), zoom)


def _zipf(n: int, exponent: float) -> Floats:
    weights = 1 / np.arange(1, n + 1) ** exponent
    shares: Floats = weights / weights.sum()
    return shares


class Ours:
    """Times in milliseconds."""

    def __init__(self, viewers: Viewers, views: list[Viewport], directory: Path) -> None:
        ones = np.ones(len(viewers.code), dtype=np.int64)
        self.rows = Rows(viewers.stream, viewers.code, ones, viewers.bandwidth, viewers.health, ones)
        self.keys = [f"stream-{number}" for number in range(int(viewers.stream.max()) + 1)]
        self.views = views
        self.directory = directory

    def from_arrays(self) -> float:
        """Rows in memory → arrays → file → mapped → first answer."""
        began = time.perf_counter()
        self.publish(Snapshot(NOW, 0, {APP: Audience.from_rows(self.keys, self.rows)}))
        return _since(began)

    def from_database(self) -> float:
        """Live table → arrays → file → mapped → first answer."""
        began = time.perf_counter()
        self.publish(build(connection, NOW))
        return _since(began)

    def publish(self, snapshot: Snapshot) -> float:
        """File → mapped → first answer."""
        began = time.perf_counter()
        path = write(snapshot, self.directory)
        in_view(read(path).view([APP]).places, *self.views[0])
        return _since(began)

    def queries(self, with_streams: bool) -> list[float]:
        view = read(self.directory / "viewers.snap").view([APP])
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


@contextmanager
def supercluster(viewers: Viewers, views: list[Viewport], directory: Path) -> Iterator[Callable[[], Any]]:
    """A node process; each call is a round: {"fresh": ms, "queries": [ms]}."""
    subprocess.run(
        ["npm", "pack", "--silent", SUPERCLUSTER], cwd=directory, check=True, stdout=subprocess.DEVNULL
    )
    (packed,) = directory.glob("*.tgz")
    with tarfile.open(packed) as archive:
        source = archive.extractfile("package/dist/supercluster.js")
        assert source is not None
        # The package calls itself a module, and its bundle is none.
        library = directory / "supercluster.cjs"
        library.write_bytes(source.read())
    (directory / "round.cjs").write_text(PROGRAM)
    points = np.stack((viewers.longitude, viewers.latitude), axis=1).tolist()
    asked = [{"box": [box.west, box.south, box.east, box.north], "zoom": zoom} for box, zoom in views]
    (directory / "data.json").write_text(json.dumps({"points": points, "viewports": asked}))
    command = ["node", str(directory / "round.cjs"), str(library), str(directory / "data.json")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        to_node, from_node = process.stdin, process.stdout
        assert to_node is not None
        assert from_node is not None

        def one_round() -> Any:
            to_node.write("\n")
            to_node.flush()
            return json.loads(from_node.readline())

        try:
            yield one_round
        finally:
            to_node.close()


def fill_table(viewers: Viewers) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"
    constant: dict[str, Any] = {
        **{"app_id": APP, "source_id": 1, "started_ms": NOW, "last_ms": NOW, "protocol": "hls"},
        **{"player": "hls.js", "country": "PL", "region": "Region", "city": "City", "counted": True},
        **{"skewed": False, "ip": "81.2.69.142", "user_agent": agent},
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
    ]
    with connection.cursor() as cursor:
        with cursor.copy(
            f"COPY viewers_viewersession ({', '.join((*varied, *constant))}) FROM STDIN"
        ) as copy:
            rows = zip(*(column.tolist() for column in viewers), strict=True)
            for number, (latitude, longitude, code, stream, bandwidth, health) in enumerate(rows):
                row = (latitude, longitude, code, f"stream-{stream}", bandwidth, health)
                copy.write_row((*row, f"{number:032x}", f"v_{number:016x}", *constant.values()))
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
    parser.add_argument("--each", type=int, default=10, help="viewports for each zoom from 0 to 18")
    options = parser.parse_args()
    random = np.random.default_rng(1)
    places = options.viewers if options.distinct else options.places
    viewers = audience(options.viewers, places, options.streams, random)
    views = list(viewports(viewers, options.each, random))
    with own_database("turnout_bench_clusters"), tempfile.TemporaryDirectory() as directory:
        compare(viewers, views, Path(directory), options.rounds)


def compare(viewers: Viewers, views: list[Viewport], directory: Path, rounds: int) -> None:
    places = len(np.unique(viewers.code))
    print(
        f"{len(viewers.code):,} viewers at {places:,} places, {len(views)} viewports of {WIDTH} × {HEIGHT},"
    )
    print(f"{rounds} rounds, milliseconds")
    ours = Ours(viewers, views, directory / "live")
    fill_table(viewers)
    fresh: dict[str, list[float]] = {}
    queries: dict[str, list[float]] = {}
    with supercluster(viewers, views, directory) as theirs:
        for _ in range(rounds):
            fresh.setdefault("Turnout, from the database", []).append(ours.from_database())
            fresh.setdefault("Turnout, from rows in memory", []).append(ours.from_arrays())
            ready = read(directory / "live" / "viewers.snap")
            fresh.setdefault("Turnout, from a built snapshot", []).append(ours.publish(ready))
            queries.setdefault("Turnout", []).extend(ours.queries(with_streams=False))
            queries.setdefault("Turnout, with top streams", []).extend(ours.queries(with_streams=True))
            answer = theirs()
            fresh.setdefault("supercluster", []).append(answer["fresh"])
            queries.setdefault("supercluster", []).extend(answer["queries"])
    rebuild = statistics.median(fresh["supercluster"])
    print("\nFresh state: built, published, first viewport answered")
    for name, times in fresh.items():
        median = statistics.median(times)
        print(f"  {name:32}{median:10.1f}   supercluster takes {rebuild / median:5.1f} times as long")
    print("\nOne viewport                          median       p95   highest")
    for name, times in queries.items():
        p95 = statistics.quantiles(times, n=20)[-1]
        print(f"  {name:32}{statistics.median(times):10.2f}{p95:10.2f}{max(times):10.2f}")


if __name__ == "__main__":
    main()
