"""The supercluster of npm, in a process of its own."""

import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.scattered import Viewers, Viewport

SUPERCLUSTER = "supercluster@8.0.1"

# A round for each line it reads.
PROGRAM = """
const [program, data] = process.argv.slice(2);
const Supercluster = require(program);
const {points, viewports} = JSON.parse(require('fs').readFileSync(data));
const features = points.map(
    coordinates => ({type: 'Feature', properties: {}, geometry: {type: 'Point', coordinates}}));
require('readline').createInterface({input: process.stdin}).on('line', () => {
    const used = () => {
        gc();
        const {heapUsed, external} = process.memoryUsage();
        return heapUsed + external;
    };
    const before = used();
    const began = performance.now();
    const index = new Supercluster({radius: 60, extent: 256, maxZoom: 18}).load(features);
    index.getClusters(viewports[0].box, viewports[0].zoom);
    const fresh = performance.now() - began;
    const queries = viewports.map(({box, zoom}) => {
        const asked = performance.now();
        index.getClusters(box, zoom);
        return performance.now() - asked;
    });
    const bytes = used() - before;
    // Only now may it be forgotten.
    console.log(JSON.stringify({fresh, queries, bytes, zooms: index.trees.length}));
});
"""


@contextmanager
def supercluster(viewers: Viewers, views: list[Viewport], directory: Path) -> Iterator[Callable[[], Any]]:
    """A node process; each call is a round: {"fresh": ms, "queries": [ms], "bytes": of its index}."""
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
    options = ["--expose-gc", "--max-old-space-size=8192"]
    command = ["node", *options, *map(str, (directory / "round.cjs", library, directory / "data.json"))]
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
