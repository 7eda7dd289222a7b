"""The table of an app's livestreams in a window: all of their figures from a few statements."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from accounts.models import App
from analytics.composing import Windows
from analytics.models import Livestream, LivestreamSession
from analytics.side_by_side import Asked, figures
from analytics.snapshot import snapshot
from analytics.standing import BEGINNING
from analytics.window import Window, window

_BROADCASTS = """
SELECT livestream_id, count(*), max(started_ms) FROM analytics_livestreamsession
WHERE app_id = %(app)s AND started_ms < %(end)s
    AND (ended_ms IS NULL OR ended_ms > %(start)s OR started_ms >= %(start)s)
GROUP BY livestream_id
"""


@dataclass(frozen=True, slots=True)
class Row:
    livestream: UUID
    stream_key: str
    name: str
    sessions: int
    """Broadcasts that overlap the window."""
    ingest_ms: int
    viewer_ms: int
    viewings: int
    """View intervals that overlap the window."""
    peak: int
    last_started_ms: int | None
    """When the last of the broadcasts began."""
    live: bool
    """On the air now, whatever the window."""


class Broadcasts(NamedTuple):
    number: int = 0
    last_started_ms: int | None = None


def livestreams(app: App, start_ms: int | None, end_ms: int | None, now_ms: int) -> tuple[Window, list[Row]]:
    """The window answered for, and the livestreams with anything in it, in the order of their ids."""
    with snapshot():
        asked = window(app, start_ms, end_ms, now_ms)
        start = BEGINNING if asked.start is None else asked.start
        named = list(
            Livestream.objects.filter(app=app).order_by("pk").values_list("pk", "stream_key", "name")
        )
        edges = Windows(*(np.full(len(named), at, dtype=np.int64) for at in (start, asked.end)))
        owners = [(pk, key) for pk, key, _ in named]
        found = figures(Asked(app.pk, owners, None, edges, asked.horizon))
        broadcasts = _broadcasts(app.pk, start, asked.end)
        on_air = set(
            LivestreamSession.objects.filter(app=app, ended_ms=None).values_list("livestream_id", flat=True)
        )
    rows = []
    for (pk, key, name), *each in zip(named, *(column.tolist() for column in found), strict=True):
        ingest, watched, viewings, peak = each
        sessions, last = broadcasts.get(pk, Broadcasts())
        if sessions or viewings or ingest:
            rows.append(Row(pk, key, name, sessions, ingest, watched, viewings, peak, last, pk in on_air))
    return asked, rows


def _broadcasts(app_id: int, start: int, end: int) -> dict[UUID, Broadcasts]:
    """Of each livestream those that overlap the window."""
    if start >= end:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BROADCASTS, {"app": app_id, "start": start, "end": end})
        return {pk: Broadcasts(count, last) for pk, count, last in cursor.fetchall()}
