"""The one door: events become sessions, intervals and totals in one transaction."""

import random
import time
from collections.abc import Callable, Sequence
from functools import wraps
from hashlib import blake2b
from typing import ParamSpec

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Q

from accounts.models import Source
from analytics import livestreams, publishers
from analytics.horizon import earliest_start
from analytics.ledger import Deltas
from ingest import viewings
from ingest.events import Event
from ingest.fold import Sender, Signs
from viewers.sessions import live_table

# Writers who report the same viewers crosswise break each other off again and again, on a busy machine.
ATTEMPTS = 12
LONGEST_PAUSE_S = 1.0
NOTED_EVERY_MS = 1_000
# Deadlock detected, serialization failure: the transaction did nothing and may be run again.
RETRIED = {"40P01", "40001"}

P = ParamSpec("P")


def retried(work: Callable[P, None]) -> Callable[P, None]:
    """Run a transaction again when the database broke it off to let another one pass."""

    @wraps(work)
    def attempts(*args: P.args, **kwargs: P.kwargs) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return work(*args, **kwargs)
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", None)
                if state not in RETRIED or attempt == ATTEMPTS or connection.in_atomic_block:
                    raise
                time.sleep(random.uniform(0, min(0.02 * 2**attempt, LONGEST_PAUSE_S)))

    return attempts


def record(events: Sequence[Event], source: Source, now: int) -> None:
    """Fold one source's events, received at ``now`` (ms), into the live sessions, history and the ledger.

    Returns after the commit: what it was given is then kept. Any order, repetition and batching of the same
    events gives the same sessions and totals. Raises django.db.DatabaseError when nothing was kept.
    """
    _record(events, source, now)
    _note(source, now)


@retried
def _record(events: Sequence[Event], source: Source, now: int) -> None:
    deltas = Deltas()
    with transaction.atomic():
        oldest = earliest_start(source.app, now)
        sender = Sender(source.pk, source.silence_ms, connection_secret())
        views = Signs((e for e in events if e.type[0] == "v"), sender, now, oldest)
        publishes = Signs((e for e in events if e.type[0] == "p"), sender, now, oldest).runs()
        signs = viewings.apply(views, source, now, deltas)
        livestreams.ensure(source.app_id, [*signs, *publishes], now)
        if publishes:
            publishers.apply(publishes, source, now, deltas)
        publishers.infer(signs, source, now, deltas)
        with connection.cursor() as cursor:
            deltas.write(cursor)


def connection_secret() -> bytes:
    """Keys the hashes of connections. A new SECRET_KEY makes every connection a new one, once."""
    return blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"connections").digest()


def _note(source: Source, now: int) -> None:
    """When the source was last heard, true to a second: of many writers at once, one writes."""
    before = now - NOTED_EVERY_MS
    if source.last_event_ms is not None and source.last_event_ms > before:
        return
    unheard = Q(last_event_ms__isnull=True) | Q(last_event_ms__lte=before)
    Source.objects.filter(unheard, pk=source.pk).update(last_event_ms=now)
    source.last_event_ms = now
    live_table.forget_changes()
