"""Viewings of a hundred days, as a platform's history holds them: columns that every engine is filled from.

Fifty livestreams take turns on the air, eight at a time for three hours each, one more popular than the next.
More watch in the evening than in the early morning, most of them for minutes and a few for hours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.arithmetic import DAY_MS, HOUR_MS, WEEK_MS, floor, floor_week

DAYS = 100
STREAMS = 50
AT_ONCE = 8
ON_AIR_MS = 3 * HOUR_MS
LONGEST_MS = 4 * HOUR_MS
# Who still watches has left at no time that anybody asks about.
NEVER_MS = 4_102_444_800_000

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Viewings:
    """Columns of equal length, in the order in which the viewings ended; ``stream`` is a number."""

    started: Integers
    ended: Integers
    stream: Integers

    def __len__(self) -> int:
        return len(self.started)

    def taken(self, which: NDArray[Any]) -> "Viewings":
        return Viewings(self.started[which], self.ended[which], self.stream[which])

    def part(self, first: int, last: int) -> "Viewings":
        return Viewings(self.started[first:last], self.ended[first:last], self.stream[first:last])

    def open_ended(self) -> "Viewings":
        return Viewings(self.started, np.full(len(self), NEVER_MS), self.stream)

    def and_(self, other: "Viewings") -> "Viewings":
        return Viewings(
            np.concatenate([self.started, other.started]),
            np.concatenate([self.ended, other.ended]),
            np.concatenate([self.stream, other.stream]),
        )


def stream_key(number: int) -> str:
    return f"s{number:02}"


def weeks(count: int, now: int, seed: int) -> Iterator[tuple[int, Viewings]]:
    """About ``count`` viewings that ended before ``now``, by the week (ms) in which they ended."""
    draw = np.random.default_rng(seed)
    first = floor(now, HOUR_MS) - DAYS * DAY_MS
    hours = np.arange(first, now, HOUR_MS)
    counts = draw.multinomial(count, _daily(hours))
    left = _begun_in(draw, hours[:0], counts[:0])
    for week in range(floor_week(first), now, WEEK_MS):
        own = (hours >= week) & (hours < week + WEEK_MS)
        found = left.and_(_begun_in(draw, hours[own], counts[own]))
        over = found.ended < min(week + WEEK_MS, now)
        left = found.taken(~over)
        found = found.taken(over)
        yield week, found.taken(np.argsort(found.ended))


def watching(count: int, now: int, seed: int) -> Viewings:
    """Those who still watch, as long already as viewings of these lengths have at any instant."""
    draw = np.random.default_rng(seed)
    # The longer a viewing, the likelier it is met.
    length = LONGEST_MS * draw.random(count) ** (4 / 5)
    started = now - 1 - (length * draw.random(count)).astype(np.int64)
    return Viewings(started, np.full(count, now), _on_the_air(draw, started))


def broadcasts(now: int) -> Iterator[tuple[str, int, int]]:
    """(stream key, begin, end) of every turn on the air that is over."""
    first = floor(now, HOUR_MS) - DAYS * DAY_MS
    for turn in range(floor(first, ON_AIR_MS), now - ON_AIR_MS, ON_AIR_MS):
        for rank in range(AT_ONCE):
            # Nobody begins on the second.
            late = 1 + (turn // ON_AIR_MS * 7919 + rank * 104_729) % 60_000
            key = stream_key((turn // ON_AIR_MS * AT_ONCE + rank) % STREAMS)
            yield key, turn + late, turn + ON_AIR_MS - late


def _daily(hours: Integers) -> NDArray[np.float64]:
    """How likely a viewing begins in each of these hours: ten times likelier at 20:00 than at 08:00."""
    of_day = hours % DAY_MS / DAY_MS * 2 * np.pi
    weights = 1.1 + 0.9 * np.cos(of_day - 20 / 24 * 2 * np.pi)
    return np.asarray(weights / weights.sum())


def _begun_in(draw: np.random.Generator, hours: Integers, counts: Integers) -> Viewings:
    started = np.repeat(hours, counts)
    started += draw.integers(0, HOUR_MS, len(started))
    ended = started + (LONGEST_MS * draw.random(len(started)) ** 4).astype(np.int64)
    return Viewings(started, ended, _on_the_air(draw, started))


def _on_the_air(draw: np.random.Generator, started: Integers) -> Integers:
    popularity = 1 / np.arange(1, AT_ONCE + 1)
    rank = draw.choice(AT_ONCE, len(started), p=popularity / popularity.sum())
    return np.asarray((started // ON_AIR_MS * AT_ONCE + rank) % STREAMS)
