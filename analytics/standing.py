"""Where the ledger stands at an instant: F and the active count, exactly.

Times are ms since the epoch. From the midnight (UTC) nearest to an instant it is a few whole hours to the
nearest hour, a few minutes to the nearest minute, and less than half a minute of single rows to the instant
itself. What lies before the instant is added, what lies behind it is taken away: so at most half of a
bucket's parts are read, and for an instant that is now next to nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from analytics import raw
from analytics.arithmetic import DAY_MS, HOUR_MS, MINUTE_MS, floor, nearest
from analytics.driver import driver_cursor
from analytics.identity import WHOLE_APP
from analytics.ledger import SIZES
from analytics.models import LedgerKind, LedgerLevel, Livestream
from analytics.snapshot import snapshot

# The days before the first midnight are summed up, in numeric: how far they lie back is not bounded. All
# other rows are few and come as they are, from a few ranges of time.
_ROWS = """
SELECT kind, NULL::smallint, NULL::bigint, sum(starts - ends),
    sum(area + (starts - ends)::numeric * (%(first)s - bucket_ms - 86400000))
FROM analytics_ledger
WHERE app_id = %(app)s AND owner = %(owner)s AND kind = ANY(%(kinds)s) AND level = 3
    AND bucket_ms < %(first)s
GROUP BY kind
UNION ALL
SELECT entry.* FROM unnest(%(levels)s::smallint[], %(firsts)s::bigint[], %(lasts)s::bigint[])
    AS span (level, first, last)
CROSS JOIN LATERAL (
    SELECT kind, level, bucket_ms, starts - ends, area FROM analytics_ledger
    WHERE app_id = %(app)s AND owner = %(owner)s AND kind = ANY(%(kinds)s) AND level = span.level
        AND bucket_ms >= span.first AND bucket_ms < span.last
    OFFSET 0
) AS entry
"""
BEGINNING = -(2**62)


@dataclass(frozen=True, slots=True)
class Position:
    """A ledger's standing just before an instant."""

    active: int
    watched: int
    """In ms, since the beginning."""


class Route(NamedTuple):
    """The way from the nearest midnight to an instant: over whole hours, whole minutes, and single rows."""

    day: int
    hour: int
    minute: int
    at: int


class Row(NamedTuple):
    """Of the ledger. Of all days before the first midnight the area counts up to that one."""

    net: int
    area: int


Rows = dict[tuple[LedgerLevel | None, int | None], Row]


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
    routes = [_route(at) for at in sorted(set(times))]
    found = {}
    with snapshot():
        for kind, rows in _rows(app_id, livestream, kinds, routes).items():
            edges = _edges(app_id, livestream, kind, [route for route in routes if _own(route.at) in rows])
            found[kind] = dict(_along(routes, rows, edges))
    return {kind: [each[at] for at in times] for kind, each in found.items()}


def _route(at: int) -> Route:
    minute = nearest(at, MINUTE_MS)
    hour = nearest(minute, HOUR_MS)
    return Route(nearest(hour, DAY_MS), hour, minute, at)


def _between(here: int, there: int, size: int) -> range:
    """The whole buckets between two instants, whichever comes first."""
    return range(min(here, there), max(here, there), size)


def _own(at: int) -> tuple[LedgerLevel, int]:
    """The minute in which an instant lies."""
    return LedgerLevel.MINUTE, floor(at, MINUTE_MS)


def _rows(
    app_id: int, livestream: Livestream | None, kinds: Sequence[LedgerKind], routes: Sequence[Route]
) -> dict[LedgerKind, Rows]:
    """All rows of the ledger that the routes need; nothing happens in a bucket that has none."""
    spans = {
        (LedgerLevel.DAY, routes[0].day, routes[-1].day),
        *(span for each in routes for span in _spans(each)),
    }
    asked = sorted(span for span in spans if span[1] < span[2])
    rows: dict[LedgerKind, Rows] = {kind: {} for kind in kinds}
    with driver_cursor() as cursor:
        cursor.execute(
            _ROWS,
            {
                "app": app_id,
                "owner": owner_of(livestream),
                "kinds": [int(kind) for kind in kinds],
                "first": routes[0].day,
                "levels": [int(level) for level, _, _ in asked],
                "firsts": [first for _, first, _ in asked],
                "lasts": [last for _, _, last in asked],
            },
        )
        for kind, level, bucket, net, area in cursor.fetchall():
            rows[kind][level, bucket] = Row(int(net), int(area))
    return rows


def _spans(route: Route) -> Iterator[tuple[LedgerLevel, int, int]]:
    """The hours of a route, and its minutes with the one in which the instant lies."""
    yield LedgerLevel.HOUR, min(route.day, route.hour), max(route.day, route.hour)
    first, last = min(route.hour, route.minute), max(route.hour, route.minute)
    if route.at != route.minute:
        _, own = _own(route.at)
        first, last = min(first, own), max(last, own + MINUTE_MS)
    yield LedgerLevel.MINUTE, first, last


def _edges(
    app_id: int, livestream: Livestream | None, kind: LedgerKind, routes: Sequence[Route]
) -> dict[int, raw.Edge]:
    """What the rows between each instant and the minute nearest to it add up to."""
    uneven = [route for route in routes if route.at != route.minute]
    spans = [raw.Span(min(each.minute, each.at), max(each.minute, each.at), each.at) for each in uneven]
    edges = raw.edges(app_id, kind, livestream, spans)
    return {route.at: edge for route, edge in zip(uneven, edges, strict=True)}


def _along(routes: Sequence[Route], rows: Rows, edges: dict[int, raw.Edge]) -> Iterator[tuple[int, Position]]:
    """From one midnight to the next, and from each to its instant."""
    since = routes[0].day
    active, watched = rows.get((None, None), Row(0, 0))
    for route in routes:
        for day in range(since, route.day, DAY_MS):
            net, area = rows.get((LedgerLevel.DAY, day), Row(0, 0))
            watched += active * DAY_MS + area
            active += net
        since = route.day
        steps = [
            _summed(rows, LedgerLevel.HOUR, route.day, route.hour, route.at),
            _summed(rows, LedgerLevel.MINUTE, route.hour, route.minute, route.at),
            _signed(edges.get(route.at, raw.Edge()), route.minute < route.at),
        ]
        yield (
            route.at,
            Position(
                active + sum(step.net for step in steps),
                watched + active * (route.at - route.day) + sum(step.watched for step in steps),
            ),
        )


def _summed(rows: Rows, level: LedgerLevel, here: int, there: int, at: int) -> raw.Edge:
    size = SIZES[level]
    net = watched = 0
    for bucket in _between(here, there, size):
        row = rows.get((level, bucket))
        if row is not None:
            net += row.net
            watched += row.area + row.net * (at - bucket - size)
    return _signed(raw.Edge(net, watched), here < there)


def _signed(edge: raw.Edge, before: bool) -> raw.Edge:
    """What lies behind an instant has been counted as if it lay before: it is taken away again."""
    return edge if before else raw.Edge(-edge.net, -edge.watched)


def owner_of(livestream: Livestream | None) -> UUID:
    return WHOLE_APP if livestream is None else livestream.pk
