"""A window at a glance, each answer of one snapshot: figures beside the time before, curve, days."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from accounts.models import App
from analytics import concurrency, totals
from analytics.concurrency import Curve, Peak
from analytics.models import Livestream
from analytics.snapshot import snapshot
from analytics.totals import Day, Totals
from analytics.window import Window, window


@dataclass(frozen=True, slots=True)
class Figures:
    totals: Totals
    peak: Peak


def overview(
    app: App, start_ms: int | None, end_ms: int | None, now_ms: int, livestream: Livestream | None = None
) -> tuple[Figures, Figures | None]:
    """The figures of the window, and of the one of equal length just before; None: nothing is before the
    beginning.
    """
    with snapshot():
        asked = figures(app, start_ms, end_ms, now_ms, livestream)
        start, end = asked.totals.start_ms, asked.totals.end_ms
        if start is None:
            return asked, None
        return asked, figures(app, 2 * start - end, start, now_ms, livestream)


def figures(
    app: App, start_ms: int | None, end_ms: int | None, now_ms: int, livestream: Livestream | None = None
) -> Figures:
    with snapshot():
        return Figures(
            totals.between(app, start_ms, end_ms, now_ms, livestream),
            concurrency.peak(app, start_ms, end_ms, now_ms, livestream),
        )


def curve(
    app: App,
    start_ms: int | None,
    end_ms: int | None,
    now_ms: int,
    livestream: Livestream | None = None,
    points: int = concurrency.MOST_POINTS,
) -> tuple[Curve, Peak]:
    with snapshot():
        return (
            concurrency.curve(app, start_ms, end_ms, now_ms, livestream, points),
            concurrency.peak(app, start_ms, end_ms, now_ms, livestream),
        )


def days(
    app: App, start_ms: int, end_ms: int, tz: ZoneInfo, now_ms: int, livestream: Livestream | None = None
) -> tuple[Window, list[tuple[Day, int]]]:
    """The window answered for, and its days, each with the most viewers at once."""
    with snapshot():
        found = totals.days(app, start_ms, end_ms, tz, now_ms, livestream)
        edges = [day.start_ms for day in found] + [day.end_ms for day in found[-1:]]
        peaks = concurrency.peaks(app, edges, livestream)
        return window(app, start_ms, end_ms, now_ms), list(zip(found, peaks, strict=True))
