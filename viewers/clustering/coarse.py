"""What of an audience may be shown to everybody: large cells of one fixed grid, from five viewers on.

A cell that has fewer is left out, wherever one looks and however far one zooms. All that is answered is made
of the remaining cells alone, so that two answers, laid side by side, tell no more than the list of these
cells does. A cell stands at its middle: the mean of its viewers' places would move by who comes and goes, and
two such means with their counts give away the place of the one who came.
"""

import numpy as np

from viewers.clustering import mercator
from viewers.clustering.arrays import IntArray
from viewers.clustering.located import Places

# 157 km wide at the equator, 110 at 45 degrees, 50 at 71.
LEVEL = 8
FEWEST = 5
# Cells are 64 pixels apart here, further than markers are ever merged: a nearer look shows nothing more.
MAX_ZOOM = 6

_BITS = 2 * (mercator.LEVELS - LEVEL)


def coarse(places: Places) -> Places:
    """The cells that may be shown, as places at their middles; nothing of bandwidth and health."""
    return as_places(*shown_cells(places))


def shown_cells(places: Places) -> tuple[IntArray, IntArray]:
    """The codes of their middles, ascending, and how many viewers each has."""
    tiles = places.outlines.at(LEVEL)
    if tiles is not None:
        edges = tiles.first.astype(np.int64)
    else:
        edges = np.append(np.flatnonzero(places.levels <= LEVEL), len(places))
    sums = places.count[edges].astype(np.int64)
    counts = sums[1:] - sums[:-1]
    shown = counts >= FEWEST
    # Half a cell further east and south: one bit of each coordinate.
    middles = (places.codes[edges[:-1]] >> _BITS << _BITS) + (3 << _BITS - 2)
    return middles[shown], counts[shown]


def as_places(middles: IntArray, counts: IntArray) -> Places:
    nothing = np.zeros(len(middles), dtype=np.int64)
    edges = np.arange(len(middles) + 1)
    return Places.from_ordered(middles, edges, counts, nothing, nothing, nothing)


def shown_total(viewers: int, on_map: int) -> int | None:
    """How many viewers to tell of, when so many of them are in cells that are shown; None: fewer than five.

    Where it would say that one to four are nowhere on the map, it says how many are on it: that few could
    otherwise be counted by subtraction.
    """
    if viewers < FEWEST:
        return None
    return on_map if 0 < viewers - on_map < FEWEST else viewers
