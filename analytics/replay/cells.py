"""Viewers by cell of the map: how coarse a place is here, and how counts are stored and added up.

A cell is a tile of the quadtree's level 10, some 39 km wide at the equator and 24 km at 52 degrees: as fine
as the map's own cells of 16 pixels are at zoom 6. Counts may be negative: what changes is counted alike.
"""

import zlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from viewers.clustering import mercator

LEVEL = 10
# What a place code has below its cell.
CELL_BITS = 2 * (mercator.LEVELS - LEVEL)
MIDDLE = 3 << CELL_BITS - 2
# The cell of those whose place is not known: behind all others.
NOWHERE = 1 << 2 * LEVEL
# So few counts are sorted rather than laid out over the whole world.
FEW = 20_000

Integers = NDArray[np.int64]


class Counts(NamedTuple):
    """Columns of equal length: cells, ascending, and how many; none of them is zero."""

    cells: Integers
    viewers: Integers

    def __neg__(self) -> "Counts":
        return Counts(self.cells, -self.viewers)

    def __bool__(self) -> bool:
        return len(self.cells) > 0


NOBODY = Counts(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def added(parts: Iterable[Counts]) -> Counts:
    """Their sum, cell by cell."""
    filled = [part for part in parts if part]
    if len(filled) < 2:
        return filled[0] if filled else NOBODY
    cells, viewers = _few(filled) if sum(len(part.cells) for part in filled) < FEW else _many(filled)
    kept = np.flatnonzero(viewers)
    return Counts(cells[kept], viewers[kept])


def _few(parts: list[Counts]) -> Counts:
    cells, place = np.unique(np.concatenate([part.cells for part in parts]), return_inverse=True)
    viewers = np.zeros(len(cells), dtype=np.int64)
    np.add.at(viewers, place, np.concatenate([part.viewers for part in parts]))
    return Counts(cells, viewers)


def _many(parts: list[Counts]) -> Counts:
    """All cells there are fit into 4 MiB, and none occurs twice in a part: nothing needs to be sorted."""
    viewers = np.zeros(NOWHERE + 1, dtype=np.int32)
    for part in parts:
        viewers[part.cells] += part.viewers.astype(np.int32)
    cells = np.flatnonzero(viewers)
    return Counts(cells, viewers[cells].astype(np.int64))


def packed(counts: Counts) -> bytes:
    """As it is stored: gaps between cells and numbers, each in as few bytes as all of them need."""
    if not counts:
        return b""
    gaps = _narrow(np.diff(counts.cells, prepend=0))
    viewers = _narrow(counts.viewers)
    header = bytes([gaps.itemsize, viewers.itemsize])
    return header + zlib.compress(gaps.tobytes() + viewers.tobytes(), 1)


def unpacked(data: bytes | memoryview) -> Counts:
    if not len(data):
        return NOBODY
    wide, wide_viewers = data[0], data[1]
    body = zlib.decompress(data[2:])
    length = len(body) // (wide + wide_viewers)
    gaps = np.frombuffer(body, f"<i{wide}", length)
    viewers = np.frombuffer(body, f"<i{wide_viewers}", length, wide * length)
    return Counts(np.cumsum(gaps, dtype=np.int64), viewers.astype(np.int64))


def _narrow(values: Integers) -> NDArray[np.signedinteger]:
    most = int(np.abs(values).max())
    width = next(width for width in (1, 2, 4, 8) if most < 1 << 8 * width - 1)
    return values.astype(f"<i{width}")
