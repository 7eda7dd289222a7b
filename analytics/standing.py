"""Where the ledger stands at an instant: F and the active count, exactly.

Times are ms since the epoch. Whole days, hours and minutes come from the ledger; the rows themselves are read
for the rest of the instant's own minute.
"""

from collections.abc import Iterator, Sequence
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
SELECT days.net, days.area, rest.net, rest.area, EXISTS (
    SELECT FROM analytics_ledger
    WHERE app_id = %(app)s AND owner = %(owner)s AND kind = edge.kind AND level = 1
        AND bucket_ms = edge.minute)
FROM unnest(%(kind)s::smallint[], %(since)s::bigint[], %(day)s::bigint[], %(hour)s::bigint[],
        %(minute)s::bigint[])
    WITH ORDINALITY AS edge (kind, since, day, hour, minute, place)
CROSS JOIN LATERAL (
    SELECT sum(starts - ends) AS net,
        sum(area + (starts - ends)::numeric * (edge.day - bucket_ms - 86400000)) AS area
    FROM analytics_ledger
    WHERE app_id = %(app)s AND owner = %(owner)s AND kind = edge.kind AND level = 3
        AND bucket_ms >= edge.since AND bucket_ms < edge.day
) AS days
CROSS JOIN LATERAL (
    SELECT sum(net) AS net, sum(area) AS area FROM (
        SELECT starts - ends AS net, area + (starts - ends) * (edge.minute - bucket_ms - 3600000) AS area
        FROM analytics_ledger
        WHERE app_id = %(app)s AND owner = %(owner)s AND kind = edge.kind AND level = 2
            AND bucket_ms >= edge.day AND bucket_ms < edge.hour
        UNION ALL
        SELECT starts - ends, area + (starts - ends) * (edge.minute - bucket_ms - 60000)
        FROM analytics_ledger
        WHERE app_id = %(app)s AND owner = %(owner)s AND kind = edge.kind AND level = 1
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
    return [position.watched for position in positions(app_id, livestream, [kind], times)[kind]]


def positions(
    app_id: int, livestream: Livestream | None, kinds: Sequence[LedgerKind], times: Sequence[int]
) -> dict[LedgerKind, list[Position]]:
    """The standing just before each instant, for each kind, from one query of the ledger and one of edges."""
    if not times:
        return {kind: [] for kind in kinds}
    ordered = sorted(set(times))
    with snapshot():
        sums = _sums(app_id, livestream, kinds, ordered)
        each = {
            kind: _standing(
                app_id, livestream, kind, ordered, sums[n * len(ordered) : (n + 1) * len(ordered)]
            )
            for n, kind in enumerate(kinds)
        }
    return {kind: [found[at] for at in times] for kind, found in each.items()}


def _standing(
    app_id: int, livestream: Livestream | None, kind: LedgerKind, times: Sequence[int], sums: list[list[int]]
) -> dict[int, Position]:
    """The ledger's sums up to each minute, and the rows of the rest where the ledger knows that minute."""
    uneven = [at for at, row in zip(times, sums, strict=True) if row[-1] and at % MINUTE_MS]
    spans = [(floor(at, MINUTE_MS), at) for at in uneven]
    edges = dict(zip(uneven, raw.edges(app_id, kind, livestream, spans), strict=True))
    found = {}
    for at, before in zip(times, _at_minutes(times, sums), strict=True):
        edge = edges.get(at, raw.Edge())
        watched = before.watched + before.active * (at % MINUTE_MS) + edge.watched
        found[at] = Position(before.active + edge.net, watched)
    return found


def _sums(
    app_id: int, livestream: Livestream | None, kinds: Sequence[LedgerKind], times: Sequence[int]
) -> list[list[int]]:
    """A row for each kind and instant: see ``_SUMS``; ``times`` ascend."""
    days = [floor(at, DAY_MS) for at in times]
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMS,
            {
                "app": app_id,
                "owner": owner_of(livestream),
                "kind": [int(kind) for kind in kinds for _ in times],
                "since": [BEGINNING, *days[:-1]] * len(kinds),
                "day": days * len(kinds),
                "hour": [floor(at, HOUR_MS) for at in times] * len(kinds),
                "minute": [floor(at, MINUTE_MS) for at in times] * len(kinds),
            },
        )
        return [[int(value or 0) for value in row] for row in cursor.fetchall()]


def _at_minutes(times: Sequence[int], sums: list[list[int]]) -> Iterator[Position]:
    """The standing at the beginning of each instant's minute."""
    active = watched = 0
    since = floor(times[0], DAY_MS)
    for at, (day_net, day_area, net, area, _) in zip(times, sums, strict=True):
        day, minute = floor(at, DAY_MS), floor(at, MINUTE_MS)
        watched += active * (day - since) + day_area
        active += day_net
        since = day
        yield Position(active + net, watched + active * (minute - day) + area)


def owner_of(livestream: Livestream | None) -> UUID:
    return WHOLE_APP if livestream is None else livestream.pk
