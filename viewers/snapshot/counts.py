"""Viewers counted by stream and place, and their totals."""

from typing import Any, NamedTuple

import numpy as np

from viewers.clustering.arrays import Counts, IntArray, narrowed

# A code for "no place": smaller than every Morton code.
UNLOCATED = -1
# Floats hold every integer up to here.
EXACT = 2**53
HALF = 24


class Rows(NamedTuple):
    """Columns of equal length: viewers of one stream, place, profile and class of health, in any order.

    `stream` is an index into a list of stream keys, `code` a Morton code or UNLOCATED, `profile` an index
    into a list of profiles. `bandwidth` is a sum in bytes per second, `health` a sum of the `known` viewers'
    health points.
    """

    stream: Counts
    code: IntArray
    profile: Counts
    viewers: Counts
    bandwidth: Counts
    health: Counts
    known: Counts

    def taken(self, indices: IntArray) -> "Rows":
        columns: list[Any] = [column[indices] for column in self]
        return Rows(*columns)

    def narrowed(self) -> "Rows":
        """The same numbers in fewer bytes, which are quicker to look up in any order."""
        return Rows(
            narrowed(self.stream),
            self.code,
            narrowed(self.profile),
            narrowed(self.viewers),
            narrowed(self.bandwidth),
            narrowed(self.health),
            narrowed(self.known),
        )

    def totals(self, streams: int) -> IntArray:
        """`Totals` of each of so many streams, as an array of shape (streams, 5)."""
        away = np.flatnonzero(self.code == UNLOCATED)
        unlocated = sums_by(self.stream[away], self.viewers[away], streams)
        viewers, *others = (sums_by(self.stream, column, streams) for column in self[3:])
        return np.stack((viewers - unlocated, unlocated, *others), axis=1)


def sums_by(groups: Counts, values: Counts, number: int) -> IntArray:
    """Of so many groups, exactly."""
    least, largest = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if least == largest:
        return np.bincount(groups, minlength=number).astype(np.int64) * largest
    if largest * len(values) < EXACT:
        return np.bincount(groups, values, number).astype(np.int64)
    # numpy adds up in floats.
    low, high = values & (1 << HALF) - 1, values >> HALF
    return (sums_by(groups, high, number) << HALF) + sums_by(groups, low, number)


class Totals(NamedTuple):
    """Viewers and what they receive, located or not. `health` is the sum over the `known`."""

    located: int
    unlocated: int
    bandwidth: int
    health: int
    known: int

    @property
    def viewers(self) -> int:
        return self.located + self.unlocated

    @property
    def mean_health(self) -> int | None:
        """Rounded mean of those known."""
        return (2 * self.health + self.known) // (2 * self.known) if self.known else None


NOBODY = Totals(0, 0, 0, 0, 0)
