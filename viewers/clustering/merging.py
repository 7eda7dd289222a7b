"""Which cells of a grid of 16-pixel cells become one marker.

A cell stands where its viewers are on average. Anchors are chosen greedily: the cell of highest rank becomes
one and takes every cell nearer than RADIUS out of the choice, then the highest rank of those left, and so on.
Each cell then belongs to its nearest anchor. Hence anchors are never nearer to one another than RADIUS, and
each cell is nearer to its anchor than that.

Rank is the power of two below the count, then a hash of the cell: larger ones win, and among equals neither
the viewport nor the order of rows decides. The choice is made in rounds, each taking all cells that outrank
everything around them, which gives the very anchors that taking one at a time would.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from viewers.clustering import mercator
from viewers.clustering.arrays import IntArray, SmallArray
from viewers.clustering.boxes import Rectangle

TILE = 256
CELL = 16
RADIUS = 60
# Levels of the quadtree between a tile of the map and a cell.
CELL_LEVELS = 4
# Nearer than RADIUS means at most this many cells away in each direction.
REACH = 4

# No view has more cells than this many bits count: the largest, with the largest padding, has 1,025 squared.
INDEX_BITS = 21

# Rounds with no more candidates than this look around each of them, instead of at the whole grid.
FEW = 128

Mask = NDArray[np.bool_]
Ranks = NDArray[np.signedinteger[Any]]


@dataclass(slots=True, eq=False)
class Cells:
    """Occupied cells in Morton order: places [first, last), mean position in units, viewers."""

    first: IntArray
    last: IntArray
    x: IntArray
    y: IntArray
    count: IntArray

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a rectangle at a zoom, whose side is 2^bits units.

    `circles`: the columns go once around the world. An open edge has cells of the world beyond it.
    """

    left: int
    top: int
    columns: int
    rows: int
    bits: int
    circles: bool
    open_top: bool
    open_bottom: bool

    @classmethod
    def over(cls, rectangle: Rectangle, zoom: int) -> "Grid":
        bits = mercator.LEVELS - CELL_LEVELS - zoom
        left, top = rectangle.left >> bits, rectangle.top >> bits
        right, bottom, side = rectangle.right >> bits, rectangle.bottom >> bits, mercator.WORLD >> bits
        circles = right - left + 1 >= side
        left, right = (0, side - 1) if circles else (left, right)
        return cls(left, top, right - left + 1, bottom - top + 1, bits, circles, top > 0, bottom < side - 1)


class Pairs(NamedTuple):
    """Cells near an anchor, as three columns: both indices, and the square of their distance in units."""

    anchor: IntArray
    cell: SmallArray
    square: IntArray


