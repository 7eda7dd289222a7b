"""What of an audience may be shown to everybody: large cells of one fixed grid, from five viewers on.

A cell that has fewer is left out, wherever one looks and however far one zooms. All that is answered is made
of the remaining cells alone, so that two answers, laid side by side, tell no more than the list of these
cells does. A cell stands at its middle: the mean of its viewers' places would move by who comes and goes, and
two such means with their counts give away the place of the one who came.
"""

import numpy as np

from viewers.clustering import mercator
from viewers.clustering.located import Places, run_starts

# 157 km wide at the equator, 110 at 45 degrees, 50 at 71.
LEVEL = 8
FEWEST = 5
# Cells are 64 pixels apart here, further than markers are ever merged: a nearer look shows nothing more.
MAX_ZOOM = 6

_BITS = 2 * (mercator.LEVELS - LEVEL)


def coarse(places: Places) -> Places:
    """The cells that may be shown, as places at their middles; nothing of bandwidth and health."""
    cells = places.codes >> _BITS
    starts = run_starts(cells)
    counts = np.diff(places.count[np.append(starts, len(cells))].astype(np.int64))
    shown = counts >= FEWEST
    # Half a cell further east and south: one bit of each coordinate.
    middles = (cells[starts] << _BITS) + (3 << _BITS - 2)
    nothing = np.zeros(int(shown.sum()), dtype=np.int64)
    return Places.from_rows(middles[shown], counts[shown], nothing, nothing, nothing)


def shown_total(viewers: int, on_map: int) -> int | None:
    """How many viewers to tell of, when so many of them are in cells that are shown; None: fewer than five.

    Where it would say that one to four are nowhere on the map, it says how many are on it: that few could
    otherwise be counted by subtraction.
    """
    if viewers < FEWEST:
        return None
    return on_map if 0 < viewers - on_map < FEWEST else viewers
