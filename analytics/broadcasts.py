"""Broadcasts with their figures: the livestream's, from the beginning of each to its end, or to now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q, QuerySet

from analytics.arithmetic import MINUTE_MS, Integers
from analytics.composing import Windows
from analytics.models import Livestream, LivestreamSession
from analytics.side_by_side import Asked, figures
from analytics.snapshot import snapshot
from analytics.stretches import first_highest
from analytics.window import window

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Broadcast:
    session: LivestreamSession
    ingest_ms: int
    viewer_ms: int
    viewings: int
    """View intervals that overlap it."""
    peak: int
    peak_at_ms: int | None
    """The first instant that reached it (in purged time its minute); None: nobody watched."""
    provisional_since_ms: int | None


def newest_first(
    livestream: Livestream, start_ms: int | None, end_ms: int | None
) -> QuerySet[LivestreamSession]:
    """The livestream's broadcasts that overlap the window."""
    found = LivestreamSession.objects.filter(livestream=livestream)
    if start_ms is not None:
        reaching = Q(ended_ms=None) | Q(ended_ms__gt=start_ms) | Q(started_ms__gte=start_ms)
        found = found.filter(reaching)
    if end_ms is not None:
        found = found.filter(started_ms__lt=end_ms)
    return found.order_by("-started_ms", "pk")


def measured(livestream: Livestream, sessions: Sequence[LivestreamSession], now_ms: int) -> list[Broadcast]:
    """Broadcasts of the livestream, each of them whole."""
    app = livestream.app
    with snapshot():
        known = window(app, None, None, now_ms)
        starts = _known([min(each.started_ms, now_ms) for each in sessions], known.horizon)
        ends = _known([end_of(each, now_ms) for each in sessions], known.horizon)
        owners = [(livestream.pk, livestream.stream_key)] * len(sessions)
        found = figures(Asked(app.pk, owners, livestream, Windows(starts, ends), known.horizon))
        return [
            Broadcast(
                session,
                ingest,
                watched,
                viewings,
                peak,
                first_highest(app.pk, livestream, start, end, known.horizon)[1] if peak else None,
                known.provisional_since
                if known.provisional_since is not None and known.provisional_since < end
                else None,
            )
            for session, start, end, ingest, watched, viewings, peak in zip(
                sessions,
                *(column.tolist() for column in (starts, ends, *found)),
                strict=True,
            )
        ]


def all_measured(
    livestream: Livestream, found: QuerySet[LivestreamSession], now_ms: int
) -> Iterator[Broadcast]:
    """All of ``newest_first``, some at a time, each time of another snapshot."""
    some = list(found[:AT_ONCE])
    while some:
        yield from measured(livestream, some, now_ms)
        some = list(found.filter(started_ms__lt=some[-1].started_ms)[:AT_ONCE])


def end_of(session: LivestreamSession, now_ms: int) -> int:
    return now_ms if session.ended_ms is None else min(session.ended_ms, now_ms)


def _known(at: list[int], horizon: int) -> Integers:
    """In purged time only whole minutes are known."""
    instants = np.array(at, dtype=np.int64)
    return np.where(instants < horizon, instants - instants % MINUTE_MS, instants)
