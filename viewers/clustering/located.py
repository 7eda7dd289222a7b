"""Located viewers as arrays: distinct places in Morton order with exact prefix sums.

In Morton order every map tile and every cell of a grid of any zoom is one index range, and the sum over a
range is the difference of two prefix sums. All sums are integers, so they are the same whatever they are
added up from.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from viewers.clustering import mercator
from viewers.clustering.boxes import Box, Rectangle

IntArray = NDArray[np.int64]
SmallArray = NDArray[np.int32]
ByteArray = NDArray[np.uint8]


@dataclass(slots=True, eq=False)
class Places:
    """The n distinct places of an audience, by ascending Morton code. Arrays may be views of a mapped file.

    `count` to `known` are prefix sums of length n + 1 that need not begin with 0, so that a slice of them
    serves a slice of the places: viewers; x and y in Mercator units times viewers; bytes per second; health
    points; viewers whose health is known. `xs` and `ys` are the places' own coordinates and one element more,
    which is never read. `levels` tells from which level of the quadtree on a place is in another tile than
    the place before it (0 for the first).
    """

    codes: IntArray
    count: IntArray
    x: IntArray
    y: IntArray
    bandwidth: IntArray
    health: IntArray
    known: IntArray
    xs: SmallArray
    ys: SmallArray
    levels: ByteArray

    @classmethod
    def from_rows(
        cls, codes: ArrayLike, count: ArrayLike, bandwidth: ArrayLike, health: ArrayLike, known: ArrayLike
    ) -> Self:
        """Rows in any order; rows of one place are added up."""
        given = np.asarray(codes, dtype=np.int64)
        order = np.argsort(given, kind="stable")
        ordered = given[order]
        starts = np.flatnonzero(np.diff(ordered, prepend=-1))
        columns = (np.asarray(column, dtype=np.int64)[order] for column in (count, bandwidth, health, known))
        if not len(starts):
            return cls.from_sorted(ordered, *columns)
        return cls.from_sorted(ordered[starts], *(np.add.reduceat(column, starts) for column in columns))

    @classmethod
    def from_sorted(
        cls,
        codes: IntArray,
        count: IntArray,
        bandwidth: IntArray,
        health: IntArray,
        known: IntArray,
        begins: IntArray | None = None,
    ) -> Self:
        """Rows by ascending code. Several audiences may follow one another, to be cut out by `part`: `begins`
        are the indices where one begins."""
        xs, ys = mercator.decode(codes)
        levels = _levels(codes)
        if begins is not None:
            levels[begins] = 0
        return cls(
            codes=codes,
            count=prefix_sums(count),
            x=prefix_sums(xs * count),
            y=prefix_sums(ys * count),
            bandwidth=prefix_sums(bandwidth),
            health=prefix_sums(health),
            known=prefix_sums(known),
            xs=_with_spare(xs),
            ys=_with_spare(ys),
            levels=levels,
        )

    def part(self, first: int, last: int) -> "Places":
        """The places with indices [first, last), without a copy."""
        more = slice(first, last + 1)
        return Places(
            codes=self.codes[first:last],
            count=self.count[more],
            x=self.x[more],
            y=self.y[more],
            bandwidth=self.bandwidth[more],
            health=self.health[more],
            known=self.known[more],
            xs=self.xs[more],
            ys=self.ys[more],
            levels=self.levels[first:last],
        )

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def total(self) -> int:
        """Located viewers."""
        return int(self.count[-1] - self.count[0])


def prefix_sums(column: IntArray) -> IntArray:
    """n + 1 sums: of the first 0, 1, … n elements."""
    sums = np.zeros(len(column) + 1, dtype=np.int64)
    np.cumsum(column, out=sums[1:])
    return sums


def places_in(places: Places, box: Box) -> IntArray:
    """Indices of the places inside the box, ascending (which is Morton order)."""
    rectangle = box.rectangle()
    indices = expand(*index_ranges(places, rectangle, 0))
    return indices[rectangle.contains(places.xs[indices], places.ys[indices])]


def index_ranges(places: Places, rectangle: Rectangle, least_bits: int) -> tuple[IntArray, IntArray]:
    """Few index ranges [first, last), ascending, that together hold the rectangle's places, and some around
    it.

    They are made of whole tiles, whose side is at least 2^least_bits units.
    """
    extent = max(rectangle.right - rectangle.left, rectangle.bottom - rectangle.top)
    bits = min(max(least_bits, (extent >> 3).bit_length()), mercator.LEVELS)
    columns = np.arange(rectangle.left >> bits, (rectangle.right >> bits) + 1, dtype=np.int64)
    columns = np.unique(columns & ((mercator.WORLD >> bits) - 1))
    rows = np.arange(rectangle.top >> bits, (rectangle.bottom >> bits) + 1, dtype=np.int64)
    tiles = np.sort(mercator.encode(columns[None, :] << bits, rows[:, None] << bits), axis=None)
    firsts = np.searchsorted(places.codes, tiles)
    lasts = np.searchsorted(places.codes, tiles + (1 << 2 * bits))
    return join(firsts[firsts < lasts], lasts[firsts < lasts])


def join(firsts: IntArray, lasts: IntArray) -> tuple[IntArray, IntArray]:
    """The same ascending ranges with those that touch made one."""
    if not len(firsts):
        return firsts, lasts
    gaps = firsts[1:] != lasts[:-1]
    return firsts[np.concatenate(([True], gaps))], lasts[np.concatenate((gaps, [True]))]


def expand(firsts: IntArray, lasts: IntArray) -> IntArray:
    """Every index of the ranges [first, last), in their order."""
    lengths = lasts - firsts
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    indices: IntArray = np.arange(total, dtype=np.int64) + np.repeat(firsts - (ends - lengths), lengths)
    return indices


def _levels(codes: IntArray) -> ByteArray:
    if not len(codes):
        return np.zeros(0, dtype=np.uint8)
    # The exponent of a number is its bit length; 52 bits are exact in a float.
    bits = np.frexp((codes[1:] ^ codes[:-1]).astype(np.float64))[1]
    levels = np.zeros(len(codes), dtype=np.uint8)
    levels[1:] = mercator.LEVELS + 1 - (bits + 1) // 2
    return levels


def _with_spare(values: IntArray) -> SmallArray:
    spared = np.zeros(len(values) + 1, dtype=np.int32)
    spared[:-1] = values
    return spared
