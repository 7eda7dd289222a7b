"""The one writer of livestreams and their sessions."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from analytics.identity import livestream_id
from analytics.models import IngestInterval, Livestream, LivestreamSession
from viewers.sessions import pgarrays
from viewers.sessions.pgarrays import raw_cursor
from viewers.sessions.runs import Watched

# An encoder that reconnects within this time goes on with the same broadcast.
RECONNECT_MS = 60_000
FOREVER = 2**62


def ensure(app_id: int, runs: Iterable[Watched], now: int) -> None:
    """Make the livestreams of these runs that are not known yet, in the order of their ids."""
    keys = {run.stream_key for run in runs}
    wanted = {livestream_id(app_id, key): key for key in keys}
    missing = sorted(wanted.keys() - _known(wanted)) if wanted else []
    Livestream.objects.bulk_create(
        [Livestream(id=id, app_id=app_id, stream_key=wanted[id], created_ms=now) for id in missing],
        ignore_conflicts=True,
    )


def lock(ids: Iterable[uuid.UUID]) -> None:
    """Whoever changes a livestream's publishers has its row first."""
    _select("SELECT id FROM analytics_livestream WHERE id = ANY($1) ORDER BY id FOR UPDATE", set(ids))


def _known(ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    return _select("SELECT id FROM analytics_livestream WHERE id = ANY($1)", ids)


def _select(statement: str, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Thousands of ids in a batch: Django's own way of asking takes as long as writing the batch."""
    with raw_cursor() as cursor:
        cursor.execute(statement, [pgarrays.uuids([id.bytes for id in ids])])
        return {id for (id,) in cursor}


@dataclass(slots=True)
class _Broadcast:
    started: int
    ended: int | None
    inferred: bool


def rebuild_sessions(pk: uuid.UUID, first: int, last: int) -> None:
    """Derive the livestream's sessions anew from its publishers' runs around [first, last] (ms).

    A session keeps its id as long as its first part remains.
    """
    touched = _sessions_near(pk, first, last)
    first = min([first, *(s.started_ms for s in touched)])
    last = max([last, *(FOREVER if s.ended_ms is None else s.ended_ms for s in touched)])
    runs = IngestInterval.objects.filter(livestream_id=pk, started_ms__lte=last + RECONNECT_MS).exclude(
        ended_ms__lt=first - RECONNECT_MS
    )
    wanted = _broadcasts(runs)
    _replace(pk, touched, wanted)


def _sessions_near(pk: uuid.UUID, first: int, last: int) -> list[LivestreamSession]:
    near = LivestreamSession.objects.filter(livestream_id=pk, started_ms__lte=last + RECONNECT_MS)
    return list(near.exclude(ended_ms__lt=first - RECONNECT_MS).order_by("started_ms"))


def _broadcasts(runs: Iterable[IngestInterval]) -> list[_Broadcast]:
    found: list[_Broadcast] = []
    for run in sorted(runs, key=lambda run: run.started_ms):
        if found and (found[-1].ended is None or run.started_ms - found[-1].ended <= RECONNECT_MS):
            last = found[-1]
            last.ended = None if last.ended is None or run.ended_ms is None else max(last.ended, run.ended_ms)
            last.inferred = last.inferred and run.inferred
        else:
            found.append(_Broadcast(run.started_ms, run.ended_ms, run.inferred))
    return found


def _replace(pk: uuid.UUID, before: list[LivestreamSession], wanted: list[_Broadcast]) -> None:
    app_id = Livestream.objects.values_list("app_id", flat=True).get(pk=pk)
    unused = list(before)
    for broadcast in wanted:
        end = FOREVER if broadcast.ended is None else broadcast.ended
        kept = next((s for s in unused if broadcast.started <= s.started_ms <= end), None)
        if kept is None:
            kept = LivestreamSession(livestream_id=pk, app_id=app_id)
        else:
            unused.remove(kept)
        now = (broadcast.started, broadcast.ended, broadcast.inferred)
        if (kept.started_ms, kept.ended_ms, kept.inferred) != now:
            kept.started_ms, kept.ended_ms, kept.inferred = now
            kept.save()
    LivestreamSession.objects.filter(pk__in=[s.pk for s in unused]).delete()
