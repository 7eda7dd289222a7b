"""Where the ledger stands at an instant: F and the active count, exactly.

Times are ms since the epoch. Whole days, hours and minutes come from the ledger; the rows themselves are read
for the rest of the instant's own minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from analytics import raw
from analytics.arithmetic import DAY_MS, HOUR_MS, MINUTE_MS, floor
from analytics.identity import WHOLE_APP
from analytics.models import LedgerKind, Livestream
from analytics.snapshot import snapshot

# Every day row is read once: each instant adds the days since the one before. Sums are relative to the last
# bucket's end, in numeric where the distance is not bounded by a day.
_SUMS = """
SELECT days.net, days.area, rest.net, rest.area
FROM unnest(%(since)s::bigint[], %(day)s::bigint[], %(hour)s::bigint[], %(minute)s::bigint[])
    WITH ORDINALITY AS edge (since, day, hour, minute, place)
CROSS JOIN LATERAL (
    SELECT sum(starts - ends) AS net,
        sum(area + (starts - ends)::numeric * (edge.day - bucket_ms - 86400000)) AS area
    FROM analytics_ledger
    WHERE app_id = %(app)s AND owner = %(owner)s AND kind = %(kind)s AND level = 3
        AND bucket_ms >= edge.since AND bucket_ms < edge.day
) AS days
CROSS JOIN LATERAL (
    SELECT sum(net) AS net, sum(area) AS area FROM (
        SELECT starts - ends AS net, area + (starts - ends) * (edge.minute - bucket_ms - 3600000) AS area
        FROM analytics_ledger
        WHERE app_id = %(app)s AND owner = %(owner)s AND kind = %(kind)s AND level = 2
            AND bucket_ms >= edge.day AND bucket_ms < edge.hour
        UNION ALL
        SELECT starts - ends, area + (starts - ends) * (edge.minute - bucket_ms - 60000)
        FROM analytics_ledger
        WHERE app_id = %(app)s AND owner = %(owner)s AND kind = %(kind)s AND level = 1
            AND bucket_ms >= edge.hour AND bucket_ms < edge.minute
    ) AS bucket
) AS rest
ORDER BY edge.place
"""
BEGINNING = -(2**62)


@dataclass(frozen=True, slots=True)
class Position:
    """A ledger's standing just before an instant."""

    active: int
    watched: int
    """In ms, since the beginning."""


def watched_before(
    app_id: int, livestream: Livestream | None, kind: LedgerKind, times: Sequence[int]
) -> list[int]:
    """F of each instant: the ms watched (or published) before it, of a livestream or the whole app."""
    return [position.watched for position in positions(app_id, livestream, kind, times)]


def positions(
    app_id: int, livestream: Livestream | None, kind: LedgerKind, times: Sequence[int]
) -> list[Position]:
    """The standing just before each instant, in one query for the ledger and one for each uneven edge."""
    if not times:
        return []
    ordered = sorted(set(times))
    with snapshot():
        standing = dict(zip(ordered, _at_minutes(app_id, livestream, kind, ordered), strict=True))
        found = {}
        for at, before in standing.items():
            minute = floor(at, MINUTE_MS)
            edge = raw.edge(app_id, kind, livestream, minute, at)
            watched = before.watched + before.active * (at - minute) + edge.watched
            found[at] = Position(before.active + edge.net, watched)
    return [found[at] for at in times]


def _at_minutes(
    app_id: int, livestream: Livestream | None, kind: LedgerKind, times: Sequence[int]
) -> list[Position]:
    """The standing at the beginning of each instant's minute; ``times`` ascend."""
    days = [floor(at, DAY_MS) for at in times]
    minutes = [floor(at, MINUTE_MS) for at in times]
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMS,
            {
                "app": app_id,
                "owner": owner_of(livestream),
                "kind": int(kind),
                "since": [BEGINNING, *days[:-1]],
                "day": days,
                "hour": [floor(at, HOUR_MS) for at in times],
                "minute": minutes,
            },
        )
        rows = [[int(value or 0) for value in row] for row in cursor.fetchall()]
    found = []
    active = watched = 0
    since = days[0]
    for day, minute, (day_net, day_area, net, area) in zip(days, minutes, rows, strict=True):
        watched += active * (day - since) + day_area
        active += day_net
        since = day
        found.append(Position(active + net, watched + active * (minute - day) + area))
    return found


def owner_of(livestream: Livestream | None) -> UUID:
    return WHOLE_APP if livestream is None else livestream.pk
