"""Markers for a viewport: places merged so that no two markers are nearer than 60 pixels.

Pure arithmetic on `Places`. What a marker is depends on the zoom and the audience around it, never on the
viewport: a map that is panned, or shown beside another, shows the same markers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from viewers.clustering import mercator
from viewers.clustering.arrays import Counts, IntArray
from viewers.clustering.boxes import Box, Rectangle
from viewers.clustering.located import Places, expand, index_ranges, places_in
from viewers.clustering.merging import CELL, CELL_LEVELS, RADIUS, Cells, Grid, Mask, owners, squares, units

__all__ = ["MAX_ZOOM", "Box", "Marker", "Places", "in_view", "places_in"]

MAX_ZOOM = 20
# CSS pixels of the largest viewport answered at full zoom; the largest screens have 7,680.
LARGEST_VIEW = 8192
# A marker in view has cells up to RADIUS away, whose nearest anchor is up to RADIUS from them. The rest is
# room for the choice of anchors to settle, which the first is enough for in 98 of 100 crowded views, and the
# second in nearly all.
PADDINGS = (384, 512, 1024, 2048, 4096)
# Places this far apart are in different markers: two cells of one marker are less than 2 * RADIUS apart, and
# each stands for places up to CELL away from it.
SURELY_APART = 2 * RADIUS + 2 * CELL


@dataclass(frozen=True, slots=True)
class Marker:
    """Viewers shown as one. The position is the mean place of its largest cell (16 pixels wide), in degrees.

    `bandwidth` is a sum in bytes per second; `health` the rounded mean of those known, None if none is.
    `bounds` (south, west, north, east) are the outermost places', west > east across the antimeridian.
    `expansion_zoom` is the smallest zoom at which it is sure to be several markers: where its places extend
    over SURELY_APART pixels; None if that is beyond MAX_ZOOM, as for a single place. `spans` are index ranges
    [first, last) into the places, an array of shape (k, 2).
    """

    count: int
    latitude: float
    longitude: float
    bandwidth: int
    health: int | None
    bounds: tuple[float, float, float, float]
    expansion_zoom: int | None
    spans: IntArray = field(compare=False, repr=False)


def in_view(places: Places, box: Box, zoom: int) -> list[Marker]:
    """Markers whose position is in the box, in Morton order. The zoom is that of 256-pixel tiles, 0 to
    MAX_ZOOM.

    A box larger than LARGEST_VIEW pixels is answered at the largest zoom at which it is not. Raises
    ValueError for a zoom out of range.
    """
    if not 0 <= zoom <= MAX_ZOOM:
        raise ValueError(f"zoom must be from 0 to {MAX_ZOOM}")
    rectangle = box.rectangle()
    extent = max(rectangle.right - rectangle.left, rectangle.bottom - rectangle.top)
    while zoom and extent > units(LARGEST_VIEW, zoom):
        zoom -= 1
    cells, owner, members = _merged(places, rectangle, zoom)
    if not len(members):
        return []
    return _markers(places, cells, owner, members, zoom + CELL_LEVELS)


def _merged(places: Places, rectangle: Rectangle, zoom: int) -> tuple[Cells, IntArray, IntArray]:
    """The cells, their anchors, and which of them belong to an anchor in the rectangle."""
    for padding in PADDINGS:
        padded = rectangle.grown(units(padding, zoom))
        grid = Grid.over(padded, zoom)
        cells = _cells(places, padded, grid, zoom)
        owner, undecided = owners(cells, grid, zoom)
        inside = rectangle.contains(cells.x, cells.y)
        members = np.flatnonzero(inside[owner] & (owner >= 0))
        close = rectangle.grown(units(2 * RADIUS, zoom)).contains(cells.x, cells.y)
        open_cells = np.flatnonzero(undecided & close)
        if not _may_matter(cells, owner, members, open_cells, inside):
            break
    return cells, owner, members


def _may_matter(cells: Cells, owner: IntArray, members: IntArray, open_cells: IntArray, inside: Mask) -> bool:
    """Whether a cell that may yet become an anchor would be shown, or would take a member from its anchor."""
    if inside[open_cells].any():
        return True
    own = squares(cells, members, owner[members])
    return any((squares(cells, members, cell) <= own).any() for cell in open_cells)


def _cells(places: Places, rectangle: Rectangle, grid: Grid, zoom: int) -> Cells:
    first, last = _tiles(places, *index_ranges(places, rectangle, grid.bits), zoom + CELL_LEVELS)
    count = _sums(places.count, first, last)
    x = (places.x[last] - places.x[first]) // count
    y = (places.y[last] - places.y[first]) // count
    inside = _in_grid(x, y, grid)
    return Cells(first[inside], last[inside], x[inside], y[inside], count[inside])


def _tiles(places: Places, firsts: IntArray, lasts: IntArray, level: int) -> tuple[IntArray, IntArray]:
    """The places [first, last) of each tile of a level, within ranges of whole ones."""
    tiles = places.outlines.at(level)
    if tiles is not None:
        found = expand(tiles.starting_at(firsts), tiles.starting_at(lasts))
        return tiles.first[found].astype(np.int64), tiles.first[found + 1].astype(np.int64)
    starts = [np.flatnonzero(places.levels[a:b] <= level) + a for a, b in zip(firsts, lasts, strict=True)]
    ends = [np.append(of_range[1:], end) for of_range, end in zip(starts, lasts, strict=True)]
    none = np.zeros(0, dtype=np.int64)
    return np.concatenate([none, *starts]), np.concatenate([none, *ends])


def _sums(sums: Counts, first: IntArray, last: IntArray) -> IntArray:
    """Over ranges of places."""
    return (sums[last] - sums[first]).astype(np.int64)


def _in_grid(x: IntArray, y: IntArray, grid: Grid) -> Mask:
    columns = ((x >> grid.bits) - grid.left) & ((mercator.WORLD >> grid.bits) - 1)
    rows = (y >> grid.bits) - grid.top
    return (columns < grid.columns) & (rows >= 0) & (rows < grid.rows)


def _markers(places: Places, cells: Cells, owner: IntArray, members: IntArray, level: int) -> list[Marker]:
    # Places' extremes are taken in Morton order, sums in order of markers.
    extremes = _extremes(places, cells, owner, members, level)
    order = np.argsort(owner[members], kind="stable")
    members = members[order]
    anchors = owner[members]
    starts = np.flatnonzero(np.diff(anchors, prepend=-1))
    first, last = cells.first[members], cells.last[members]
    count, bandwidth, health, known = (
        np.add.reduceat(_sums(sums, first, last), starts)
        for sums in (places.count, places.bandwidth, places.health, places.known)
    )
    west, north = (np.minimum.reduceat(side[order], starts) for side in extremes[:2])
    east, south = (np.maximum.reduceat(side[order], starts) for side in extremes[2:])
    x, y = cells.x[anchors[starts]], cells.y[anchors[starts]]
    latitudes, longitudes = mercator.unproject_array(
        np.stack((x, x + west, x + east)), np.stack((y, north, south))
    )
    columns = (
        count.tolist(),
        latitudes[0].tolist(),
        longitudes[0].tolist(),
        bandwidth.tolist(),
        _means(health, known),
        zip(
            latitudes[2].tolist(),
            longitudes[1].tolist(),
            latitudes[1].tolist(),
            longitudes[2].tolist(),
            strict=True,
        ),
        _expansion_zooms(np.maximum(east - west, south - north)),
        _spans(first, last, starts),
    )
    return list(map(Marker, *columns))


def _extremes(
    places: Places, cells: Cells, owner: IntArray, members: IntArray, level: int
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Least x, least y, greatest x and greatest y of the members' places; x from the anchor on, so that it
    may cross the antimeridian.
    """
    first, last = cells.first[members], cells.last[members]
    tiles = places.outlines.at(level)
    if tiles is not None:
        found = tiles.starting_at(first)
        least_x, least_y, greatest_x, greatest_y = (column[found].astype(np.int64) for column in tiles[1:])
    else:
        least_x, least_y, greatest_x, greatest_y = _outermost(places, first, last)
    half = mercator.WORLD >> 1
    turn = (
        ((cells.x[members] - cells.x[owner[members]] + half) & (mercator.WORLD - 1)) - half - cells.x[members]
    )
    return least_x + turn, least_y, greatest_x + turn, greatest_y


