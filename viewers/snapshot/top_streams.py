"""Which streams are most watched in each of many sets of rows."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewers.clustering.arrays import Counts, IntArray
from viewers.clustering.located import in_order, run_starts

# Sets with fewer rows than streams / SPARSE are sorted; in larger ones every stream gets a counter.
SPARSE = 8
# So many counters at once stay in the processor's cache.
COUNTERS = 1 << 18

# Of one set: (stream, viewers), most viewers first.
Top = list[tuple[int, int]]


def top_of_each(streams: Counts, viewers: Counts, sets: Sequence[Counts], number: int, n: int) -> list[Top]:
    """The n streams of most viewers in each set of rows, exactly; of equal ones the lower number first.

    A set is an array of ranges [first, last). Streams are numbered from 0 to number - 1.
    """
    sizes = [int((ranges[:, 1] - ranges[:, 0]).sum()) for ranges in sets]
    found: list[Top] = [[] for _ in sets]
    crowded = [i for i, size in enumerate(sizes) if size and size * SPARSE >= number]
    step = max(COUNTERS // max(number, 1), 1)
    # In a snapshot of the live table every row is one viewer, and counting is quicker than adding up.
    single = int(viewers.max(initial=0)) == 1
    for some in (crowded[i : i + step] for i in range(0, len(crowded), step)):
        weights = [None if single else _joined(viewers, sets[i]) for i in some]
        counters = [
            np.bincount(_joined(streams, sets[i]), weight, number)
            for i, weight in zip(some, weights, strict=True)
        ]
        for i, top in zip(some, _highest_counters(np.stack(counters), n), strict=True):
            found[i] = top
    few = [i for i, size in enumerate(sizes) if size and size * SPARSE < number]
    if few:
        ranges = np.concatenate([sets[i] for i in few])
        owners = np.repeat(np.arange(len(few)), [sizes[i] for i in few])
        keys = owners * number + _joined(streams, ranges)
        for i, top in zip(few, _highest_runs(keys, _joined(viewers, ranges), number, n), strict=True):
            found[i] = top
    return found


def _joined(column: Counts, ranges: Counts) -> Counts:
    return np.concatenate([column[first:last] for first, last in ranges.tolist()])


def _highest_counters(counters: NDArray[Any], n: int) -> Iterator[Top]:
    """For each row of counters, which are used up."""
    sets = np.arange(len(counters))
    tops = []
    for _ in range(min(n, counters.shape[1])):
        best = counters.argmax(axis=1)
        tops.append((best, counters[sets, best].astype(np.int64)))
        counters[sets, best] = 0
    for rows in zip(
        *(zip(best.tolist(), counts.tolist(), strict=True) for best, counts in tops), strict=True
    ):
        yield [(stream, count) for stream, count in rows if count]


def _highest_runs(keys: IntArray, viewers: Counts, number: int, n: int) -> Iterator[Top]:
    """For each set; a key is set * number + stream."""
    order, keys = in_order(keys)
    starts = run_starts(keys)
    counts = np.add.reduceat(viewers[order].astype(np.int64), starts)
    owners, streams = np.divmod(keys[starts], number)
    # Sorted by set, then falling count, then stream: each sort keeps what the one before it made.
    ranked = np.argsort(-counts, kind="stable")
    ranked = ranked[np.argsort(owners[ranked], kind="stable")]
    streams, counts = streams[ranked], counts[ranked]
    edges = run_starts(owners).tolist()
    for first, last in zip(edges, [*edges[1:], len(owners)], strict=True):
        own = slice(first, min(first + n, last))
        yield list(zip(streams[own].tolist(), counts[own].tolist(), strict=True))
