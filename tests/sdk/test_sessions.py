"""Livestreams and their sessions through the vendor's official Python SDK."""

from datetime import UTC, datetime, timedelta
from typing import Any

import cloudflare
import pytest
from cloudflare import Cloudflare
from cloudflare.types.realtime_kit import (
    LivestreamGetActiveLivestreamsForLivestreamIDResponse,
    LivestreamGetAllLivestreamsResponse,
    LivestreamGetLivestreamSessionDetailsForSessionIDResponse,
    LivestreamGetLivestreamSessionForLivestreamIDResponse,
)

from accounts.clock import now_ms
from analytics.identity import livestream_id
from tests.analytics.signs import HOUR, MINUTE, START, published, publishing, tell, watched, watching
from tests.worlds import World

BEGIN = datetime.fromtimestamp(START / 1000, UTC)
WHERE: Any = {"account_id": "north", "app_id": "north-app"}


@pytest.fixture
def audience(world: World) -> World:
    """Two broadcasts of one livestream, and one of another."""
    tell(
        world.source,
        published("p1", START, START + HOUR),
        watched("v1", START, START + 10 * MINUTE),
        published("p2", START + 2 * HOUR, START + 3 * HOUR),
        published("p3", START + HOUR, START + 2 * HOUR, "other"),
    )
    return world


def on_the_air(world: World) -> int:
    """Since 20 s ago, with one viewer: the instant."""
    since = now_ms() - 20_000
    tell(
        world.source,
        publishing("p", since, since + 20_000, "now"),
        watching("v", since, since + 20_000, "now"),
    )
    return since


def of(world: World, stream: str = "live") -> str:
    return livestream_id(world.app.pk, stream).hex


@pytest.mark.usefixtures("audience")
def test_it_returns_livestreams_typed(client: Cloudflare) -> None:
    response = client.realtime_kit.livestreams.get_all_livestreams(
        "north-app", account_id="north", start_time=BEGIN, end_time=BEGIN + timedelta(hours=1), per_page=5
    )

    assert isinstance(response, LivestreamGetAllLivestreamsResponse)
    assert response.success is True
    assert response.data is not None
    assert response.data.paging is not None
    assert response.data.paging.to_dict() == {"total_count": 1, "start_offset": 1, "end_offset": 1}
    assert (response.data.name, response.data.status, response.data.disabled) == ("live", "IDLE", "false")
    assert response.data.updated_at == BEGIN + timedelta(hours=3)


@pytest.mark.usefixtures("audience")
def test_it_lists_every_livestream_of_a_page_beside_the_one_that_the_type_has(client: Cloudflare) -> None:
    response = client.realtime_kit.livestreams.get_all_livestreams(
        "north-app", account_id="north", sort_order="ASC", exclude_meetings=True
    )

    assert response.data is not None
    listed = response.to_dict()["data"]
    assert isinstance(listed, dict)
    assert {one["name"] for one in listed["livestreams"]} == {"live", "other"}
    assert {one["id"] for one in listed["livestreams"]} >= {response.data.id}


@pytest.mark.usefixtures("audience")
def test_it_reaches_every_livestream_by_pages_of_one(client: Cloudflare) -> None:
    found: list[str | None] = []
    while True:
        response = client.realtime_kit.livestreams.get_all_livestreams(
            "north-app", account_id="north", page_no=len(found) + 1, per_page=1
        )
        assert response.data is not None
        if response.data.id is None:
            break
        found.append(response.data.stream_key)

    assert sorted(str(key) for key in found) == ["live", "other"]


