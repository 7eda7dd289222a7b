"""Viewers counted by stream and place, and their totals."""

from typing import NamedTuple

import numpy as np

from viewers.clustering.located import IntArray

# A code for "no place": smaller than every Morton code.
UNLOCATED = -1


class Rows(NamedTuple):
    """Columns of equal length: viewers of one stream at one place, in any order.

    `stream` is an index into a list of stream keys, `code` a Morton code or UNLOCATED. `bandwidth` is a sum
    in bytes per second, `health` a sum of the `known` viewers' health points.
    """

    stream: IntArray
    code: IntArray
    viewers: IntArray
    bandwidth: IntArray
    health: IntArray
    known: IntArray

    def taken(self, indices: IntArray) -> "Rows":
        return Rows(*(column[indices] for column in self))

    def totals(self, streams: int) -> IntArray:
        """`Totals` of each of so many streams, as an array of shape (streams, 5)."""
        totals = np.zeros((streams, len(Totals._fields)), dtype=np.int64)
        away = self.code == UNLOCATED
        np.add.at(totals[:, 0], self.stream[~away], self.viewers[~away])
        np.add.at(totals[:, 1], self.stream[away], self.viewers[away])
        for column, values in enumerate((self.bandwidth, self.health, self.known), start=2):
            np.add.at(totals[:, column], self.stream, values)
        return totals

    def added_up(self) -> "Rows":
        """Sorted by stream, then code; one row for each pair."""
        order = np.argsort(self.code)
        stream = self.stream[order]
        # Up to 16 bits, a stable sort is a radix sort: far quicker than comparing pairs.
        small = len(stream) == 0 or stream.max() < 1 << 16
        rows = self.taken(order[np.argsort(stream.astype(np.uint16) if small else stream, kind="stable")])
        changes = (np.diff(rows.stream, prepend=-1) != 0) | (np.diff(rows.code, prepend=-1) != 0)
        starts = np.flatnonzero(changes)
        if len(starts) == len(rows.code):
            return rows
        sums = (np.add.reduceat(column, starts) for column in rows[2:])
        return Rows(rows.stream[starts], rows.code[starts], *sums)


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
