"""Boxes on the map, in degrees and in Mercator units."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from viewers.clustering import mercator


class Rectangle(NamedTuple):
    """Mercator units, all four sides inclusive. left <= right, which may lie beyond the world's edge."""

    left: int
    top: int
    right: int
    bottom: int

    def grown(self, margin: int) -> "Rectangle":
        left, right = self.left - margin, self.right + margin
        if right - left >= mercator.WORLD - 1:
            left, right = 0, mercator.WORLD - 1
        top, bottom = max(self.top - margin, 0), min(self.bottom + margin, mercator.WORLD - 1)
        return Rectangle(left, top, right, bottom)

    def contains(
        self, xs: NDArray[np.signedinteger[Any]], ys: NDArray[np.signedinteger[Any]]
    ) -> NDArray[np.bool_]:
        across = (xs.astype(np.int64) - self.left) & (mercator.WORLD - 1)
        return (across <= self.right - self.left) & (ys >= self.top) & (ys <= self.bottom)


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees. west > east crosses the antimeridian; all four edges belong to the box.

    Latitudes are clamped to the poles; longitudes beyond ±180, as maps scrolled around the world send them,
    are wrapped, and a box at least 360 wide is the whole world's width. Raises ValueError for NaN, infinity
    and south > north.
    """

    south: float
    west: float
    north: float
    east: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.south, self.west, self.north, self.east))):
            raise ValueError("a box needs four finite numbers")
        if self.south > self.north:
            raise ValueError("south must not be greater than north")
        around = self.east - self.west >= 360.0
        object.__setattr__(self, "west", -180.0 if around else _wrapped(self.west))
        object.__setattr__(self, "east", 180.0 if around else _wrapped(self.east))
        object.__setattr__(self, "south", min(max(self.south, -90.0), 90.0))
        object.__setattr__(self, "north", min(max(self.north, -90.0), 90.0))

    @classmethod
    def world(cls) -> Self:
        return cls(-90.0, -180.0, 90.0, 180.0)

    def rectangle(self) -> Rectangle:
        left, right = (int((edge + 180.0) / 360.0 * mercator.WORLD) for edge in (self.west, self.east))
        right += mercator.WORLD if self.west > self.east else 0
        # 180 east is x = 0, one turn on: inside, unless that would count it twice.
        right = min(right, left + mercator.WORLD - 1)
        return Rectangle(left, mercator.project(self.north, 0)[1], right, mercator.project(self.south, 0)[1])


def _wrapped(longitude: float) -> float:
    return longitude if -180.0 <= longitude <= 180.0 else (longitude + 180.0) % 360.0 - 180.0