def test_it_returns_a_livestream_with_its_sessions_typed(client: Cloudflare, audience: World) -> None:
    response = client.realtime_kit.livestreams.get_livestream_session_for_livestream_id(of(audience), **WHERE)

    assert isinstance(response, LivestreamGetLivestreamSessionForLivestreamIDResponse)
    assert response.data is not None
    assert response.data.livestream is not None
    assert response.data.livestream.stream_key == "live"
    assert response.data.paging is not None
    assert response.data.paging.total_count == 2
    session = response.data.session
    assert session is not None
    assert (session.ingest_seconds, session.viewer_seconds) == (3600.0, 0.0)
    assert type(session.ingest_seconds) is float
    assert session.started_time == session.invoked_time == BEGIN + timedelta(hours=2)
    assert session.stopped_time == BEGIN + timedelta(hours=3)


def test_it_turns_pages_of_sessions(client: Cloudflare, audience: World) -> None:
    response = client.realtime_kit.livestreams.get_livestream_session_for_livestream_id(
        of(audience), **WHERE, page_no=2, per_page=1
    )

    assert response.data is not None
    assert response.data.session is not None
    assert response.data.session.viewer_seconds == 600
    assert response.data.paging is not None
    assert response.data.paging.start_offset == response.data.paging.end_offset == 2


def test_it_returns_the_session_on_the_air_typed(client: Cloudflare, world: World) -> None:
    since = on_the_air(world)

    response = client.realtime_kit.livestreams.get_active_livestreams_for_livestream_id(
        of(world, "now"), **WHERE
    )

    assert isinstance(response, LivestreamGetActiveLivestreamsForLivestreamIDResponse)
    assert response.data is not None
    assert response.data.livestream is not None
    assert response.data.livestream.status == "LIVE"
    session = response.data.session
    assert session is not None
    assert isinstance(session.ingest_seconds, str)
    assert int(session.ingest_seconds) >= 20
    assert session.started_time == datetime.fromtimestamp(since / 1000, UTC)
    assert session.stopped_time is None


def test_it_returns_no_session_off_the_air(client: Cloudflare, audience: World) -> None:
    response = client.realtime_kit.livestreams.get_active_livestreams_for_livestream_id(of(audience), **WHERE)

    assert response.data is not None
    assert response.data.livestream is not None
    assert response.data.session is None


def test_it_returns_a_session_typed(client: Cloudflare, audience: World) -> None:
    livestreams = client.realtime_kit.livestreams
    page = livestreams.get_livestream_session_for_livestream_id(of(audience), **WHERE, page_no=2, per_page=1)
    assert page.data is not None
    assert page.data.session is not None
    assert page.data.session.id is not None

    response = livestreams.get_livestream_session_details_for_session_id(page.data.session.id, **WHERE)

    assert isinstance(response, LivestreamGetLivestreamSessionDetailsForSessionIDResponse)
    assert response.data is not None
    assert response.data.livestream_id == of(audience)
    assert (response.data.ingest_seconds, response.data.viewer_seconds) == (3600, 600)
    assert response.data.started_time == "2026-01-31T18:00:00.000Z"
    assert response.data.stopped_time == "2026-01-31T19:00:00.000Z"


@pytest.mark.usefixtures("audience")
def test_it_raises_not_found_for_unknown_ids(client: Cloudflare) -> None:
    livestreams = client.realtime_kit.livestreams
    for ask, message in (
        (livestreams.get_livestream_session_for_livestream_id, "No such livestream in this app."),
        (livestreams.get_active_livestreams_for_livestream_id, "No such livestream in this app."),
        (
            livestreams.get_livestream_session_details_for_session_id,
            "No such livestream session in this app.",
        ),
    ):
        with pytest.raises(cloudflare.NotFoundError) as raised:
            ask("0" * 32, **WHERE)

        assert [(problem.code, problem.message) for problem in raised.value.errors or []] == [(404, message)]


@pytest.mark.usefixtures("audience")
def test_it_raises_bad_request_for_pages_that_cannot_be(client: Cloudflare) -> None:
    with pytest.raises(cloudflare.BadRequestError) as raised:
        client.realtime_kit.livestreams.get_all_livestreams("north-app", account_id="north", per_page=101)

    assert "per_page must be a whole number from 1 to 100." in raised.value.message
