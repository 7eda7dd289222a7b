"""The one reader of totals: how much was watched and published, by how many livestreams, exactly.

Times are ms since the epoch, windows half-open.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.models import App
from analytics import on_air
from analytics.concurrency import curve as concurrency
from analytics.concurrency import peak
from analytics.models import LedgerKind, Livestream
from analytics.snapshot import snapshot
from analytics.standing import BEGINNING, positions, watched_before
from analytics.window import window

__all__ = ["Day", "Totals", "between", "concurrency", "days", "peak", "watched_before"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the window [start_ms, end_ms); ``start_ms`` None is the beginning."""

    count: int
    """Distinct livestreams that were on the air."""
    ingest_ms: int
    viewer_ms: int
    start_ms: int | None
    end_ms: int
    provisional_since_ms: int | None
    """From when on open viewings may still turn out shorter; None: nothing of the window is provisional."""
    snapped: bool
    """An edge lay in purged time and was moved back to its minute."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a time zone, as far as it lies in the window: [start_ms, end_ms)."""

    date: date
    start_ms: int
    end_ms: int
    count: int
    ingest_ms: int
    viewer_ms: int


def between(
    app: App, start_ms: int | None, end_ms: int | None, now_ms: int, livestream: Livestream | None = None
) -> Totals:
    """The totals of a window that ends at ``now_ms`` at the latest; None: from the beginning, to now."""
    with snapshot():
        asked = window(app, start_ms, end_ms, now_ms)
        edges = [asked.end] if asked.start is None else [asked.start, asked.end]
        views, ingests = _watched(app, livestream, edges)
        return Totals(
            count=on_air.count(
                app.pk, BEGINNING if asked.start is None else asked.start, asked.end, livestream
            ),
            ingest_ms=ingests[-1] - (0 if asked.start is None else ingests[0]),
            viewer_ms=views[-1] - (0 if asked.start is None else views[0]),
            start_ms=asked.start,
            end_ms=asked.end,
            provisional_since_ms=asked.provisional_since,
            snapped=asked.snapped,
        )


def days(
    app: App, start_ms: int, end_ms: int, tz: ZoneInfo, now_ms: int, livestream: Livestream | None = None
) -> list[Day]:
    """The window day by day, as the time zone divides it: a day may have 23 or 25 hours."""
    with snapshot():
        asked = window(app, start_ms, end_ms, now_ms)
        if asked.start is None or asked.start == asked.end:
            return []
        dates, edges = _midnights(asked.start, asked.end, tz)
        views, ingests = _watched(app, livestream, edges)
        counts = on_air.by_day(app.pk, edges, livestream)
    return [
        Day(
            day,
            edges[n],
            edges[n + 1],
            counts[n],
            ingests[n + 1] - ingests[n],
            views[n + 1] - views[n],
        )
        for n, day in enumerate(dates)
    ]


def _watched(app: App, livestream: Livestream | None, edges: list[int]) -> tuple[list[int], list[int]]:
    """F at each edge, of viewers and of publishers."""
    found = positions(app.pk, livestream, [LedgerKind.VIEW, LedgerKind.INGEST], edges)
    views, ingests = ([position.watched for position in each] for each in found.values())
    return views, ingests


def _midnights(start: int, end: int, tz: ZoneInfo) -> tuple[list[date], list[int]]:
    """The dates that a window touches in a time zone, and the window's edges with the midnights between."""
    first, last = (datetime.fromtimestamp(at / 1000, UTC).astimezone(tz).date() for at in (start, end - 1))
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    midnights = [
        int(datetime(day.year, day.month, day.day, tzinfo=tz).timestamp()) * 1000 for day in dates[1:]
    ]
    return dates, [start, *midnights, end]
