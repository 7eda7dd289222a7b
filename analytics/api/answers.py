"""Figures as the analytics API's clients read them: times in Unix ms, viewer time in whole seconds.

Seconds are rounded down here and nowhere before, as in the RealtimeKit API.
"""

from collections.abc import Iterable
from typing import Any

from analytics.concurrency import Curve, Peak
from analytics.on_air import Live
from analytics.overview import Figures
from analytics.totals import Day
from analytics.window import Window


def live(found: Live) -> dict[str, Any]:
    return {
        "livestreams": found.livestreams,
        "sources": {
            "total": found.sources,
            "reporting": found.reporting,
            "lastReport": found.last_report_ms,
        },
    }


def overview(asked: Figures, before: Figures | None) -> dict[str, Any]:
    return {
        "start": asked.totals.start_ms,
        "end": asked.totals.end_ms,
        "provisionalSince": asked.totals.provisional_since_ms,
        "totals": _totals(asked),
        "previous": None
        if before is None
        else {"start": before.totals.start_ms, "end": before.totals.end_ms, **_totals(before)},
    }


def _totals(found: Figures) -> dict[str, int | None]:
    return {
        "count": found.totals.count,
        "ingestSeconds": found.totals.ingest_ms // 1000,
        "viewerSeconds": found.totals.viewer_ms // 1000,
        "peakViewers": found.peak.viewers,
        "peakAt": found.peak.at_ms,
    }


def curve(found: Curve, peak: Peak | None) -> dict[str, Any]:
    return {
        "start": found.points[0].at_ms,
        "end": found.points[-1].at_ms,
        "stepMs": found.step_ms,
        "points": [[point.at_ms, point.viewers] for point in found.points],
        "peak": None if peak is None or peak.at_ms is None else {"viewers": peak.viewers, "at": peak.at_ms},
        "provisionalSince": found.provisional_since_ms,
    }


def days(asked: Window, found: Iterable[tuple[Day, int]]) -> dict[str, Any]:
    return {
        "start": asked.start,
        "end": asked.end,
        "provisionalSince": asked.provisional_since,
        "days": [_day(day, peak) for day, peak in found],
    }


def _day(found: Day, peak: int) -> dict[str, int | str]:
    return {
        "date": found.date.isoformat(),
        "start": found.start_ms,
        "end": found.end_ms,
        "count": found.count,
        "ingestSeconds": found.ingest_ms // 1000,
        "viewerSeconds": found.viewer_ms // 1000,
        "peakViewers": peak,
    }
