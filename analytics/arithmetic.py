"""The ledger's arithmetic. Times are integer milliseconds since the epoch, intervals are half-open.

    F(t) = Σ_{start ≤ t}(t − start) − Σ_{end ≤ t}(t − end)

is what was watched before t. A bucket of time keeps ``starts``, ``ends`` and
``area`` = Σ_{starts in it}(its end − start) − Σ_{ends in it}(its end − end), so that at any t from its end on
it contributes ``area + (starts − ends) · (t − its end)``. Areas are relative to the bucket: sums of products
with epoch milliseconds overflow 64 bits after some millions of rows.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
# The epoch was a Thursday; weeks begin on Mondays.
FIRST_MONDAY_MS = 4 * DAY_MS

Interval = tuple[int, int | None]
Integers = NDArray[np.int64]


def floor(at: int, size: int) -> int:
    return at - at % size


def ceil(at: int, size: int) -> int:
    return at + -at % size


def nearest(at: int, size: int) -> int:
    """The multiple of ``size`` that is nearest; from the middle on the later one."""
    return floor(at + size // 2, size)


def floor_week(at: int) -> int:
    """The Monday 00:00 UTC at or before ``at``."""
    return at - (at - FIRST_MONDAY_MS) % WEEK_MS


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Disjoint intervals that cover what ``intervals`` cover, in order. An end of None is open.

    Intervals that touch become one; empty ones vanish.
    """
    merged: list[Interval] = []
    for start, end in sorted(intervals, key=lambda interval: interval[0]):
        if end is not None and end <= start:
            continue
        last = merged[-1] if merged else None
        if last is None or (last[1] is not None and last[1] < start):
            merged.append((start, end))
        elif last[1] is not None and (end is None or end > last[1]):
            merged[-1] = (last[0], end)
    return merged


class Changes(NamedTuple):
    """Columns of equal length: what begins and ends for an owner at an instant (negative: taken back)."""

    owner: Integers
    at: Integers
    starts: Integers
    ends: Integers


class Rows(NamedTuple):
    """Columns of equal length: what changes in an owner's buckets. ``owner`` is the number in ``Changes``."""

    owner: Integers
    bucket: Integers
    starts: Integers
    ends: Integers
    area: Integers


def netted(changes: Changes) -> Changes:
    """One entry for each owner and instant; those that cancel out are gone.

    It must be instants that cancel, not buckets: a start moved within its minute leaves the sums of starts
    and ends as they were, and still changes area and peak.
    """
    (owner, at), (starts, ends) = _summed((changes.owner, changes.at), (changes.starts, changes.ends))
    kept = (starts != 0) | (ends != 0)
    return Changes(owner[kept], at[kept], starts[kept], ends[kept])


def in_buckets(changes: Changes, size: int) -> Rows:
    """The sums of netted changes over buckets of ``size`` ms, in order of owner and bucket."""
    bucket = changes.at - changes.at % size
    area = (changes.starts - changes.ends) * (bucket + size - changes.at)
    keys, sums = _summed((changes.owner, bucket), (changes.starts, changes.ends, area))
    return Rows(*keys, *sums)


def peaks_in_buckets(changes: Changes, size: int, since: int = 0) -> Integers:
    """The highest running sum of each row of ``in_buckets``, relative to the count just before the bucket.

    That count is itself among the values, unless something happens exactly at the bucket's start; the first
    bucket starts with ``since``.
    """
    if not len(changes.at):
        return changes.at
    bucket = changes.at - changes.at % size
    first = np.flatnonzero(
        np.r_[True, (changes.owner[1:] != changes.owner[:-1]) | (bucket[1:] != bucket[:-1])]
    )
    net = changes.starts - changes.ends
    running = net.cumsum()
    above = np.maximum.reduceat(running, first) - (running - net)[first]
    result: Integers = np.where(
        changes.at[first] > np.maximum(bucket[first], since), np.maximum(above, 0), above
    )
    return result


def _summed(keys: Sequence[Integers], values: Sequence[Integers]) -> tuple[list[Integers], list[Integers]]:
    """The distinct keys in order, and the sums of the values of each."""
    if not len(keys[0]):
        return list(keys), list(values)
    order = np.lexsort(tuple(reversed(keys)))
    keys = [key[order] for key in keys]
    new = np.zeros(len(order), dtype=bool)
    new[0] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    first = np.flatnonzero(new)
    return [key[first] for key in keys], [np.add.reduceat(value[order], first) for value in values]


class Stretch(NamedTuple):
    """What happens in a stretch of time to a running count: ``net``, and its highest value ``peak``.

    Both are relative to the count just before ``start``; that count is itself among the values unless
    something happens exactly at ``start``.
    """

    start: int
    size: int
    net: int
    peak: int


class Highest(NamedTuple):
    peak: int
    within: Stretch | None
    """The first stretch that reaches it; None: it is the value at the very beginning."""


def highest(stretches: Sequence[Stretch], start: int) -> Highest:
    """Compose consecutive stretches from ``start`` on; between them nothing happens."""
    best = None if stretches and stretches[0].start == start else Highest(0, None)
    running = 0
    for stretch in stretches:
        if best is None or running + stretch.peak > best.peak:
            best = Highest(running + stretch.peak, stretch)
        running += stretch.net
    return best or Highest(0, None)
