"""Clustering, against a slow model of its rule and against what it promises."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewers.clustering import mercator
from viewers.clustering.clusters import MAX_ZOOM, Box, Marker, Places, in_view, places_in
from viewers.clustering.located import in_order
from viewers.clustering.merging import RADIUS, Cells, Grid, _ranks, units

Row = tuple[int, int, int, int, int, int]
WORLD = mercator.WORLD


def places_of(rows: list[Row]) -> Places:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 6).T
    return Places.from_rows(mercator.encode(columns[0], columns[1]), *columns[2:])


def box_around(x: int, y: int, wide: int, high: int) -> Box:
    """Of so many units; x wraps."""
    top, bottom = max(y - high // 2, 0), min(y + high // 2, WORLD - 1)
    north, west = mercator.unproject(x - wide // 2, top)
    south, east = mercator.unproject(x + wide // 2, bottom)
    return Box.world() if wide >= WORLD else Box(south, west, north, east)


@st.composite
def audiences(draw: st.DrawFn) -> tuple[Places, int, tuple[int, int]]:
    """Places crowded at the scale of some zoom, around a point that is often on the antimeridian or near a
    pole.
    """
    zoom = draw(st.integers(0, MAX_ZOOM))
    x = draw(st.sampled_from([0, WORLD - 1, WORLD // 2, 1_234_567]))
    y = draw(st.sampled_from([0, WORLD - 1, WORLD // 2, 23_456_789]))
    spread = units(draw(st.sampled_from([40, 200, 900])), zoom)
    offsets = st.integers(-spread, spread)
    row = st.tuples(
        offsets.map(lambda dx: (x + dx) % WORLD),
        offsets.map(lambda dy: min(max(y + dy, 0), WORLD - 1)),
        st.integers(1, 40),
        st.integers(0, 10**9),
        st.integers(0, 100),
        st.integers(0, 3),
    )
    return places_of(draw(st.lists(row, min_size=1, max_size=60))), zoom, (x, y)


def apart(a: tuple[int, int], b: tuple[int, int]) -> int:
    """Square of the distance on a world that closes behind the antimeridian."""
    across = abs(a[0] - b[0])
    return int(min(across, WORLD - across) ** 2 + (a[1] - b[1]) ** 2)


def slowly(places: Places, zoom: int) -> dict[tuple[int, int], set[int]]:
    """Anchor's position → indices of its marker's places, for the whole world, one cell after the other."""
    bits = mercator.LEVELS - 4 - zoom
    cells: dict[tuple[int, int], list[int]] = {}
    for index, code in enumerate(places.codes.tolist()):
        x, y = mercator.decode(code)
        cells.setdefault((y >> bits, x >> bits), []).append(index)
    of_cell = list(cells.values())
    count = [sum(int(places.count[i + 1] - places.count[i]) for i in members) for members in of_cell]
    at = [
        tuple(sum(int(sums[i + 1] - sums[i]) for i in members) // viewers for sums in (places.x, places.y))
        for members, viewers in zip(of_cell, count, strict=True)
    ]
    columns = np.array(at, dtype=np.int64).T
    every = Cells(columns[0], columns[0], columns[0], columns[1], np.array(count, dtype=np.int64))
    ranks = _ranks(every, Grid.over(Box.world().rectangle(), zoom))
    limit = units(RADIUS, zoom) ** 2
    anchors: list[int] = []
    for cell in np.argsort(-ranks.astype(np.int64)).tolist():
        if all(apart(at[cell], at[anchor]) >= limit for anchor in anchors):  # type: ignore[arg-type]
            anchors.append(cell)
    markers: dict[tuple[int, int], set[int]] = {at[anchor]: set() for anchor in anchors}  # type: ignore[misc]
    for cell, members in enumerate(of_cell):
        nearest = min(anchors, key=lambda anchor: (apart(at[cell], at[anchor]), of_cell[anchor][0]))  # type: ignore[arg-type]
        markers[at[nearest]].update(members)  # type: ignore[index]
    return markers


def indices(marker: Marker) -> list[int]:
    return [index for first, last in marker.spans.tolist() for index in range(first, last)]


def position(marker: Marker) -> tuple[int, int]:
    return mercator.project(marker.latitude, marker.longitude)


def whole(places: Places, zoom: int, centre: tuple[int, int]) -> list[Marker]:
    """Every marker: a box around them all, with nothing outside."""
    side = units(4000, zoom)
    return in_view(places, box_around(*centre, side, side), zoom)


@given(audiences())
@settings(max_examples=150, deadline=None)
def test_it_merges_as_the_slow_model_does(audience: tuple[Places, int, tuple[int, int]]) -> None:
    places, zoom, centre = audience
    fast = {position(marker): set(indices(marker)) for marker in whole(places, zoom, centre)}
    assert fast == slowly(places, zoom)


@given(audiences())
@settings(max_examples=60, deadline=None)
def test_it_puts_every_place_into_exactly_one_marker(audience: tuple[Places, int, tuple[int, int]]) -> None:
    places, zoom, centre = audience
    shown = [index for marker in whole(places, zoom, centre) for index in indices(marker)]
    assert sorted(shown) == list(range(len(places)))


@given(audiences())
@settings(max_examples=60, deadline=None)
def test_it_conserves_viewers_bandwidth_and_health(audience: tuple[Places, int, tuple[int, int]]) -> None:
    places, zoom, centre = audience
    markers = whole(places, zoom, centre)
    assert sum(marker.count for marker in markers) == places.total
    assert sum(marker.bandwidth for marker in markers) == int(places.bandwidth[-1])
    for marker in markers:
        health, known = (
            sum(int(sums[last] - sums[first]) for first, last in marker.spans.tolist())
            for sums in (places.health, places.known)
        )
        assert marker.health == (math.floor(health / known + 0.5) if known else None)


@given(audiences())
@settings(max_examples=60, deadline=None)
def test_it_keeps_all_markers_sixty_pixels_apart(audience: tuple[Places, int, tuple[int, int]]) -> None:
    places, zoom, centre = audience
    at = [position(marker) for marker in whole(places, zoom, centre)]
    limit = units(RADIUS, zoom) ** 2
    assert all(apart(a, b) >= limit for i, a in enumerate(at) for b in at[:i])


@given(audiences())
@settings(max_examples=60, deadline=None)
def test_it_keeps_each_place_near_its_marker(audience: tuple[Places, int, tuple[int, int]]) -> None:
    places, zoom, centre = audience
    # A place is in its cell, the cell's mean position nearer than the radius.
    limit = (units(RADIUS, zoom) + math.hypot(units(16, zoom), units(16, zoom))) ** 2
    for marker in whole(places, zoom, centre):
        for index in indices(marker):
            assert apart(position(marker), (int(places.xs[index]), int(places.ys[index]))) <= limit


@given(audiences(), st.integers(-1200, 1200), st.integers(-1200, 1200), st.integers(20, 1500))
@settings(max_examples=150, deadline=None)
def test_it_shows_the_same_markers_wherever_the_map_is_panned(
    audience: tuple[Places, int, tuple[int, int]], right: int, down: int, size: int
) -> None:
    places, zoom, (x, y) = audience
    pixel, largest = units(1, zoom), units(size, zoom)
    y = min(max(y + down * pixel, 0), WORLD - 1)
    box = box_around((x + right * pixel) % WORLD, y, largest, largest)
    rectangle = box.rectangle()
    expected = [
        marker
        for marker in whole(places, zoom, audience[2])
        if rectangle.contains(*(np.array([value]) for value in position(marker)))[0]
    ]
    shown = in_view(places, box, zoom)
    assert shown == expected
    assert [indices(marker) for marker in shown] == [indices(marker) for marker in expected]


@given(audiences())
@settings(max_examples=60, deadline=None)
def test_it_bounds_each_marker_by_its_outermost_places(
    audience: tuple[Places, int, tuple[int, int]],
) -> None:
    places, zoom, centre = audience
    for marker in whole(places, zoom, centre):
        south, west, north, east = marker.bounds
        inside = places_in(places, Box(south, west, north, east))
        assert set(indices(marker)) <= set(inside.tolist())
        members = indices(marker)
        assert int(places.ys[members].min()) == mercator.project(north, west)[1]
        assert int(places.ys[members].max()) == mercator.project(south, east)[1]
        assert mercator.project(north, west)[0] in places.xs[members]
        assert mercator.project(south, east)[0] in places.xs[members]


@given(audiences())
@settings(max_examples=60, deadline=None)
def test_it_splits_at_the_expansion_zoom(audience: tuple[Places, int, tuple[int, int]]) -> None:
    places, zoom, centre = audience
    for marker in whole(places, zoom, centre):
        if marker.expansion_zoom is None:
            continue
        assert zoom < marker.expansion_zoom <= MAX_ZOOM
        owners = slowly(places, marker.expansion_zoom).values()
        assert sum(not owned.isdisjoint(indices(marker)) for owned in owners) >= 2


@given(audiences(), st.integers(0, 2000), st.integers(0, 2000))
@settings(max_examples=100, deadline=None)
def test_it_finds_the_places_inside_a_box(
    audience: tuple[Places, int, tuple[int, int]], wide: int, high: int
) -> None:
    places, zoom, centre = audience
    rectangle = (box := box_around(*centre, units(wide, zoom), units(high, zoom))).rectangle()
    expected = [
        index
        for index, (x, y) in enumerate(zip(places.xs[:-1].tolist(), places.ys[:-1].tolist(), strict=True))
        if (x - rectangle.left) % WORLD <= rectangle.right - rectangle.left
        and rectangle.top <= y <= rectangle.bottom
    ]
    assert places_in(places, box).tolist() == expected


@pytest.mark.parametrize("zoom", range(MAX_ZOOM + 1))
def test_it_counts_the_whole_world_at_any_zoom(zoom: int) -> None:
    random = np.random.default_rng(zoom)
    codes = mercator.encode(*random.integers(0, WORLD, size=(2, 3000)))
    count = random.integers(1, 2**33, size=3000)
    places = Places.from_rows(codes, count, count * 1000, count, count)
    assert (
        sum(marker.count for marker in in_view(places, Box.world(), zoom)) == int(count.sum()) == places.total
    )


def test_it_never_splits_a_million_viewers_of_one_place() -> None:
    places = places_of([(123, 456, 1_000_000, 447_669_000_000, 88_000_000, 1_000_000)])
    for zoom in range(MAX_ZOOM + 1):
        (marker,) = in_view(places, Box.world(), zoom)
        assert (marker.count, marker.bandwidth, marker.health) == (1_000_000, 447_669_000_000, 88)
        assert marker.expansion_zoom is None
        assert position(marker) == (123, 456)


def test_it_shows_the_same_markers_of_a_crowd_wherever_the_map_is_panned() -> None:
    random = np.random.default_rng(8)
    zoom, pixel = 8, units(1, 8)
    xs, ys = (random.normal(WORLD // 3, 700 * pixel, size=(2, 9000))).astype(np.int64)
    places = Places.from_rows(mercator.encode(xs, ys), *random.integers(1, 9, size=(4, 9000)))
    everything = whole(places, zoom, (WORLD // 3, WORLD // 3))
    assert len(everything) > 300
    for right, down in random.integers(-1000, 1000, size=(40, 2)).tolist():
        box = box_around(WORLD // 3 + right * pixel, WORLD // 3 + down * pixel, 600 * pixel, 400 * pixel)
        rectangle = box.rectangle()
        at = np.array([position(marker) for marker in everything]).T
        inside = np.flatnonzero(rectangle.contains(at[0], at[1])).tolist()
        assert in_view(places, box, zoom) == [everything[index] for index in inside]


def test_it_merges_across_the_antimeridian() -> None:
    columns = mercator.project_array([-17.0, -17.0], [179.9, -179.9])
    places = Places.from_rows(mercator.encode(*columns), [3, 2], [0, 0], [0, 0], [0, 0])
    for box in (Box(-40, 160, 0, -160), Box(-40, 160, 0, 200), Box(-40, -200, 0, -160)):
        (marker,) = in_view(places, box, 5)
        assert marker.count == 5
        assert marker.longitude == pytest.approx(179.9, abs=1e-4)
        assert marker.bounds[1] == pytest.approx(179.9, abs=1e-4)
        assert marker.bounds[3] == pytest.approx(-179.9, abs=1e-4)


def test_it_adds_up_rows_of_one_place() -> None:
    places = Places.from_rows([7, 3, 7], [1, 2, 3], [10, 20, 30], [80, 0, 90], [1, 0, 1])
    assert places.codes.tolist() == [3, 7]
    assert np.diff(places.count).tolist() == [2, 4]
    assert np.diff(places.bandwidth).tolist() == [20, 40]
    assert np.diff(places.health).tolist() == [0, 170]
    assert np.diff(places.known).tolist() == [0, 2]


@pytest.mark.parametrize("spread", [1, 1 << 9, 1 << 52])
def test_it_sorts_codes_that_differ_by_little(spread: int) -> None:
    random = np.random.default_rng(spread.bit_length())
    # Far more than the bits that are left beside a code can tell apart.
    codes = (random.integers(0, 50, 100_000) * ((1 << 52) // 50) + random.integers(0, spread, 100_000)) % (
        1 << 52
    )
    codes[::1000] = -1
    order, ordered = in_order(codes)
    assert ordered.tolist() == sorted(codes.tolist())
    assert codes[order].tolist() == ordered.tolist()
    assert sorted(order.tolist()) == list(range(len(codes)))


def test_it_outlines_the_tiles_of_the_upper_levels() -> None:
    random = np.random.default_rng(3)
    codes = np.unique(mercator.encode(*(random.normal(WORLD // 3, WORLD // 99, (2, 5000)).astype(np.int64))))
    places = Places.from_rows(codes, *np.ones((4, len(codes)), dtype=np.int64))
    outlined = [level for level in range(mercator.LEVELS + 1) if places.outlines.at(level) is not None]
    assert outlined == list(range(len(outlined)))
    assert 6 < len(outlined) < mercator.LEVELS
    for level in outlined:
        tiles = places.outlines.at(level)
        assert tiles is not None
        xs, ys = mercator.decode(codes)
        of_tile = codes >> 2 * (mercator.LEVELS - level)
        expected = []
        for tile in np.unique(of_tile).tolist():
            own = np.flatnonzero(of_tile == tile)
            expected.append((own[0], xs[own].min(), ys[own].min(), xs[own].max(), ys[own].max()))
        assert list(zip(*(column[:-1].tolist() for column in tiles), strict=True)) == expected
        assert tiles.first[-1] == len(codes)


def test_it_shows_nothing_of_nobody() -> None:
    nobody = Places.from_rows([], [], [], [], [])
    assert in_view(nobody, Box.world(), 3) == []
    assert places_in(nobody, Box.world()).tolist() == []
    assert nobody.total == 0


@pytest.mark.parametrize("zoom", [-1, MAX_ZOOM + 1])
def test_it_refuses_a_zoom_out_of_range(zoom: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 20"):
        in_view(Places.from_rows([1], [1], [1], [1], [1]), Box.world(), zoom)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Box(math.nan, 0, 1, 1),
        lambda: Box(0, -math.inf, 1, 1),
        lambda: Box(2, 0, 1, 1),
    ],
)
def test_it_refuses_what_is_no_box(make: Callable[[], Box]) -> None:
    with pytest.raises(ValueError, match=r"box needs four|south must not"):
        make()


def test_it_wraps_longitudes_and_clamps_latitudes() -> None:
    assert Box(-100, 190, 100, 200) == Box(-90, -170, 90, -160)
    assert Box(-10, -200, 10, 200) == Box(-10, -180, 10, 180)
