"""The quadtree's upper levels, walked once: what a far view asks of a great many places.

A cell of a far view holds hundreds of places. Without their outlines, each of those would be looked at to
find where the cells begin and how far they extend, and a query would take the longer the more viewers there
are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from viewers.clustering import mercator
from viewers.clustering.arrays import ByteArray, IntArray, SmallArray

# A level whose tiles hold fewer places than this on average is not worth the room.
WORTHWHILE = 8


class Tiles(NamedTuple):
    """The occupied tiles of one level in Morton order, and one element more. `first` is a tile's first place,
    at the end the number of places; the others its places' extremes, at the end nothing that is read.
    """

    first: SmallArray
    least_x: SmallArray
    least_y: SmallArray
    greatest_x: SmallArray
    greatest_y: SmallArray

    def starting_at(self, places: IntArray) -> IntArray:
        """The tiles whose first places these are."""
        # As narrow as what is searched, which numpy would widen first.
        return np.searchsorted(self.first, places.astype(np.int32))


@dataclass(slots=True, eq=False)
class Outlines:
    """`Tiles` of the levels from 0 on, one after the other: those of level l from starts[l] on."""

    starts: IntArray
    first: SmallArray
    least_x: SmallArray
    least_y: SmallArray
    greatest_x: SmallArray
    greatest_y: SmallArray

    @classmethod
    def of(cls, levels: ByteArray, xs: SmallArray, ys: SmallArray) -> Self:
        """Of places, whose columns are those of `Places`."""
        tiles = np.cumsum(np.bincount(levels, minlength=mercator.LEVELS + 1))
        kept = int(np.searchsorted(tiles, len(levels) // WORTHWHILE, side="right")) if len(levels) else 0
        found = list(_upwards(levels, xs, ys, kept - 1))[::-1]
        starts = np.zeros(mercator.LEVELS + 2, dtype=np.int64)
        starts[1 : kept + 1] = tiles[:kept] + 1
        columns = zip(*found, strict=True) if found else [[np.zeros(0, dtype=np.int32)]] * len(Tiles._fields)
        return cls(np.cumsum(starts), *map(np.concatenate, columns))

    def at(self, level: int) -> Tiles | None:
        """None for a level that is too far down."""
        own = slice(int(self.starts[level]), int(self.starts[level + 1]))
        if own.start == own.stop:
            return None
        columns = (self.first, self.least_x, self.least_y, self.greatest_x, self.greatest_y)
        return Tiles(*(column[own] for column in columns))


def _upwards(levels: ByteArray, xs: SmallArray, ys: SmallArray, deepest: int) -> Iterator[Tiles]:
    """From the deepest level to the root, each from the tiles below it."""
    total = len(levels)
    first = np.arange(total, dtype=np.int32)
    extremes = [xs[:-1], ys[:-1], xs[:-1], ys[:-1]]
    for level in range(deepest, -1, -1):
        begins = np.flatnonzero(levels <= level)
        levels, first = levels[begins], first[begins]
        reducers = (np.minimum, np.minimum, np.maximum, np.maximum)
        extremes = [reduce.reduceat(c, begins) for reduce, c in zip(reducers, extremes, strict=True)]
        yield Tiles(np.append(first, np.int32(total)), *(np.append(c, np.int32(0)) for c in extremes))
