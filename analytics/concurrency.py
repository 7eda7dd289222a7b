"""How many watched at once: the curve of a window, and its exact peak.

A count at an instant includes what happens at that instant: c(t) = #{start ≤ t} − #{end ≤ t}.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from django.db import connection

from accounts.models import App
from analytics import raw
from analytics.arithmetic import DAY_MS, MINUTE_MS, Stretch, ceil, floor, highest
from analytics.ledger import SIZES
from analytics.models import Ledger, LedgerKind, LedgerLevel, Livestream
from analytics.snapshot import snapshot
from analytics.standing import owner_of, positions
from analytics.window import window

Span = tuple[int, int]

MOST_POINTS = 500
# The resolutions of a curve: whole parts or multiples of what follows, in minutes.
STEPS_MS = [
    n * MINUTE_MS for n in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400, 43200)
]

# Added up by numpy: sums of bigint are numeric here.
_NETS = """
SELECT array_agg(bucket_ms), array_agg(starts - ends) FROM analytics_ledger
WHERE app_id = %(app)s AND owner = %(owner)s AND kind = 1 AND level = %(level)s
    AND bucket_ms >= %(first)s AND bucket_ms < %(last)s
"""
_BUCKETS = """
SELECT bucket_ms, starts - ends, peak
FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[]) AS span (first, last)
CROSS JOIN LATERAL (
    SELECT bucket_ms, starts, ends, peak FROM analytics_ledger
    WHERE app_id = %(app)s AND owner = %(owner)s AND kind = 1 AND level = %(level)s
        AND bucket_ms >= span.first AND bucket_ms < span.last
) AS bucket
"""


@dataclass(frozen=True, slots=True)
class Point:
    at_ms: int
    viewers: int
    """Just before ``at_ms``."""


@dataclass(frozen=True, slots=True)
class Curve:
    points: list[Point]
    """The edges of the window, and the multiples of ``step_ms`` (UTC) between them."""
    step_ms: int
    provisional_since_ms: int | None
    snapped: bool


@dataclass(frozen=True, slots=True)
class Peak:
    viewers: int
    at_ms: int | None
    """The first instant that reached it (in purged time its minute); None: nobody watched."""
    provisional_since_ms: int | None
    snapped: bool


def curve(
    app: App,
    start_ms: int | None,
    end_ms: int | None,
    now_ms: int,
    livestream: Livestream | None = None,
    points: int = MOST_POINTS,
) -> Curve:
    """At no more than ``points`` instants. Without a start it begins with the day of the first viewing."""
    with snapshot():
        asked = window(app, start_ms, end_ms, now_ms)
        start = _beginning(app, livestream, asked.end) if asked.start is None else asked.start
        points = max(points, 4)
        step = next((step for step in STEPS_MS if (asked.end - start) / step < points - 2), DAY_MS)
        while (asked.end - start) / step >= points - 2:
            step *= 2
        grid = range(floor(start, step) + step, asked.end, step)
        edges = sorted({start, *grid[:1], asked.end})
        active = _active(app, livestream, edges)
        nets = _nets(app.pk, livestream, grid) if grid else []
        since = asked.provisional_since
    active.update(zip(grid, accumulate(nets, initial=active[grid[0]] if grid else 0), strict=False))
    return Curve([Point(at, active[at]) for at in sorted(active)], step, since, asked.snapped)


def peak(
    app: App,
    start_ms: int | None,
    end_ms: int | None,
    now_ms: int,
    livestream: Livestream | None = None,
) -> Peak:
    """The most viewers at once within the window, exactly."""
    with snapshot():
        asked = window(app, start_ms, end_ms, now_ms)
        start = _beginning(app, livestream, asked.end) if asked.start is None else asked.start
        since = asked.provisional_since
        if start >= asked.end:
            return Peak(0, None, since, asked.snapped)
        base = _active(app, livestream, [start])[start]
        above, at = _highest(app.pk, livestream, start, asked.end, asked.horizon)
    return Peak(base + above, at if base + above else None, since, asked.snapped)


def _active(app: App, livestream: Livestream | None, times: list[int]) -> dict[int, int]:
    """The viewers just before each instant."""
    found = positions(app.pk, livestream, [LedgerKind.VIEW], times)[LedgerKind.VIEW]
    return {at: position.active for at, position in zip(times, found, strict=True)}


def _nets(app_id: int, livestream: Livestream | None, grid: range) -> list[int]:
    """What begins less what ends, from each instant of the grid to the next."""
    level = next(level for level in reversed(LedgerLevel) if grid.step % SIZES[level] == 0)
    values = {
        "app": app_id,
        "owner": owner_of(livestream),
        "level": int(level),
        "first": grid[0],
        "last": grid[-1],
    }
    bucket, net = raw.integers(_NETS, values)
    nets = np.zeros(len(grid) - 1, dtype=np.int64)
    np.add.at(nets, (bucket - grid[0]) // grid.step, net)
    found: list[int] = nets.tolist()
    return found


def _beginning(app: App, livestream: Livestream | None, end: int) -> int:
    owner = owner_of(livestream)
    rows = Ledger.objects.filter(app_id=app.pk, owner=owner, kind=LedgerKind.VIEW, level=LedgerLevel.DAY)
    first = rows.order_by("bucket_ms").values_list("bucket_ms", flat=True).first()
    return end if first is None else min(first, end)


def _highest(
    app_id: int, livestream: Livestream | None, start: int, end: int, horizon: int
) -> tuple[int, int]:
    """The highest count above the one just before ``start``, and its first instant."""
    stretches = _stretches(app_id, livestream, start, end)
    above, within = highest(stretches, start)
    at = start
    while within is not None:
        at = within.start
        end = min(end, floor(at, within.size) + within.size)
        if within.size == MINUTE_MS and at < horizon:
            return above, at
        if within.size == MINUTE_MS:
            found = raw.first_highest(app_id, livestream, at, end)
            quiet = within.peak == 0 and found != at
            return above, at if quiet or found is None else found
        within = highest(_stretches(app_id, livestream, at, end, below=within.size), at).within
    return above, at


def _stretches(
    app_id: int, livestream: Livestream | None, start: int, end: int, below: int = 2 * DAY_MS
) -> list[Stretch]:
    """[start, end) in the largest buckets under ``below`` ms whose peak is known; the rest from the rows."""
    found: list[Stretch] = []
    spans = [(start, end)]
    for level in (level for level in reversed(LedgerLevel) if SIZES[level] < below):
        size = SIZES[level]
        whole = [_whole(span, size) for span in spans]
        rest = [part for span, inner in zip(spans, whole, strict=True) for part in _outside(span, inner)]
        for bucket, net, top in _buckets(app_id, livestream, level, whole):
            if top is None:
                rest.append((bucket, bucket + size))
            else:
                found.append(Stretch(bucket, size, net, top))
        spans = _joined(rest)
    for first, last in spans:
        found += raw.stretches(app_id, livestream, first, last)
    return sorted(found)


def _whole(span: Span, size: int) -> Span:
    """The whole buckets in a span; none are an empty span at its start."""
    first, last = ceil(span[0], size), floor(span[1], size)
    return (first, last) if first < last else (span[0], span[0])


def _outside(span: Span, inner: Span) -> list[Span]:
    return [(span[0], inner[0]), (inner[1], span[1])]


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for first, last in sorted(span for span in spans if span[0] < span[1]):
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _buckets(
    app_id: int, livestream: Livestream | None, level: LedgerLevel, spans: Sequence[Span]
) -> list[tuple[int, int, int | None]]:
    spans = [(first, last) for first, last in spans if first < last]
    if not spans:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _BUCKETS,
            {
                "app": app_id,
                "owner": owner_of(livestream),
                "level": int(level),
                "firsts": [first for first, _ in spans],
                "lasts": [last for _, last in spans],
            },
        )
        rows: list[tuple[int, int, int | None]] = cursor.fetchall()
    return rows
