"""Located viewers as arrays: distinct places in Morton order with exact prefix sums.

In Morton order every map tile and every cell of a grid of any zoom is one index range, and the sum over a
range is the difference of two prefix sums. All sums are integers, so they are the same whatever they are
added up from.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from viewers.clustering import mercator
from viewers.clustering.arrays import ByteArray, Counts, IntArray, SmallArray, narrowed
from viewers.clustering.boxes import Box, Rectangle
from viewers.clustering.outlines import Outlines


@dataclass(slots=True, eq=False)
class Places:
    """The n distinct places of an audience, by ascending Morton code. Arrays may be views of a mapped file.

    `count` to `known` are prefix sums of length n + 1: viewers; x and y in Mercator units times viewers;
    bytes per second; health points; viewers whose health is known. Some are narrower than 64 bits: they
    may be subtracted from one another as they are, and are widened for anything else. `xs` and `ys` are the
    places' own coordinates and one element more, which is never read. `levels` tells from which level of the
    quadtree on a place is in another tile than the place before it (0 for the first).
    """

    codes: IntArray
    count: Counts
    x: IntArray
    y: IntArray
    bandwidth: Counts
    health: Counts
    known: Counts
    xs: SmallArray
    ys: SmallArray
    levels: ByteArray
    outlines: Outlines

    @classmethod
    def from_rows(
        cls, codes: ArrayLike, count: ArrayLike, bandwidth: ArrayLike, health: ArrayLike, known: ArrayLike
    ) -> Self:
        """Rows in any order; rows of one place are added up."""
        order, ordered = in_order(np.asarray(codes, dtype=np.int64))
        columns = (np.asarray(column, dtype=np.int64)[order] for column in (count, bandwidth, health, known))
        starts = run_starts(ordered)
        return cls.from_ordered(ordered[starts], np.append(starts, len(ordered)), *columns)

    @classmethod
    def from_ordered(
        cls,
        codes: IntArray,
        edges: IntArray,
        count: Counts,
        bandwidth: Counts,
        health: Counts,
        known: Counts,
    ) -> Self:
        """Places by ascending code, and columns of rows: place i's are [edges[i], edges[i + 1])."""
        viewers, bandwidth, health, known = (
            prefix_sums(column)[edges] for column in (count, bandwidth, health, known)
        )
        each = np.diff(viewers)
        xs, ys = mercator.decode(codes)
        x, y = prefix_sums(xs * each), prefix_sums(ys * each)
        own = _with_spare(xs), _with_spare(ys)
        levels = _levels(codes)
        return cls(
            codes=codes,
            count=narrowed(viewers),
            x=x,
            y=y,
            bandwidth=narrowed(bandwidth),
            health=narrowed(health),
            known=narrowed(known),
            xs=own[0],
            ys=own[1],
            levels=levels,
            outlines=Outlines.of(levels, *own),
        )

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def total(self) -> int:
        """Located viewers."""
        return int(self.count[-1])


def in_order(codes: IntArray) -> tuple[IntArray, IntArray]:
    """The indices that sort the codes, and the sorted codes. Negative codes come first.

    Numpy sorts plain integers several times faster than it finds their order. So each code carries its own
    index in the bits below it; where there are too few, the code's lowest bits are left out, and the few
    that share the others are put right afterwards.
    """
    bits = max(len(codes) - 1, 1).bit_length()
    dropped = max(int(codes.max(initial=0)).bit_length() + bits - 63, 0)
    packed = (codes >> dropped) << bits
    packed |= np.arange(len(codes))
    packed.sort()
    packed &= (1 << bits) - 1
    order: IntArray = packed
    ordered = codes[order]
    wrong = np.flatnonzero(ordered[1:] < ordered[:-1])
    if len(wrong):
        _put_right(order, ordered, wrong, dropped)
    return order, ordered


def _put_right(order: IntArray, ordered: IntArray, wrong: IntArray, dropped: int) -> None:
    """Sorts, in place, those that share their bits with one that is followed by a smaller one."""
    shared = ordered >> dropped
    sharing = np.unique(shared[wrong])
    indices = expand(np.searchsorted(shared, sharing), np.searchsorted(shared, sharing, side="right"))
    right = indices[np.argsort(ordered[indices])]
    order[indices], ordered[indices] = order[right], ordered[right]


def run_starts(ordered: IntArray) -> IntArray:
    """Index of the first of each run of equal elements."""
    begins = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return np.flatnonzero(begins)


def prefix_sums(column: Counts) -> IntArray:
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
