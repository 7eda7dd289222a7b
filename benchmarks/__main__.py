"""All comparisons, one after the other: `make bench`, a tenth of the size; `make bench FULL=1`, all of it.

Each keeps a database of its own and drops it.
"""

import argparse
import shutil
import subprocess
import sys
import time

from config.settings import VAR_DIR

GIGABYTE = 1024**3

# Options at a tenth of the size, and in full.
COMPARISONS = {
    "writers": (["--viewers", "100000", "--rounds", "9"], ["--viewers", "1000000", "--rounds", "20"]),
    "door": (["--viewers", "100000", "--rounds", "1"], ["--viewers", "1000000", "--rounds", "3"]),
    "clusters": (
        ["--viewers", "100000", "--rounds", "3"],
        ["--viewers", "1000000", "--sizes", "10000", "100000", "5000000"],
    ),
    "clusters, all places distinct": (
        ["--viewers", "100000", "--rounds", "3", "--sizes", "--distinct"],
        ["--viewers", "1000000", "--sizes", "5000000", "--distinct"],
    ),
    "answers": (["--viewers", "100000", "--rounds", "1"], ["--viewers", "1000000"]),
    "map_page": (["--viewers", "100000", "--rounds", "3"], ["--viewers", "1000000"]),
    "totals": (["--intervals", "10000000"], ["--intervals", "100000000", "--live", "1000000"]),
    "replay": (["--viewers", "100000"], ["--viewers", "1000000"]),
    "admin_pages": (
        ["--live", "100000", "--past", "1000000", "--rounds", "3"],
        ["--live", "1000000", "--past", "50000000"],
    ),
}
ROOM = {False: 15, True: 60}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="hours, and 60 GB of disk for a while")
    options.add_argument("--only", choices=COMPARISONS, nargs="+", default=list(COMPARISONS))
    given = options.parse_args()
    free = shutil.disk_usage(VAR_DIR.parent).free // GIGABYTE
    if free < ROOM[given.full]:
        sys.exit(f"This needs {ROOM[given.full]} GB of disk for a while, and {free} GB are free.")
    print(f"{free} GB of disk are free; this needs up to {ROOM[given.full]} of them for a while.")
    for name in given.only:
        module = f"benchmarks.{name.partition(',')[0]}"
        arguments = COMPARISONS[name][given.full]
        print(f"\n== python -m {module} {' '.join(arguments)}", flush=True)
        began = time.monotonic()
        subprocess.run([sys.executable, "-m", module, *arguments], check=True)
        print(f"({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
