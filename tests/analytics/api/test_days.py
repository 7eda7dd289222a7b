"""GET /api/analytics/days: totals and peaks day by day."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from analytics import overview, peaks
from analytics.arithmetic import DAY_MS, Interval
from tests.analytics import brute
from tests.analytics.api.conftest import Ask
from tests.analytics.brute import NOW, TIME_ZERO
from tests.analytics.signs import DAY, HOUR, MINUTE, SECOND, START, published, tell, watched, watching
from tests.analytics.test_totals import ZONES, moderate, world_of
from tests.worlds import World

MIDNIGHT = START + 6 * HOUR


def test_it_answers_to_the_letter(ask: Ask, world: World) -> None:
    tell(
        world.source,
        published("p", MIDNIGHT - HOUR, MIDNIGHT + HOUR),
        watched("v1", MIDNIGHT - HOUR, MIDNIGHT + MINUTE),
        watched("v2", MIDNIGHT - MINUTE, MIDNIGHT + MINUTE),
        watched("v3", MIDNIGHT + 2 * MINUTE, MIDNIGHT + 3 * MINUTE),
    )

    assert ask("days", start="2026-01-31", end="2026-02-02") == {
        "start": MIDNIGHT - DAY,
        "end": MIDNIGHT + DAY,
        "provisionalSince": None,
        "days": [
            {
                "date": "2026-01-31",
                "start": MIDNIGHT - DAY,
                "end": MIDNIGHT,
                "count": 1,
                "ingestSeconds": 3600,
                "viewerSeconds": 3660,
                "peakViewers": 2,
            },
            {
                "date": "2026-02-01",
                "start": MIDNIGHT,
                "end": MIDNIGHT + DAY,
                "count": 1,
                "ingestSeconds": 3600,
                "viewerSeconds": 180,
                "peakViewers": 2,
            },
        ],
    }


def test_it_lists_thirty_days_of_an_app_without_anything(ask: Ask) -> None:
    found = ask("days")["days"]

    assert len(found) == 30
    assert {day["viewerSeconds"] for day in found} == {day["peakViewers"] for day in found} == {0}


def test_it_gives_the_days_of_the_clock_change_their_length(ask: Ask) -> None:
    march = ask("days", start="2026-03-29", end="2026-03-30", timezone="Europe/Warsaw")["days"]
    october = ask("days", start="2026-10-25", end="2026-10-26", timezone="Europe/Warsaw")["days"]

    assert [day["end"] - day["start"] for day in march + october] == [23 * HOUR, 25 * HOUR]


def test_it_says_since_when_it_is_provisional(ask: Ask, world: World, at: Callable[[int], None]) -> None:
    tell(world.source, watching("v", START, START + MINUTE))
    at(START + MINUTE)

    assert ask("days")["provisionalSince"] == START + 15 * SECOND


def test_it_says_the_same_as_the_realtimekit_api(client: Client, ask: Ask, world: World) -> None:
    tell(
        world.source,
        published("p", START, START + DAY),
        *(watched(f"v{n}", START + n * HOUR, START + n * HOUR + 61_003) for n in range(24)),
    )
    window = {"timezone": "Asia/Kathmandu"}

    ours = ask("days", start="2026-01-30", end="2026-02-03", **window)["days"]
    theirs = client.get(
        "/accounts/north/realtime/kit/north-app/analytics/livestreams/daywise",
        {"start_time": "2026-01-30", "end_time": "2026-02-03", **window},
        headers=world.headers(),
    ).json()["data"]

    names = ("date", "count", "ingestSeconds", "viewerSeconds")
    assert [tuple(day[name] for name in names) for day in ours] == [
        (day["date"], day["count"], day["total_ingest_seconds"], day["total_viewer_seconds"])
        for day in theirs
    ]


@moderate
@given(
    a=brute.intervals(),
    b=brute.intervals(4),
    window=brute.windows(),
    zone=st.sampled_from([*ZONES, ZoneInfo("Asia/Kolkata")]),
    fill_at=st.sampled_from([0, TIME_ZERO + DAY_MS, NOW, NOW + DAY_MS]),
)
@pytest.mark.django_db
def test_it_finds_the_peak_of_every_day(
    a: list[Interval], b: list[Interval], window: tuple[int, int], zone: ZoneInfo, fill_at: int
) -> None:
    with world_of(a=a) as world:
        peaks.fill(fill_at)
        world.view_all("b", b)
        _, days = overview.days(world.app, *window, zone, NOW)
        _, of_one = overview.days(world.app, *window, zone, NOW, world.streams["a"])
    for day, peak in days:
        assert peak == brute.peak([*a, *b], day.start_ms, day.end_ms)[0]
    for day, peak in of_one:
        assert peak == brute.peak(a, day.start_ms, day.end_ms)[0]
