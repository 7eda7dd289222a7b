"""What was watched most, by country, player or protocol: from the rows, so only as far as these are kept."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from django.db import connection

from accounts.models import App
from analytics.arithmetic import WEEK_MS
from analytics.composing import Windows
from analytics.models import Livestream
from analytics.patience import TookTooLong, patience
from analytics.side_by_side import Asked, figures
from analytics.snapshot import snapshot
from analytics.standing import BEGINNING
from analytics.window import Window, window

By = Literal["country", "player", "protocol"]
MOST_ROWS = 1_000

_ROWS = """
SELECT value, count(*), sum(until - since) FROM (
    SELECT {by} AS value, greatest(started_ms, %(start)s) AS since, least(ended_ms, %(end)s) AS until
    FROM analytics_viewinterval
    WHERE app_id = %(app)s AND ended_ms >= %(start)s AND ended_ms < %(farthest)s AND started_ms < %(end)s
        AND (ended_ms > %(start)s OR started_ms >= %(start)s) AND counted
        AND (%(stream)s::text IS NULL OR stream_key = %(stream)s)
    UNION ALL
    SELECT {by}, greatest(started_ms, %(start)s), %(end)s FROM viewers_viewersession
    WHERE app_id = %(app)s AND started_ms < %(end)s AND counted
        AND (%(stream)s::text IS NULL OR stream_key = %(stream)s)
) AS viewing
GROUP BY value ORDER BY count(*) DESC, value LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Row:
    value: str
    """Empty: not known."""
    viewings: int
    viewer_ms: int


@dataclass(frozen=True, slots=True)
class Top:
    window: Window
    viewings: int
    """All that overlap the window."""
    rows: list[Row]
    complete: bool
    """Whether the rows add up to all viewings: the time was enough, and the rows are still kept."""


def top(
    app: App,
    by: By,
    start_ms: int | None,
    end_ms: int | None,
    now_ms: int,
    livestream: Livestream | None = None,
) -> Top:
    with snapshot():
        asked = window(app, start_ms, end_ms, now_ms)
        start = BEGINNING if asked.start is None else asked.start
        rows = _rows(app, by, start, asked.end, livestream)
        kept = start >= asked.horizon or not asked.horizon
        if rows is not None and kept and len(rows) <= MOST_ROWS:
            return Top(asked, sum(row.viewings for row in rows), rows, True)
        viewings = _viewings(app, start, asked, livestream)
    return Top(asked, viewings, (rows or [])[:MOST_ROWS], False)


def _rows(app: App, by: By, start: int, end: int, livestream: Livestream | None) -> list[Row] | None:
    """None: that took too long."""
    if start >= end:
        return []
    values = {
        "app": app.pk,
        "stream": livestream.stream_key if livestream else None,
        "start": start,
        "end": end,
        "farthest": end + WEEK_MS,
        "limit": MOST_ROWS + 1,
    }
    try:
        with patience(), connection.cursor() as cursor:
            cursor.execute(_ROWS.format(by=by), values)
            return [Row(value, count, int(watched)) for value, count, watched in cursor.fetchall()]
    except TookTooLong:
        return None


def _viewings(app: App, start: int, asked: Window, livestream: Livestream | None) -> int:
    """As the ledger knows them."""
    if livestream is None:
        known = Livestream.objects.filter(app=app).order_by("pk")
        owners = list(known.values_list("pk", "stream_key"))
    else:
        owners = [(livestream.pk, livestream.stream_key)]
    edges = Windows(*(np.full(len(owners), at, dtype=np.int64) for at in (start, asked.end)))
    return int(figures(Asked(app.pk, owners, livestream, edges, asked.horizon)).viewings.sum())
