"""The same figures the slow way, from all intervals; and random intervals that like boundaries."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import strategies as st

from analytics.arithmetic import DAY_MS, HOUR_MS, MINUTE_MS, Interval, union

TIME_ZERO = int(datetime(2026, 3, 28, tzinfo=UTC).timestamp()) * 1000
SPAN = 3 * DAY_MS
NOW = TIME_ZERO + SPAN
FOREVER = 2**62


def watched(intervals: Sequence[Interval], start: int, end: int) -> int:
    return sum(
        max(0, min(end, FOREVER if last is None else last) - max(start, first)) for first, last in intervals
    )


def published(runs: Sequence[Interval], start: int, end: int) -> int:
    return watched(union(runs), start, end)


def broadcasts(runs: Sequence[Interval]) -> list[Interval]:
    """What a livestream's publishers' runs make, gaps of up to a minute joined, as the writer stores them."""
    joined: list[Interval] = []
    for start, end in sorted(runs, key=lambda run: run[0]):
        last = joined[-1][1] if joined else -FOREVER
        if last is not None and start - last > MINUTE_MS:
            joined.append((start, end))
        elif last is not None:
            joined[-1] = (joined[-1][0], None if end is None else max(last, end))
    return joined


def active(intervals: Sequence[Interval], at: int) -> int:
    """Including what happens at ``at``."""
    return sum(first <= at and (last is None or last > at) for first, last in intervals)


def peak(intervals: Sequence[Interval], start: int, end: int) -> tuple[int, int | None]:
    edges = [at for interval in intervals for at in interval if at is not None]
    instants = [start, *(at for at in edges if start < at < end)]
    counts = [(active(intervals, at), -at) for at in instants]
    best, negative = max(counts)
    return best, -negative if best else None


def overlaps(interval: Interval, start: int, end: int) -> bool:
    first, last = interval
    return start < end and first < end and (last is None or last > start or first >= start)


def instants() -> st.SearchStrategy[int]:
    """Instants of three days; most lie on or beside the boundary of a minute, an hour or a day."""
    boundary = st.one_of(
        st.sampled_from([0, DAY_MS, 2 * DAY_MS]),
        st.integers(0, 71).map(lambda n: n * HOUR_MS),
        st.sampled_from([0, DAY_MS]).flatmap(
            lambda day: st.integers(0, 9).map(lambda n: day + n * MINUTE_MS)
        ),
    )
    beside = st.tuples(boundary, st.integers(-2, 2)).map(lambda pair: max(0, sum(pair)))
    return st.one_of(beside, st.integers(0, SPAN - 1)).map(lambda offset: TIME_ZERO + offset)


def intervals(most: int = 8) -> st.SearchStrategy[list[Interval]]:
    """Closed, open and empty ones, some of them equal or touching."""
    closed = st.tuples(instants(), instants()).map(lambda pair: (min(pair), max(pair)))
    empty = instants().map(lambda at: (at, at))
    going_on = instants().map(lambda at: (at, None))
    each: st.SearchStrategy[Interval] = st.one_of(closed, closed, going_on, empty)
    return st.lists(each, max_size=most)


def windows() -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(instants(), instants()).map(lambda pair: (min(pair), max(pair)))
