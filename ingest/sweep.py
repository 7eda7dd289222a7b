"""Declares over what the session rule says is over: nobody else tells of a viewer who fell silent."""

from django.db import connection, transaction

from accounts.models import Source
from analytics import publishers
from analytics.ledger import Deltas
from analytics.livestreams import RECONNECT_MS
from analytics.models import LivestreamSession
from ingest import viewings
from ingest.record import retried
from viewers.models import ViewerSession
from viewers.sessions import live_table
from viewers.sessions.runs import Run

CHUNK = 5_000


def sweep(now: int, resumed: int) -> int:
    """End the runs that were silent for longer than their source's T, at their last sign.

    Returns how many viewers' runs.

    ``resumed`` is when we began to listen again (ms): before a source had T to report since then, its silence
    proves nothing.
    """
    heard = [source for source in Source.objects.all() if now - resumed >= source.silence_ms]
    silences = {source.pk: source.silence_ms for source in heard}
    ended = 0
    while silences:
        chunk = _sweep_viewers(silences, now)
        ended += chunk
        if chunk < CHUNK:
            break
    while _sweep_publishers(now, heard):
        pass
    for source in Source.objects.filter(heartbeats=False):
        _end_with_publisher(source, now)
    live_table.forget_changes()
    return ended


def _sweep_viewers(silences: dict[int, int], now: int) -> int:
    taken = 0

    @retried
    def one_transaction() -> None:
        nonlocal taken
        deltas = Deltas()
        with transaction.atomic():
            silent = live_table.take_silent(silences, now, CHUNK)
            taken = len(silent)
            _end(silent, now, deltas)

    one_transaction()
    return taken


def _sweep_publishers(now: int, heard: list[Source]) -> int:
    closed = 0

    @retried
    def one_transaction() -> None:
        nonlocal closed
        deltas = Deltas()
        with transaction.atomic():
            closed = publishers.close_silent(now, heard, deltas)
            _write(deltas)

    one_transaction()
    return closed


def _end_with_publisher(source: Source, now: int) -> None:
    """Viewers of a source without heartbeats get a stop when their stream's last publisher has stopped.

    The encoder has the time of a reconnect to come back first.
    """
    watched = (
        ViewerSession.objects.filter(source=source).order_by().values_list("stream_key", flat=True).distinct()
    )
    broadcasts = LivestreamSession.objects.filter(app=source.app_id, livestream__stream_key__in=watched)
    latest = broadcasts.order_by("livestream_id", "-started_ms").distinct("livestream_id")
    for broadcast in latest.select_related("livestream"):
        if (
            broadcast.ended_ms is not None
            and broadcast.ended_ms < now - RECONNECT_MS
            and not broadcast.inferred
        ):
            _stop_viewers(source, broadcast.livestream.stream_key, broadcast.ended_ms, now)


@retried
def _stop_viewers(source: Source, stream_key: str, at: int, now: int) -> None:
    deltas = Deltas()
    with transaction.atomic():
        runs = live_table.take_watching(source.pk, stream_key, source.app_id, CHUNK)
        for run in runs:
            run.stop = max(at, run.last)
        _end([(source.app_id, source.pk, run) for run in runs], now, deltas)


def _end(gone: list[tuple[int, int, Run]], now: int, deltas: Deltas) -> None:
    for app_id in sorted({app_id for app_id, _, _ in gone}):
        runs = [(source_id, run) for app, source_id, run in gone if app == app_id]
        viewings.end(app_id, runs, deltas)
        _infer(runs, now, deltas)
    _write(deltas)


def _infer(runs: list[tuple[int, Run]], now: int, deltas: Deltas) -> None:
    for source in Source.objects.filter(pk__in={source_id for source_id, _ in runs}):
        publishers.infer([run for source_id, run in runs if source_id == source.pk], source, now, deltas)


def _write(deltas: Deltas) -> None:
    with connection.cursor() as cursor:
        deltas.write(cursor)
