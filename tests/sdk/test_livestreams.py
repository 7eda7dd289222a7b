"""The vendor's official Python SDK against this server."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from cloudflare import Cloudflare
from cloudflare.types.realtime_kit import (
    LivestreamGetLivestreamAnalyticsCompleteResponse,
    LivestreamGetLivestreamAnalyticsDaywiseResponse,
)

from tests.analytics.signs import HOUR, MINUTE, START, published, tell, watched
from tests.worlds import World

BEGIN = datetime.fromtimestamp(START / 1000, UTC)
END = BEGIN + timedelta(minutes=10)
INDIA = timezone(timedelta(hours=5, minutes=30))


@pytest.fixture
def audience(world: World) -> World:
    """An hour published; ten minutes watched from the start, and twenty from half an hour on."""
    tell(
        world.source,
        published("p", START, START + HOUR),
        watched("v1", START, START + 10 * MINUTE),
        watched("v2", START + 30 * MINUTE, START + 50 * MINUTE),
    )
    return world


@pytest.mark.usefixtures("audience")
def test_it_returns_overall_totals_typed(client: Cloudflare) -> None:
    response = client.realtime_kit.livestreams.get_livestream_analytics_complete(
        "north-app", account_id="north"
    )

    assert isinstance(response, LivestreamGetLivestreamAnalyticsCompleteResponse)
    assert response.success is True
    assert response.data is not None
    assert (response.data.count, response.data.total_ingest_seconds, response.data.total_viewer_seconds) == (
        1,
        3600,
        1800,
    )
    assert response.to_dict() == {
        "data": {"count": 1, "total_ingest_seconds": 3600, "total_viewer_seconds": 1800},
        "success": True,
    }


@pytest.mark.usefixtures("audience")
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START // 1000, START // 1000 + 600),
        (BEGIN, END),
        (BEGIN.replace(tzinfo=None), END.replace(tzinfo=None)),
        (BEGIN.astimezone(INDIA), END.astimezone(INDIA)),
        ("2026-01-31T18:00:00Z", "2026-01-31T18:10:00Z"),
        ("2026-01-31T13:00:00-05:00", "2026-01-31T23:40:00+05:30"),
        ("2026-01-31 18:00", "2026-01-31 18:10"),
    ],
)
def test_it_understands_moments_of_every_type_that_the_client_sends(
    client: Cloudflare, start: Any, end: Any
) -> None:
    livestreams = client.realtime_kit.livestreams
    window = {"start_time": start, "end_time": end}

    overall = livestreams.get_livestream_analytics_complete("north-app", account_id="north", **window)
    daywise = livestreams.get_livestream_analytics_daywise("north-app", account_id="north", **window)

    assert overall.data is not None
    assert overall.data.total_viewer_seconds == 600
    assert daywise.data is not None
    assert [day.total_viewer_seconds for day in daywise.data] == [600]


@pytest.mark.usefixtures("audience")
def test_it_returns_days_typed(client: Cloudflare) -> None:
    begin: Any = date(2026, 1, 31)
    end: Any = date(2026, 2, 2)
    response = client.realtime_kit.livestreams.get_livestream_analytics_daywise(
        "north-app", account_id="north", start_time=begin, end_time=end
    )

    assert isinstance(response, LivestreamGetLivestreamAnalyticsDaywiseResponse)
    assert response.success is True
    assert response.data is not None
    assert [
        (day.date, day.count, day.total_ingest_seconds, day.total_viewer_seconds) for day in response.data
    ] == [
        ("2026-01-31", 1, 3600, 1800),
        ("2026-02-01", 0, 0, 0),
    ]
