"""Debian's PostGIS, in a PostgreSQL of its own in a temporary folder, where it is installed."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg

from benchmarks.scattered import Viewers, Viewport
from viewers.clustering import mercator

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
EXTENSION = Path("/usr/share/postgresql/15/extension/postgis.control")
SETTINGS = {
    **{"listen_addresses": "", "fsync": "off", "shared_buffers": "512MB", "work_mem": "256MB"},
    **{"max_wal_size": "4GB", "jit": "off"},
}
# Side of a cell, in pixels, where the markers of the others are at least as far apart.
CELL = 60
STATEMENT = """
SELECT count(*), avg(ST_X(place)), avg(ST_Y(place)), sum(bandwidth), avg(health)
FROM viewer WHERE place && ST_MakeEnvelope(%s, %s, %s, %s) OR place && ST_MakeEnvelope(%s, %s, %s, %s)
GROUP BY ST_SnapToGrid(place, %s)
"""


def installed() -> bool:
    return EXTENSION.exists() and (PROGRAMS / "initdb").exists()


@contextmanager
def postgis(viewers: Viewers, directory: Path) -> Iterator[psycopg.Connection]:
    """The viewers in a table with a spatial index, in Mercator units."""
    data = directory / "postgis"
    data.mkdir()
    # It refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(data, user)
    options = " ".join(f"-c {name}={value!r}" for name, value in SETTINGS.items())
    command = [PROGRAMS / "pg_ctl", "-D", data / "data", "-l", data / "log"]

    def run(*arguments: object) -> None:
        subprocess.run(list(map(str, arguments)), check=True, user=user, cwd=data, stdout=subprocess.DEVNULL)

    run(PROGRAMS / "initdb", "-D", data / "data", "-U", "bench", "-A", "trust", "--no-sync")
    run(*command, "-o", f"{options} -k {data}", "-w", "start")
    try:
        with psycopg.connect(host=str(data), user="bench", dbname="postgres", autocommit=True) as connection:
            fill(connection, viewers)
            yield connection
    finally:
        run(*command, "-m", "immediate", "-w", "stop")


def fill(connection: psycopg.Connection, viewers: Viewers) -> None:
    connection.execute("CREATE EXTENSION postgis")
    connection.execute("CREATE TABLE viewer (place geometry, bandwidth bigint, health int)")
    xs, ys = mercator.decode(viewers.code)
    points = np.empty(len(xs), dtype=[("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
    points["order"], points["type"], points["x"], points["y"] = 1, 1, xs, ys
    with connection.cursor().copy("COPY viewer FROM STDIN") as copy:
        for point, *figures in zip(points, viewers.bandwidth.tolist(), viewers.health.tolist(), strict=True):
            copy.write_row((point.tobytes().hex(), *figures))
    connection.execute("CREATE INDEX ON viewer USING gist (place)")
    connection.execute("VACUUM ANALYZE viewer")


def queries(connection: psycopg.Connection, views: Sequence[Viewport]) -> list[float]:
    """Milliseconds of each."""
    times = []
    for box, zoom in views:
        left, top, right, bottom = box.rectangle()
        # What lies beyond the world's edge is at its other end.
        beyond = (left - mercator.WORLD, top, right - mercator.WORLD, bottom)
        began = time.perf_counter()
        cell = CELL * (mercator.WORLD // 256) >> zoom
        connection.execute(STATEMENT, (left, top, right, bottom, *beyond, cell)).fetchall()
        times.append((time.perf_counter() - began) * 1000)
    return times
