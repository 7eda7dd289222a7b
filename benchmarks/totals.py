"""Totals, curve and peak of 90 days against plain SQL, DuckDB and chdb: `python -m benchmarks.totals`.

Fills a database of its own with viewings of a hundred days, `--intervals` of one app and `--against` of
another, has `rebuild` make the ledger, and gives DuckDB and chdb the same rows. Then all are asked the same
in rounds, over windows whose edges lie in the midst of a minute; with `--live` sessions, windows end now.
`overall` also counts livestreams and what was published; peers are asked for what `watched` is, time alone.
Every answer has to be equal, and `verify` has to find nothing. Needs some 320 bytes of disk for each
viewing, and 5 GB.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.database import own_database

DATABASE = "turnout_bench_totals"
BYTES_EACH = 320
SPARE_BYTES = 5 * 1024**3
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
# (what is asked, over how long)
QUESTIONS = {
    "overall, 90 days": ("overall", 90 * DAY_MS),
    "overall, 1 hour": ("overall", HOUR_MS),
    "watched, 1 hour": ("watched", HOUR_MS),
    "daywise, 90 days": ("daywise", 90 * DAY_MS),
    "curve, 90 days": ("curve", 90 * DAY_MS),
    "peak, 90 days": ("peak", 90 * DAY_MS),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--intervals", type=int, default=10_000_000)
    options.add_argument("--against", type=int, default=1_000_000, help="viewings of the small app")
    options.add_argument("--live", type=int, default=0, help="sessions of the large app that go on")
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument(
        "--seconds",
        type=int,
        default=20,
        help="a peer that has taken so many for a question is not asked it again",
    )
    given = options.parse_args()
    with (
        own_database(DATABASE),
        tempfile.TemporaryDirectory(dir=roomy(given.intervals + given.against)) as files,
    ):
        run(given, Path(files))


def roomy(viewings: int) -> Path:
    """Where the peers' files go. Raises SystemExit when the disk is too small."""
    from django.conf import settings

    needed = viewings * BYTES_EACH + SPARE_BYTES
    free = shutil.disk_usage(settings.VAR_DIR).free
    if free < needed:
        raise SystemExit(f"needs {needed >> 30} GB of disk, {free >> 30} GB are free")
    return Path(settings.VAR_DIR)


def run(given: argparse.Namespace, files: Path) -> None:
    from analytics.verify import verify
    from benchmarks.analytical_engines import ClickHouse, DuckDB, Plain
    from benchmarks.analytics_server import web_server
    from benchmarks.rounds import Rounds

    # Not quite now, so that the server, who knows another now, is asked about the same.
    now = time.time_ns() // 1_000_000 - 1000
    duck, house = DuckDB(files), ClickHouse(files)
    apps = filled(given, now, duck, house, files)
    rounds = Rounds(now, given.rounds, given.seconds, ends_now=bool(given.live))
    with web_server(apps["large"]) as request:
        for name, (question, length) in QUESTIONS.items():
            rounds.of(name, question, length, apps, [Plain(), duck, house], request)
    differences = [difference for app in apps.values() for difference in verify(app)]
    if differences:
        raise SystemExit(f"the ledger differs from the rows: {differences[:3]}")
    print("All answers were equal; verify found nothing.")


def filled(given: argparse.Namespace, now: int, duck: Any, house: Any, files: Path) -> dict[str, Any]:
    """The two apps by name."""
    from benchmarks import viewing_tables, viewings

    began = time.perf_counter()
    viewing_tables.without_unasked_indexes()
    apps = {name: viewing_tables.made(name, now) for name in ("large", "small")}
    large, small = (
        viewings.weeks(count, now, seed) for seed, count in enumerate((given.intervals, given.against))
    )
    for (week, of_large), (_, of_small) in zip(large, small, strict=True):
        viewing_tables.fill_week(week, [(apps["large"], of_large), (apps["small"], of_small)])
        hand_over(of_large, duck, house, files, apps["large"].pk)
    if given.live:
        watching = viewings.watching(given.live, now, seed=2)
        viewing_tables.fill_live(apps["large"], watching)
        hand_over(watching.open_ended(), duck, house, files, apps["large"].pk)
    rows = viewing_tables.sum_up(list(apps.values()), now)
    took = time.perf_counter() - began
    print(
        f"{given.intervals:,} viewings, {given.live:,} live: {rows:,} ledger rows, {took:.0f} s", flush=True
    )
    return apps


def hand_over(viewings: Any, duck: Any, house: Any, files: Path, app_id: int) -> None:
    parquet = files / "batch.parquet"
    duck.add(app_id, viewings, parquet)
    house.add(parquet)
    parquet.unlink()


if __name__ == "__main__":
    main()
