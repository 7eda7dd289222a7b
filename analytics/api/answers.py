"""Figures as the analytics API's clients read them: times in Unix ms, viewer time in whole seconds.

Seconds are rounded down here and nowhere before, as in the RealtimeKit API.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analytics.api.parameters import Page
from analytics.broadcasts import Broadcast
from analytics.concurrency import Curve, Peak
from analytics.livestream_table import Row
from analytics.models import Livestream
from analytics.on_air import Live
from analytics.overview import Figures
from analytics.staying import RULE, Retention
from analytics.top import By, Top
from analytics.totals import Day
from analytics.viewings import PastViewing
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


def days(answered: Window, found: Iterable[tuple[Day, int]]) -> dict[str, Any]:
    return {
        **asked(answered),
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


def asked(of: Window) -> dict[str, int | None]:
    """The window answered for."""
    return {"start": of.start, "end": of.end, "provisionalSince": of.provisional_since}


def page(rows: Sequence[Mapping[str, Any]], total: int, asked: Page) -> dict[str, Any]:
    pages = max(1, -(-total // asked.rows))
    return {
        "totalItems": total,
        "itemsPerPage": asked.rows,
        "totalPages": pages,
        "currentPage": asked.number,
        "hasPrevious": asked.number > 1,
        "hasNext": asked.number < pages,
        "list": rows,
    }


def livestream(row: Row) -> dict[str, Any]:
    return {
        "id": row.livestream.hex,
        "streamKey": row.stream_key,
        "name": row.name,
        "sessions": row.sessions,
        "ingestSeconds": row.ingest_ms // 1000,
        "viewerSeconds": row.viewer_ms // 1000,
        "viewings": row.viewings,
        "peakViewers": row.peak,
        "meanWatchSeconds": mean_watch_seconds(row.viewer_ms, row.viewings),
        "lastStarted": row.last_started_ms,
        "live": row.live,
    }


def mean_watch_seconds(viewer_ms: int, viewings: int) -> int:
    return viewer_ms // viewings // 1000 if viewings else 0


def broadcast(found: Broadcast) -> dict[str, Any]:
    session = found.session
    return {
        "id": session.pk.hex,
        "start": session.started_ms,
        "end": session.ended_ms,
        "ingestSeconds": found.ingest_ms // 1000,
        "viewerSeconds": found.viewer_ms // 1000,
        "viewings": found.viewings,
        "peakViewers": found.peak,
        "peakAt": found.peak_at_ms,
        "meanWatchSeconds": mean_watch_seconds(found.viewer_ms, found.viewings),
        "inferred": session.inferred,
    }


def viewing(found: PastViewing, within: Window) -> dict[str, Any]:
    since = found.started_ms if within.start is None else max(found.started_ms, within.start)
    return {
        "id": found.id.hex,
        "connectionId": found.connection_id,
        "streamKey": found.stream_key,
        "start": found.started_ms,
        "end": found.ended_ms,
        "durationMs": found.ended_ms - found.started_ms,
        "watchedMs": min(found.ended_ms, within.end) - since,
        "protocol": found.protocol,
        "player": found.player,
        "countryCode": found.country,
        "region": found.region,
        "city": found.city,
        "bytesOut": found.bytes_out,
        "worstHealthScore": found.worst_health,
        "reason": found.reason,
    }


def whose(found: Livestream) -> dict[str, str]:
    """A livestream by its names."""
    return {
        "id": found.pk.hex,
        "streamKey": found.stream_key,
        "name": found.name,
        "app": found.app.public_id,
    }


def retention(found: Retention) -> dict[str, Any]:
    return {
        "viewings": found.viewings,
        "points": [[minutes, round(share, 6)] for minutes, share in found.points],
        "rule": RULE,
    }


def top(found: Top, by: By) -> dict[str, Any]:
    return {
        "by": by,
        **asked(found.window),
        "viewings": found.viewings,
        "rows": [
            {"value": row.value, "viewings": row.viewings, "viewerSeconds": row.viewer_ms // 1000}
            for row in found.rows
        ],
        "complete": found.complete,
    }
