"""Bandwidth where a sender tells only how many bytes it has sent."""

import pytest

from ingest.events import Event
from ingest.record import record
from tests.worlds import World, make_world
from viewers.models import ViewerSession

NOW = 1_770_283_311_253
SECOND = 1000

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world("north")


def sign(world: World, after_s: int, bytes_out: int | None, bandwidth: int | None = None) -> ViewerSession:
    at = NOW + after_s * SECOND
    event = Event(
        "view.update", "v_1", "news", at=at, bytes_out=bytes_out, out_bandwidth=bandwidth, health_score=90
    )
    record([event], world.source, NOW + 25 * SECOND)
    return ViewerSession.objects.get(connection_id="v_1")


def test_it_knows_no_bandwidth_from_one_sign(world: World) -> None:
    assert sign(world, 0, 1_000_000).bandwidth is None


def test_it_divides_what_was_sent_by_the_time_between_two_signs(world: World) -> None:
    sign(world, 0, 1_000_000)
    session = sign(world, 10, 3_000_000)
    assert (session.bandwidth, session.bytes_out) == (200_000, 3_000_000)


def test_it_follows_the_latest_two_signs(world: World) -> None:
    sign(world, 0, 1_000_000)
    sign(world, 10, 3_000_000)
    assert sign(world, 20, 3_500_000).bandwidth == 50_000


def test_a_stream_that_stands_still_takes_nothing(world: World) -> None:
    sign(world, 0, 1_000_000)
    assert sign(world, 10, 1_000_000).bandwidth == 0


def test_it_keeps_the_last_over_a_counter_that_began_again(world: World) -> None:
    sign(world, 0, 1_000_000)
    sign(world, 10, 3_000_000)
    session = sign(world, 20, 500_000)
    assert (session.bandwidth, session.bytes_out) == (200_000, 3_000_000)


@pytest.mark.parametrize("late_s", [-5, 0, 5, 10])
@pytest.mark.parametrize("bytes_out", [0, 900_000, 2_000_000, 9_000_000])
def test_a_sign_out_of_order_changes_no_bandwidth(world: World, late_s: int, bytes_out: int) -> None:
    sign(world, 0, 1_000_000)
    sign(world, 10, 3_000_000)
    assert sign(world, late_s, bytes_out).bandwidth == 200_000


def test_a_bandwidth_that_is_told_wins(world: World) -> None:
    sign(world, 0, 1_000_000)
    assert sign(world, 10, 3_000_000, bandwidth=777).bandwidth == 777
