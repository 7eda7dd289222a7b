"""Viewers as they are scattered over the world, and what maps show of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from viewers.clustering import mercator
from viewers.clustering.arrays import IntArray
from viewers.clustering.clusters import Box

WIDTH, HEIGHT = 1440, 900
# From 0 on.
ZOOMS = 19

Floats = NDArray[np.float64]


class Viewers(NamedTuple):
    """One element for each viewer; `stream` is a number."""

    latitude: Floats
    longitude: Floats
    code: IntArray
    stream: IntArray
    bandwidth: IntArray
    health: IntArray


class Viewport(NamedTuple):
    box: Box
    zoom: int


def audience(viewers: int, places: int, streams: int, random: np.random.Generator) -> Viewers:
    """Places scattered around 3,000 cities; few cities, places and streams have most of the viewers."""
    cities = random.uniform([-55, -180], [70, 180], size=(3000, 2))
    city = random.choice(3000, places, p=_zipf(3000, 0.8))
    spread = random.normal(size=(2, places)) * random.exponential(0.3, places)
    latitudes = np.clip(cities[city, 0] + spread[0], -80, 80)
    longitudes = (cities[city, 1] + spread[1] + 180) % 360 - 180
    place = np.arange(viewers) if places == viewers else random.choice(places, viewers, p=_zipf(places, 0.7))
    latitude, longitude = latitudes[place], longitudes[place]
    return Viewers(
        latitude,
        longitude,
        mercator.encode(*mercator.project_array(latitude, longitude)),
        random.choice(streams, viewers, p=_zipf(streams, 1.0)),
        random.integers(100_000, 1_000_000, viewers),
        random.integers(0, 101, viewers),
    )


def viewports(viewers: Viewers, number: int, random: np.random.Generator) -> list[Viewport]:
    """Around viewers, at zooms from 0 to 18 in turn, the first shows the world; the last two lie across the
    antimeridian.
    """
    views = []
    for number_of in range(number - 2):
        viewer = int(random.integers(0, len(viewers.code)))
        x, y = mercator.project(viewers.latitude[viewer], viewers.longitude[viewer])
        views.append(_around(x, y, number_of % ZOOMS))
    south_sea = mercator.project(-17.0, 180.0)
    return [*views, _around(*south_sea, 3), _around(*south_sea, 5)]


def _around(x: int, y: int, zoom: int) -> Viewport:
    wide, high = (pixels * (mercator.WORLD // 256) >> zoom for pixels in (WIDTH // 2, HEIGHT // 2))
    if 2 * wide >= mercator.WORLD:
        return Viewport(Box.world(), zoom)
    north, west = mercator.unproject(x - wide, max(y - high, 0))
    south, east = mercator.unproject(x + wide, min(y + high, mercator.WORLD - 1))
    return Viewport(Box(south, west, north, east), zoom)


def _zipf(n: int, exponent: float) -> Floats:
    weights = 1 / np.arange(1, n + 1) ** exponent
    shares: Floats = weights / weights.sum()
    return shares
