"""Single past viewings, however many: read page by page, so that no snapshot is held for long."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from analytics.arithmetic import HOUR_MS, WEEK_MS
from analytics.models import Livestream
from analytics.standing import BEGINNING

PAGE = 2_000

# The end also stands by itself, so that the planner leaves out the partitions before.
_PAGE = """
SELECT id, connection_id, stream_key, started_ms, ended_ms, protocol, player, country, region, city,
    bytes_out, worst_health, reason
FROM analytics_viewinterval
WHERE app_id = %(app)s AND ended_ms >= %(last)s AND (ended_ms, id) > (%(last)s, %(id)s::uuid)
    AND ended_ms < %(until)s AND started_ms < %(end)s
    AND (ended_ms > %(start)s OR started_ms >= %(start)s) AND counted
    AND (%(stream)s::text IS NULL OR stream_key = %(stream)s)
ORDER BY ended_ms, id LIMIT %(limit)s
"""


class PastViewing(NamedTuple):
    id: UUID
    connection_id: str
    stream_key: str
    started_ms: int
    ended_ms: int
    protocol: str
    player: str
    country: str
    region: str
    city: str
    bytes_out: int | None
    worst_health: int | None
    reason: str


def past_viewings(
    app_id: int, start: int | None, end: int, now_ms: int, livestream: Livestream | None = None
) -> Iterator[PastViewing]:
    """Those that overlap the window and were over at ``now_ms``, in the order of their ends.

    Each page is of its own moment: what a late sign moves meanwhile may be met twice, or not at all.
    """
    start = BEGINNING if start is None else start
    if start >= end:
        return
    values = {
        "app": app_id,
        "start": start,
        "end": end,
        "stream": livestream.stream_key if livestream else None,
        "limit": PAGE,
    }
    # Behind the window few of those that end had begun within it: an hour at a time, so that none that looks
    # for them among all the others takes long.
    farthest = min(end + WEEK_MS, now_ms + 1)
    for first, until in pairwise([start, *range(end, farthest, HOUR_MS), farthest]):
        yield from _ended({**values, "until": until}, first)


def _ended(values: Mapping[str, Any], first: int) -> Iterator[PastViewing]:
    """From ``first`` on."""
    last, id = first, UUID(int=0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, {**values, "last": last, "id": id})
            rows = [PastViewing(*row) for row in cursor.fetchall()]
        yield from rows
        if len(rows) < PAGE:
            return
        last, id = rows[-1].ended_ms, rows[-1].id
