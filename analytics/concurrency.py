"""How many watched at once: the curve of a window, and its exact peak; the peaks of consecutive windows.

A count at an instant includes what happens at that instant: c(t) = #{start ≤ t} − #{end ≤ t}.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from accounts.models import App
from analytics import raw
from analytics.arithmetic import DAY_MS, MINUTE_MS, floor, highest
from analytics.ledger import SIZES
from analytics.models import Ledger, LedgerKind, LedgerLevel, Livestream
from analytics.snapshot import snapshot
from analytics.standing import owner_of, positions
from analytics.stretches import first_highest, stretches
from analytics.window import window

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
        step, grid = _grid(start, asked.end, points)
        counts = _counts(app, livestream, start, grid, asked.end)
    return _curve(counts, step, asked.provisional_since, asked.snapped)


def curve_of_all(
    apps: Sequence[App], start_ms: int | None, end_ms: int | None, now_ms: int, points: int = MOST_POINTS
) -> Curve:
    """The apps' curves added up. It begins and ends where all of them are known."""
    with snapshot():
        asked = [window(app, start_ms, end_ms, now_ms) for app in apps]
        end = min((each.end for each in asked), default=now_ms)
        starts = [
            _beginning(app, None, end) if each.start is None else each.start
            for app, each in zip(apps, asked, strict=True)
        ]
        start = min(starts, default=end)
        step, grid = _grid(start, end, points)
        counts: Counter[int] = Counter({start: 0, end: 0})
        for app in apps:
            counts.update(_counts(app, None, start, grid, end))
    since = [each.provisional_since for each in asked if each.provisional_since is not None]
    return _curve(counts, step, min(since, default=None), any(each.snapped for each in asked))


def _grid(start: int, end: int, points: int) -> tuple[int, range]:
    """The finest step of which no more than ``points`` fit, and its multiples within the window."""
    points = max(points, 4)
    step = next((step for step in STEPS_MS if (end - start) / step < points - 2), DAY_MS)
    while (end - start) / step >= points - 2:
        step *= 2
    return step, range(floor(start, step) + step, end, step)


def _counts(app: App, livestream: Livestream | None, start: int, grid: range, end: int) -> dict[int, int]:
    """The viewers just before the edges, and before each instant of the grid."""
    found = _active(app, livestream, sorted({start, *grid[:1], end}))
    nets = _nets(app.pk, livestream, grid) if grid else []
    found.update(zip(grid, accumulate(nets, initial=found[grid[0]] if grid else 0), strict=False))
    return found


def _curve(counts: Mapping[int, int], step: int, since: int | None, snapped: bool) -> Curve:
    return Curve([Point(at, counts[at]) for at in sorted(counts)], step, since, snapped)


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
        above, at = first_highest(app.pk, livestream, start, asked.end, asked.horizon)
    return Peak(base + above, at if base + above else None, since, asked.snapped)


def peaks(app: App, edges: Sequence[int], livestream: Livestream | None = None) -> list[int]:
    """The most viewers at once between each two of the ascending edges, which lie before now."""
    spans = list(pairwise(edges))
    with snapshot():
        base = _active(app, livestream, edges)
        found = stretches(app.pk, livestream, spans)
    starts = [stretch.start for stretch in found]
    within = [found[bisect_left(starts, start) : bisect_left(starts, end)] for start, end in spans]
    return [base[start] + highest(some, start).peak for (start, _), some in zip(spans, within, strict=True)]


def _active(app: App, livestream: Livestream | None, times: Sequence[int]) -> dict[int, int]:
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
