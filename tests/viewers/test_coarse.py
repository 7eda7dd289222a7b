"""What may be shown to everybody: nothing under five viewers, whatever is asked, nor by subtraction."""

import numpy as np
from hypothesis import given, settings, strategies

from viewers.clustering import mercator
from viewers.clustering.boxes import Box
from viewers.clustering.clusters import in_view
from viewers.clustering.coarse import FEWEST, LEVEL, MAX_ZOOM, coarse, shown_total
from viewers.clustering.located import Places

EARTH_KM = 40_075

# Near one another, so that cells fill up; some lie on both sides of an edge.
positions = strategies.tuples(
    strategies.floats(40, 44, allow_nan=False), strategies.floats(-2, 3, allow_nan=False)
) | strategies.tuples(strategies.floats(-85, 85), strategies.sampled_from([-180.0, -179.9, 0.0, 179.9]))
audiences = strategies.lists(strategies.tuples(positions, strategies.integers(1, 4)), max_size=60)
boxes = strategies.builds(
    lambda south, height, west, width: Box(south, west, min(south + height, 90.0), west + width),
    strategies.floats(-85, 80),
    strategies.floats(0, 60),
    strategies.floats(-180, 180),
    strategies.floats(0, 360),
)


def places_of(audience: list[tuple[tuple[float, float], int]]) -> Places:
    codes = [mercator.place_code(*position) for position, _ in audience]
    none = [0] * len(codes)
    return Places.from_rows(codes, [count for _, count in audience], none, none, none)


def cells_of(audience: list[tuple[tuple[float, float], int]]) -> dict[tuple[int, int], int]:
    cells: dict[tuple[int, int], int] = {}
    for position, count in audience:
        x, y = mercator.project(*position)
        cell = x >> mercator.LEVELS - LEVEL, y >> mercator.LEVELS - LEVEL
        cells[cell] = cells.get(cell, 0) + count
    return cells


@given(audiences)
@settings(deadline=None)
def test_it_keeps_the_cells_of_five_and_more(audience: list[tuple[tuple[float, float], int]]) -> None:
    found = coarse(places_of(audience))
    side = 1 << mercator.LEVELS - LEVEL
    xs, ys = mercator.decode(found.codes)
    kept = dict(
        zip(zip((xs // side).tolist(), (ys // side).tolist(), strict=True), np.diff(found.count), strict=True)
    )
    assert kept == {cell: count for cell, count in cells_of(audience).items() if count >= FEWEST}
    # Whoever is in it, a cell stands at its middle.
    assert set((xs % side).tolist()) | set((ys % side).tolist()) <= {side // 2}


@given(audiences, boxes, strategies.integers(0, MAX_ZOOM))
@settings(deadline=None)
def test_it_answers_the_same_whatever_is_left_out(
    audience: list[tuple[tuple[float, float], int]], box: Box, zoom: int
) -> None:
    """An answer is made of the shown cells alone: without those that are not, every answer is the same."""
    cells = cells_of(audience)
    public = []
    for position, count in audience:
        x, y = mercator.project(*position)
        if cells[x >> mercator.LEVELS - LEVEL, y >> mercator.LEVELS - LEVEL] >= FEWEST:
            public.append((position, count))
    shown = in_view(coarse(places_of(audience)), box, zoom)
    assert shown == in_view(coarse(places_of(public)), box, zoom)
    assert all(marker.count >= FEWEST for marker in shown)


@given(audiences, boxes, boxes, strategies.integers(0, MAX_ZOOM), strategies.integers(0, MAX_ZOOM))
@settings(deadline=None, max_examples=60)
def test_two_answers_differ_by_whole_cells(
    audience: list[tuple[tuple[float, float], int]], box: Box, other: Box, zoom: int, other_zoom: int
) -> None:
    cells = coarse(places_of(audience))
    totals = [
        sum(marker.count for marker in in_view(cells, *asked)) for asked in ((box, zoom), (other, other_zoom))
    ]
    # Never by a part of one.
    each = np.diff(cells.count).tolist()
    reachable = {0}
    for count in each:
        reachable |= {total + count for total in reachable} | {total - count for total in reachable}
    assert totals[0] - totals[1] in reachable


@given(strategies.integers(0, 10_000), strategies.data())
def test_the_total_tells_of_no_group_under_five(viewers: int, data: strategies.DataObject) -> None:
    on_map = data.draw(strategies.integers(0, viewers))
    on_map = on_map if on_map >= FEWEST else 0
    said = shown_total(viewers, on_map)
    if viewers < FEWEST:
        assert said is None
        return
    assert said is not None
    assert viewers - FEWEST < said <= viewers
    assert said - on_map == 0 or said - on_map >= FEWEST


def test_a_cell_is_fifty_kilometres_wide_where_people_live() -> None:
    for latitude in (0, 52, 60, 70):
        assert EARTH_KM / 2**LEVEL * np.cos(np.radians(latitude)) > 50
