"""All comparisons, one after the other: `make bench`. Takes some ten minutes and 8 GB of disk for a while."""

import subprocess
import sys

COMPARISONS = [
    ["benchmarks.writers", "--viewers", "100000"],
    ["benchmarks.clusters", "--viewers", "100000"],
    ["benchmarks.totals", "--intervals", "5000000"],
]

for module, *options in COMPARISONS:
    print(f"\n== python -m {module} {' '.join(options)}", flush=True)
    subprocess.run([sys.executable, "-m", module, *options], check=True)