def units(pixels: int, zoom: int) -> int:
    return pixels * (mercator.WORLD // TILE) >> zoom


def owners(cells: Cells, grid: Grid, zoom: int) -> tuple[IntArray, Mask]:
    """For each cell the index of its anchor (-1: none was found), and whether its own part is still
    undecided.

    Undecided are cells whose part hangs on cells beyond an open edge.
    """
    places = _positions(cells, grid)
    width = grid.columns + 2 * REACH
    rank = _ranks(cells, grid)
    ranks = np.zeros((grid.rows + 2 * REACH, width), dtype=rank.dtype)
    index = np.full(ranks.shape, -1, dtype=np.int32)
    flat_ranks = ranks.reshape(-1)
    flat_ranks[places] = rank
    index.reshape(-1)[places] = np.arange(len(cells), dtype=np.int32)
    if grid.circles:
        _close(index)
    candidates = np.flatnonzero(_inner(places, width, grid))
    around = _neighbourhood(width)
    limit = units(RADIUS, zoom) ** 2
    undecided = np.ones(len(cells), dtype=bool)
    found: list[Pairs] = []
    while len(candidates):
        if grid.circles:
            _close(ranks)
        at = places[candidates]
        if len(candidates) > FEW:
            highest = _highest_of_nine(_highest_of_nine(ranks.T).T)[at // width - REACH, at % width - REACH]
        else:
            highest = flat_ranks[at[:, None] + around].max(axis=1)
        chosen = candidates[highest == rank[candidates]]
        if not len(chosen):
            break
        pairs = _near(cells, index.reshape(-1)[places[chosen][:, None] + around], chosen, limit)
        flat_ranks[places[pairs.cell]] = 0
        undecided[pairs.cell] = False
        candidates = candidates[undecided[candidates]]
        found.append(pairs)
    return _nearest(len(cells), found), undecided


def _positions(cells: Cells, grid: Grid) -> IntArray:
    """Index into the flattened grid, which has a margin of REACH cells all around."""
    columns = ((cells.x >> grid.bits) - grid.left) & ((mercator.WORLD >> grid.bits) - 1)
    rows = (cells.y >> grid.bits) - grid.top
    return (rows + REACH) * (grid.columns + 2 * REACH) + columns + REACH


def _ranks(cells: Cells, grid: Grid) -> Ranks:
    """1, 2, 3, … Every step of the hash can be undone within 48 bits."""
    mask = np.uint64((1 << 48) - 1)
    cell = ((cells.y >> grid.bits) << 24 | (cells.x >> grid.bits)).astype(np.uint64)
    cell = cell * np.uint64(0x9E3779B97F4A7C15) & mask
    cell ^= cell >> np.uint64(25)
    cell = cell * np.uint64(0xD6E8FEB86659FD93) & mask
    cell ^= cell >> np.uint64(23)
    power = np.frexp(cells.count.astype(np.float64))[1].astype(np.int64)
    # A few bits of the hash make room for the index, so that plain integers are sorted, which is quicker than
    # finding their order. Cells that tie by it keep their Morton order, whatever the viewport.
    packed = power << 57 | (cell.astype(np.int64) >> 12) << INDEX_BITS
    packed |= np.arange(len(cells))
    packed.sort()
    order = packed & ((1 << INDEX_BITS) - 1)
    # The smaller the numbers, the more of them are compared at once.
    ranks: Ranks = np.empty(len(cells), dtype=np.int16 if len(cells) < np.iinfo(np.int16).max else np.int32)
    ranks[order] = np.arange(1, len(cells) + 1)
    return ranks


def _close(array: NDArray[np.signedinteger[Any]]) -> None:
    """Makes the margins left and right show the other side of the world."""
    array[:, :REACH] = array[:, -2 * REACH : -REACH]
    array[:, -REACH:] = array[:, REACH : 2 * REACH]


def _inner(places: IntArray, width: int, grid: Grid) -> Mask:
    """Cells all of whose neighbours are in the grid."""
    columns, rows = places % width - REACH, places // width - REACH
    inner = np.ones(len(places), dtype=bool)
    if not grid.circles:
        inner &= (columns >= REACH) & (columns < grid.columns - REACH)
    if grid.open_top:
        inner &= rows >= REACH
    if grid.open_bottom:
        inner &= rows < grid.rows - REACH
    return inner


def _neighbourhood(width: int) -> IntArray:
    """Offsets of the cells that can be nearer than RADIUS."""
    steps = np.arange(-REACH, REACH + 1, dtype=np.int64)
    apart = np.maximum(np.abs(steps) - 1, 0) * CELL
    rows, columns = np.nonzero(apart[:, None] ** 2 + apart[None, :] ** 2 < RADIUS**2)
    return (rows - REACH) * width + columns - REACH


def _highest_of_nine(ranks: Ranks) -> Ranks:
    """The highest of 2 * REACH + 1 neighbours along the first axis, which becomes 2 * REACH shorter."""
    two = np.maximum(ranks[:-1], ranks[1:])
    four = np.maximum(two[:-2], two[2:])
    eight = np.maximum(four[:-4], four[4:])
    highest: Ranks = np.maximum(eight[:-1], ranks[2 * REACH :])
    return highest


def _near(cells: Cells, around: SmallArray, anchors: IntArray, limit: int) -> Pairs:
    """The pairs nearer than the radius. Row i of `around` holds the cells around anchor i, and -1."""
    occupied = np.flatnonzero(around.reshape(-1) >= 0)
    cell = around.reshape(-1)[occupied]
    anchor = anchors[occupied // around.shape[1]]
    square = squares(cells, cell, anchor)
    near = square < limit
    return Pairs(anchor[near], cell[near], square[near])


def squares(cells: Cells, some: IntArray | SmallArray, others: IntArray) -> IntArray:
    """Squares of distances in units, the shorter way around the world."""
    half = mercator.WORLD >> 1
    across = ((cells.x[some] - cells.x[others] + half) & (mercator.WORLD - 1)) - half
    down = cells.y[some] - cells.y[others]
    square: IntArray = across * across + down * down
    return square


def _nearest(count: int, found: list[Pairs]) -> IntArray:
    """Of several anchors at one distance, the first in Morton order."""
    owner = np.full(count, count, dtype=np.int64)
    if found:
        anchor, cell, square = (np.concatenate(column) for column in zip(*found, strict=True))
        least = np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(least, cell, square)
        nearest = square == least[cell]
        np.minimum.at(owner, cell[nearest], anchor[nearest])
    owner[owner == count] = -1
    return owner
