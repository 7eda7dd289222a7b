"""What can be replayed, and one moment of it: viewers by place as they were."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection

from accounts.models import App
from analytics import concurrency
from analytics.arithmetic import floor
from analytics.models import ReplayRange
from analytics.replay.cells import CELL_BITS, MIDDLE, NOWHERE, Counts, added, unpacked
from analytics.replay.recount import STEP_MS
from viewers.clustering.clusters import Places

# In each web process: some 25 MB of frames, each asked for again after so many seconds, should a late sign
# have corrected it.
MOST_PLACES = 500_000
KEPT_S = 30

_FRAME = """
WITH key AS MATERIALIZED (
    SELECT app.id, frame.at_ms, frame.cells FROM unnest(%(apps)s::int[]) AS app (id)
    CROSS JOIN LATERAL (
        SELECT at_ms, cells FROM analytics_replaykeyframe
        WHERE app_id = app.id AND at_ms <= %(at)s ORDER BY at_ms DESC LIMIT 1
    ) AS frame
)
SELECT cells FROM key
UNION ALL
SELECT change.cells FROM key JOIN analytics_replaychange AS change
    ON change.app_id = key.id AND change.bucket_ms >= key.at_ms AND change.bucket_ms < %(at)s
"""
_BEGINNING = """
SELECT min(at_ms) FROM unnest(%s::int[]) AS app (id)
CROSS JOIN LATERAL (
    SELECT at_ms FROM analytics_replaykeyframe WHERE app_id = app.id AND at_ms > 0 ORDER BY at_ms LIMIT 1
) AS first
"""


@dataclass(frozen=True, slots=True)
class Range:
    """From the first to the last instant (ms) that can be replayed, both included."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Viewers just before an instant, each in the middle of a cell."""

    at_ms: int
    places: Places
    unlocated: int


def known(app_ids: Sequence[int]) -> Range | None:
    """What can be replayed of all these apps together; None: nothing yet."""
    rows = list(ReplayRange.objects.filter(app__in=app_ids).values_list("since_ms", "until_ms"))
    if not rows:
        return None
    start, end = max(since for since, _ in rows), min(until for _, until in rows)
    if start == 0:
        # All of it is known, but nobody wants to look at what was before the first viewer.
        with connection.cursor() as cursor:
            cursor.execute(_BEGINNING, [list(app_ids)])
            start = min(cursor.fetchone()[0] or end, end)
    return Range(start, end) if start <= end else None


def curve(apps: Sequence[App], within: Range, now_ms: int) -> list[concurrency.Point]:
    """The viewers of a part of the range, at steps of ``STEP_MS`` or, of more than a day, at longer ones."""
    points = min((within.end_ms - within.start_ms) // STEP_MS + 4, concurrency.MOST_POINTS)
    found = concurrency.curve_of_all(apps, within.start_ms, within.end_ms, now_ms, points)
    return found.points


class Frames:
    """Those that were asked for lately: a map that is panned asks for one moment again and again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[tuple[int, ...], int], tuple[float, Frame]] = OrderedDict()
        self._places = 0
        self._lock = threading.Lock()

    def at(self, app_ids: Sequence[int], at_ms: int) -> Frame:
        """The apps' viewers together, at the last step up to ``at_ms``, which lies within their range."""
        key = tuple(app_ids), floor(at_ms, STEP_MS)
        with self._lock:
            made, frame = self._kept.get(key, (0.0, None))
        if frame is not None and time.monotonic() - made < KEPT_S:
            return frame
        frame = _read(*key)
        with self._lock:
            self._drop(key)
            self._kept[key] = time.monotonic(), frame
            self._places += len(frame.places)
            while self._places > MOST_PLACES and len(self._kept) > 1:
                self._drop(next(iter(self._kept)))
        return frame

    def _drop(self, key: tuple[tuple[int, ...], int]) -> None:
        if key in self._kept:
            self._places -= len(self._kept.pop(key)[1].places)


frames = Frames()


def _read(app_ids: Sequence[int], at: int) -> Frame:
    with connection.cursor() as cursor:
        cursor.execute(_FRAME, {"apps": list(app_ids), "at": at})
        viewers = added(unpacked(cells) for (cells,) in cursor.fetchall())
    located = int(np.searchsorted(viewers.cells, NOWHERE))
    unlocated = int(viewers.viewers[located:].sum())
    return Frame(at, _places(Counts(viewers.cells[:located], viewers.viewers[:located])), unlocated)


def _places(located: Counts) -> Places:
    nothing = np.zeros(len(located.cells), dtype=np.int64)
    codes = (located.cells << CELL_BITS) | MIDDLE
    return Places.from_ordered(codes, np.arange(len(codes) + 1), located.viewers, nothing, nothing, nothing)
