"""Ends live sessions because an operator says so: with the stop that their players did not send."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, transaction

from accounts.models import Source
from analytics import publishers
from analytics.ledger import Deltas
from ingest import viewings
from ingest.record import retried
from viewers.admin import audit
from viewers.models import ViewerSession
from viewers.sessions.runs import Run


def end(sessions: Collection[UUID], by: User, now: int) -> list[UUID]:
    """Stop those of the live sessions that live at ``now`` (ms), and note who did it. Returns their ids.

    One that was silent for longer than its source's T is over already, at its last sign: it is left to the
    sweep. A player that goes on reporting takes the stop back within T, as it would its own.
    """
    ended: list[UUID] = []

    @retried
    def one_transaction() -> None:
        with transaction.atomic():
            living = _living(sessions, now)
            ended[:] = [row.pk for row in living]
            _stop(living, now)
            audit.note(by, ((row.pk, row.stream_key) for row in living), now)

    one_transaction()
    return ended


def _living(sessions: Collection[UUID], now: int) -> list[ViewerSession]:
    """Locked, in the order in which all writers lock them."""
    rows = ViewerSession.objects.select_for_update().filter(pk__in=sessions).order_by("pk")
    silences = {source.pk: source.silence_ms for source in Source.objects.filter(pk__in=_sources(rows))}
    return [
        row
        for row in rows
        if row.source_id in silences and now - max(row.last_ms, row.stop_ms or 0) <= silences[row.source_id]
    ]


def _sources(rows: Iterable[ViewerSession]) -> set[int]:
    return {row.source_id for row in rows}


def _stop(living: Sequence[ViewerSession], now: int) -> None:
    deltas = Deltas()
    over: list[tuple[Source, list[Run]]] = []
    for source in Source.objects.select_related("app").filter(pk__in=_sources(living)):
        signs = [_sign(row, now) for row in living if row.source_id == source.pk]
        over.append((source, viewings.fold(signs, source, now, deltas)))
    for source, runs in over:
        publishers.infer(runs, source, now, deltas)
    with connection.cursor() as cursor:
        deltas.write(cursor)


def _sign(row: ViewerSession, now: int) -> Run:
    # A player's clock may be ahead of ours: its last sign is not later than its stop.
    at = max(now, row.last_ms)
    return Run(
        id=row.pk.bytes,
        connection_id=row.connection_id,
        stream_key=row.stream_key,
        started=at,
        last=at,
        stop=at,
    )
