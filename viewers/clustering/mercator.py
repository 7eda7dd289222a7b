"""Web Mercator (EPSG:3857) as integers: the world is a square of 2^26 by 2^26 cells, y growing southwards.

A cell is 0.6 m wide at the equator, finer than any address database. Integers make sums of positions exact
and independent of order; a Morton code (x in the even bits, y in the odd) makes a tile one range of codes.
"""

import math
from typing import TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVELS = 26
WORLD = 1 << LEVELS
# atan(sinh(pi)): where the projected world becomes a square.
MAX_LATITUDE = 85.0511287798066

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_Bits = TypeVar("_Bits", int, IntArray)


def project(latitude: float, longitude: float) -> tuple[int, int]:
    """Cell (x, y) of a position in degrees, each in [0, WORLD).

    The latitude is clamped to ±MAX_LATITUDE, the longitude wrapped. Raises ValueError for NaN and infinity.
    """
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        raise ValueError("latitude and longitude must be finite numbers")
    clamped = math.radians(min(max(latitude, -MAX_LATITUDE), MAX_LATITUDE))
    # The remainder of a tiny negative number rounds up to 360 itself, hence the mask.
    x = int((longitude + 180.0) % 360.0 / 360.0 * WORLD) & (WORLD - 1)
    y = math.floor((0.5 - math.asinh(math.tan(clamped)) / math.tau) * WORLD)
    return x, min(max(y, 0), WORLD - 1)


def unproject(x: float, y: float) -> tuple[float, float]:
    """(latitude, longitude) in degrees of the centre of a cell; fractions, as means have them, are allowed.

    An x outside the world, as unwrapping at the antimeridian makes it, is wrapped to [-180, 180).
    """
    longitude = ((x + 0.5) / WORLD % 1.0) * 360.0 - 180.0
    latitude = math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * (y + 0.5) / WORLD))))
    return latitude, longitude


def project_array(latitudes: ArrayLike, longitudes: ArrayLike) -> tuple[IntArray, IntArray]:
    """`project` of many positions; on a cell's very edge the two may differ by one cell (other libraries)."""
    lats = np.asarray(latitudes, dtype=np.float64)
    lngs = np.asarray(longitudes, dtype=np.float64)
    if not (np.isfinite(lats).all() and np.isfinite(lngs).all()):
        raise ValueError("latitudes and longitudes must be finite numbers")
    clamped = np.radians(np.clip(lats, -MAX_LATITUDE, MAX_LATITUDE))
    xs = ((lngs + 180.0) % 360.0 / 360.0 * WORLD).astype(np.int64) & (WORLD - 1)
    ys = np.floor((0.5 - np.arcsinh(np.tan(clamped)) / math.tau) * WORLD).astype(np.int64)
    return xs, np.clip(ys, 0, WORLD - 1)


def unproject_array(xs: ArrayLike, ys: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """`unproject` of many cells: (latitudes, longitudes)."""
    longitudes = ((np.asarray(xs, dtype=np.float64) + 0.5) / WORLD % 1.0) * 360.0 - 180.0
    angles = math.pi * (1.0 - 2.0 * (np.asarray(ys, dtype=np.float64) + 0.5) / WORLD)
    return np.degrees(np.arctan(np.sinh(angles))), longitudes


def place_code(latitude: float, longitude: float) -> int:
    """52-bit Morton code of a position's cell. Raises ValueError for NaN and infinity."""
    return encode(*project(latitude, longitude))


@overload
def encode(xs: int, ys: int) -> int: ...
@overload
def encode(xs: IntArray, ys: IntArray) -> IntArray: ...
def encode(xs: int | IntArray, ys: int | IntArray) -> int | IntArray:
    """Morton codes of cells, each coordinate in [0, WORLD)."""
    if isinstance(xs, int) and isinstance(ys, int):
        return _spread(xs) | _spread(ys) << 1
    return _spread(np.asarray(xs, dtype=np.int64)) | _spread(np.asarray(ys, dtype=np.int64)) << 1


@overload
def decode(codes: int) -> tuple[int, int]: ...
@overload
def decode(codes: IntArray) -> tuple[IntArray, IntArray]: ...
def decode(codes: int | IntArray) -> tuple[int, int] | tuple[IntArray, IntArray]:
    """Cells (x, y) of Morton codes: what `encode` was given."""
    if isinstance(codes, int):
        return _gather(codes), _gather(codes >> 1)
    array = np.asarray(codes, dtype=np.int64)
    return _gather(array), _gather(array >> 1)


# The masks are the published "interleave bits by magic numbers" ones, for 32 bits into 64.
def _spread(value: _Bits) -> _Bits:
    value = (value | value << 16) & 0x0000FFFF0000FFFF
    value = (value | value << 8) & 0x00FF00FF00FF00FF
    value = (value | value << 4) & 0x0F0F0F0F0F0F0F0F
    value = (value | value << 2) & 0x3333333333333333
    return (value | value << 1) & 0x5555555555555555


def _gather(value: _Bits) -> _Bits:
    value = value & 0x5555555555555555
    value = (value | value >> 1) & 0x3333333333333333
    value = (value | value >> 2) & 0x0F0F0F0F0F0F0F0F
    value = (value | value >> 4) & 0x00FF00FF00FF00FF
    value = (value | value >> 8) & 0x0000FFFF0000FFFF
    return (value | value >> 16) & 0x00000000FFFFFFFF
