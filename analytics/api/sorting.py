"""The orders of the table of livestreams."""

from collections.abc import Callable, Iterable
from typing import Any

from analytics.livestream_table import Row
from analytics.models import Livestream

SORTS: dict[str, Callable[[Row], Any]] = {
    "viewerSeconds": lambda row: row.viewer_ms,
    "peakViewers": lambda row: row.peak,
    "sessions": lambda row: row.sessions,
    "ingestSeconds": lambda row: row.ingest_ms,
    "meanWatchSeconds": lambda row: row.viewer_ms / row.viewings if row.viewings else 0,
    "name": lambda row: (row.name or row.stream_key).casefold(),
    "lastStarted": lambda row: row.last_started_ms or 0,
}


def in_order(
    rows: Iterable[Row],
    sort: str,
    descending: bool,
    livestream: Livestream | None = None,
    search: str | None = None,
) -> list[Row]:
    """All, or only the livestream's, or those whose name or stream key contains what is searched for. What is
    equal stands in the order of stream keys.
    """
    wanted = [
        row
        for row in rows
        if (livestream is None or row.livestream == livestream.pk) and (not search or called(row, search))
    ]
    wanted.sort(key=lambda row: row.stream_key)
    return sorted(wanted, key=SORTS[sort], reverse=descending)


def called(row: Row, search: str) -> bool:
    sought = search.casefold()
    return sought in row.stream_key.casefold() or sought in row.name.casefold()
