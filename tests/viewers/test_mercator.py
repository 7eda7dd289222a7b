import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewers.clustering import mercator

EARTH_CIRCUMFERENCE_M = 2 * math.pi * 6_378_137
cells = st.integers(0, mercator.WORLD - 1)
latitudes = st.floats(-mercator.MAX_LATITUDE, mercator.MAX_LATITUDE)
longitudes = st.floats(-180, 180, exclude_max=True)
anything_finite = st.floats(allow_nan=False, allow_infinity=False)


def metres_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Flat approximation on the ground: the distances tested are under a metre."""
    degree_m = EARTH_CIRCUMFERENCE_M / 360
    east = (a[1] - b[1] + 180) % 360 - 180
    return math.hypot((a[0] - b[0]) * degree_m, east * degree_m * math.cos(math.radians(a[0])))


def test_it_puts_the_null_island_in_the_middle() -> None:
    assert mercator.project(0, 0) == (mercator.WORLD // 2, mercator.WORLD // 2)


def test_it_puts_the_north_west_corner_first() -> None:
    assert mercator.project(mercator.MAX_LATITUDE, -180) == (0, 0)


def test_it_puts_the_south_east_corner_last() -> None:
    assert mercator.project(-90, 179.999999) == (mercator.WORLD - 1, mercator.WORLD - 1)


def test_it_agrees_with_a_known_tile() -> None:
    x, y = mercator.project(51.5074, -0.1278)
    assert (x >> (26 - 10), y >> (26 - 10)) == (511, 340)


def test_it_treats_both_sides_of_the_antimeridian_as_one() -> None:
    assert mercator.project(10, 180) == mercator.project(10, -180)


def test_it_wraps_a_longitude_whose_remainder_rounds_up_to_the_whole_turn() -> None:
    assert mercator.project(0, math.nextafter(-180, -181))[0] in (0, mercator.WORLD - 1)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_it_rejects_what_is_not_finite(bad: float) -> None:
    for latitude, longitude in ((bad, 0.0), (0.0, bad)):
        with pytest.raises(ValueError, match="finite"):
            mercator.project(latitude, longitude)
        with pytest.raises(ValueError, match="finite"):
            mercator.project_array([0.0, latitude], [0.0, longitude])


@given(anything_finite, anything_finite)
def test_it_keeps_every_finite_position_inside_the_world(latitude: float, longitude: float) -> None:
    x, y = mercator.project(latitude, longitude)
    assert 0 <= x < mercator.WORLD
    assert 0 <= y < mercator.WORLD


@given(latitudes, longitudes)
def test_it_brings_a_position_back_within_a_cell(latitude: float, longitude: float) -> None:
    back = mercator.unproject(*mercator.decode(mercator.place_code(latitude, longitude)))
    assert metres_between((latitude, longitude), back) < 0.6


@given(cells, cells)
def test_it_projects_a_cells_centre_into_that_cell(x: int, y: int) -> None:
    assert mercator.project(*mercator.unproject(x, y)) == (x, y)


@given(cells, cells)
def test_it_wraps_an_unwrapped_x(x: int, y: int) -> None:
    latitude, longitude = mercator.unproject(x + mercator.WORLD, y)
    assert -180 <= longitude < 180
    assert mercator.project(latitude, longitude) == (x, y)


@given(cells, cells)
def test_it_decodes_what_it_encoded(x: int, y: int) -> None:
    code = mercator.encode(x, y)
    assert 0 <= code < 1 << 52
    assert mercator.decode(code) == (x, y)


def test_it_puts_x_in_the_even_bits_and_y_in_the_odd() -> None:
    assert mercator.encode(0b101, 0b010) == 0b011001


@given(cells, cells, st.integers(0, 26))
def test_it_gives_a_tile_one_contiguous_range_of_codes(x: int, y: int, level: int) -> None:
    shift = mercator.LEVELS - level
    tile = mercator.encode(x >> shift, y >> shift)
    assert mercator.encode(x, y) >> (2 * shift) == tile


@given(st.lists(st.tuples(cells, cells), max_size=20))
def test_it_codes_arrays_as_it_codes_numbers(pairs: list[tuple[int, int]]) -> None:
    xs = np.array([x for x, _ in pairs], dtype=np.int64)
    ys = np.array([y for _, y in pairs], dtype=np.int64)
    codes = mercator.encode(xs, ys)
    assert codes.dtype == np.int64
    assert codes.tolist() == [mercator.encode(x, y) for x, y in pairs]
    back = mercator.decode(codes)
    assert (back[0].tolist(), back[1].tolist()) == (xs.tolist(), ys.tolist())


@given(st.lists(st.tuples(anything_finite, anything_finite), max_size=20))
def test_it_projects_arrays_to_the_same_cell_or_its_neighbour(pairs: list[tuple[float, float]]) -> None:
    xs, ys = mercator.project_array([p[0] for p in pairs], [p[1] for p in pairs])
    assert xs.dtype == ys.dtype == np.int64
    for (latitude, longitude), x, y in zip(pairs, xs.tolist(), ys.tolist(), strict=True):
        expected = mercator.project(latitude, longitude)
        assert (x - expected[0]) % mercator.WORLD in (0, 1, mercator.WORLD - 1)
        assert abs(y - expected[1]) <= 1
        assert 0 <= x < mercator.WORLD
        assert 0 <= y < mercator.WORLD


@given(st.lists(st.tuples(cells, cells), max_size=20))
def test_it_unprojects_arrays_as_it_unprojects_numbers(pairs: list[tuple[int, int]]) -> None:
    lats, lngs = mercator.unproject_array([p[0] for p in pairs], [p[1] for p in pairs])
    for (x, y), latitude, longitude in zip(pairs, lats.tolist(), lngs.tolist(), strict=True):
        assert (latitude, longitude) == pytest.approx(mercator.unproject(x, y), abs=1e-9)