def _outermost(places: Places, first: IntArray, last: IntArray) -> Iterator[IntArray]:
    """Least x, least y, greatest x and greatest y of ranges of places."""
    if 2 * int((last - first).sum()) < int(last[-1] - first[0]):
        indices = expand(first, last)
        xs, ys = places.xs[indices], places.ys[indices]
        edges = np.cumsum(last - first) - (last - first)
        step = 1
    else:
        # Every other range is a gap between two cells: cheaper to look through than to leave out.
        xs, ys = places.xs, places.ys
        edges = np.stack((first, last), axis=1).ravel()
        step = 2
    for reduce in (np.minimum.reduceat, np.maximum.reduceat):
        for coordinates in (xs, ys):
            yield reduce(coordinates, edges)[::step].astype(np.int64)


def _means(sums: IntArray, counts: IntArray) -> list[int | None]:
    means = (2 * sums + counts) // np.maximum(2 * counts, 1)
    return [mean if count else None for mean, count in zip(means.tolist(), counts.tolist(), strict=True)]


def _expansion_zooms(extents: IntArray) -> list[int | None]:
    # extent * 256 * 2^zoom / WORLD >= SURELY_APART
    needed = SURELY_APART * (mercator.WORLD // 256)
    with np.errstate(divide="ignore"):
        zooms = np.ceil(np.log2(needed / extents))
    return [int(zoom) if zoom <= MAX_ZOOM else None for zoom in zooms.tolist()]


def _spans(first: IntArray, last: IntArray, starts: IntArray) -> list[IntArray]:
    begins = np.ones(len(first), dtype=bool)
    begins[1:] = first[1:] != last[:-1]
    begins[starts] = True
    ends = np.append(begins[1:], True)
    spans = np.stack((first[begins], last[ends]), axis=1)
    cuts = np.searchsorted(np.flatnonzero(begins), starts).tolist()
    return [spans[cut:end] for cut, end in zip(cuts, [*cuts[1:], len(spans)], strict=True)]
