"""The ledger's arithmetic. Times are integer milliseconds since the epoch, intervals are half-open.

    F(t) = Σ_{start ≤ t}(t − start) − Σ_{end ≤ t}(t − end)

is what was watched before t. A bucket of time keeps ``starts``, ``ends`` and
``area`` = Σ_{starts in it}(its end − start) − Σ_{ends in it}(its end − end), so that at any t from its end on
it contributes ``area + (starts − ends) · (t − its end)``. Areas are relative to the bucket: sums of products
with epoch milliseconds overflow 64 bits after some millions of rows.
"""

from collections.abc import Iterable

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
# The epoch was a Thursday; weeks begin on Mondays.
FIRST_MONDAY_MS = 4 * DAY_MS

Interval = tuple[int, int | None]


def floor(at: int, size: int) -> int:
    return at - at % size


def ceil(at: int, size: int) -> int:
    return at + -at % size


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
