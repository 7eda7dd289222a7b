"""How many livestreams were on the air: distinct ones, so that counts of parts do not add up.

A broadcast of no length counts where it happened. Broadcasts of one livestream follow each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from accounts.models import App, Source
from analytics import raw
from analytics.driver import driver_cursor
from analytics.models import Livestream, LivestreamSession
from analytics.snapshot import snapshot

# Of each livestream the last broadcast that began before the window's end reaches furthest into the window.
_COUNT = """
SELECT count(*)
FROM analytics_livestream AS livestream
CROSS JOIN LATERAL (
    SELECT started_ms, ended_ms FROM analytics_livestreamsession
    WHERE livestream_id = livestream.id AND started_ms < %(end)s
    ORDER BY started_ms DESC LIMIT 1
) AS latest
WHERE app_id = %(app)s AND (ended_ms IS NULL OR ended_ms > %(start)s OR started_ms >= %(start)s)
    AND (%(livestream)s::uuid IS NULL OR id = %(livestream)s)
"""
_BROADCASTS = """
SELECT array_agg(number), array_agg(started_ms), array_agg(coalesce(ended_ms, %(end)s))
FROM analytics_livestreamsession AS broadcast
JOIN (
    SELECT id, row_number() OVER () AS number FROM analytics_livestream WHERE app_id = %(app)s
) AS livestream ON livestream.id = livestream_id
WHERE app_id = %(app)s AND started_ms < %(end)s
    AND (ended_ms IS NULL OR ended_ms > %(start)s OR started_ms >= %(start)s)
    AND (%(livestream)s::uuid IS NULL OR livestream_id = %(livestream)s)
"""


def count(app_id: int, start: int, end: int, livestream: Livestream | None) -> int:
    """In [start, end)."""
    if start >= end:
        return 0
    with driver_cursor() as cursor:
        found = cursor.execute(_COUNT, _values(app_id, start, end, livestream)).fetchone()
        return int(found[0]) if found else 0


@dataclass(frozen=True, slots=True)
class Live:
    livestreams: int
    sources: int
    reporting: int
    """Of the sources: heard within the time after which the sessions of a silent one end."""
    last_report_ms: int | None


def now(apps: Sequence[App], now_ms: int) -> Live:
    """What is on the air at this moment, in all of these apps together, and who reports it."""
    with snapshot():
        livestreams = LivestreamSession.objects.filter(app__in=apps, ended_ms=None).count()
        sources = list(Source.objects.filter(app__in=apps))
    heard = [(source.last_event_ms, source.silence_ms) for source in sources if source.last_event_ms]
    return Live(
        livestreams,
        len(sources),
        sum(at >= now_ms - silence for at, silence in heard),
        max((at for at, _ in heard), default=None),
    )


def by_day(app_id: int, edges: Sequence[int], livestream: Livestream | None) -> list[int]:
    """Between each two of the ascending edges."""
    values = _values(app_id, edges[0], edges[-1], livestream)
    number, started, ended = raw.integers(_BROADCASTS, values)
    # The last millisecond in which it was on the air.
    ended = np.maximum(np.minimum(ended, edges[-1]) - 1, started)
    first, last = (np.searchsorted(edges, at, side="right") for at in (np.maximum(started, edges[0]), ended))
    days = last - first + 1
    within = np.arange(days.sum()) - np.repeat(days.cumsum() - days, days)
    # Days and livestreams as one number each: pairs would be sorted as bytes, which takes ten times as long.
    on_air = np.unique(np.repeat(number, days) * len(edges) + np.repeat(first, days) + within)
    counts: list[int] = np.bincount(on_air % len(edges), minlength=len(edges))[1:].tolist()
    return counts


def _values(app_id: int, start: int, end: int, livestream: Livestream | None) -> dict[str, int | UUID | None]:
    return {"app": app_id, "start": start, "end": end, "livestream": livestream.pk if livestream else None}
