"""Asking servers who is there. What a poll shows is the authority; callbacks only sharpen its instants.

Only a successful poll says anything. A connection missing from one is not stopped: with several workers
each poll sees one worker's connections, so only silence, longer than the source's T, ends it.
"""

import logging
import threading
import time
from collections.abc import Iterator
from itertools import islice

from django.db import DatabaseError, close_old_connections, connections
from django.db.models import F, Q

from accounts.models import Source, SourceKind
from ingest import epochs
from ingest.adapters.nginx_rtmp import StatusError, events_of, parse_status
from ingest.epochs import Clock
from ingest.events import Event
from ingest.fetch import FetchError, fetch
from ingest.record import record

logger = logging.getLogger(__name__)

THREADS = 8
# A transaction of this many events is as large as a REST client's may be.
CHUNK = 10_000
ERROR_LENGTH = 300

_running: dict[int, threading.Thread] = {}
_lock = threading.Lock()


def poll(source: Source, clock: Clock) -> int:
    """Fetch and record a source's statistics page. Returns the number of connections on it.

    Raises FetchError, StatusError, and django.db.DatabaseError when nothing was kept.
    """
    page = fetch(source.poll_url, clock)
    status = parse_status(page.body)
    epoch_ms = epochs.keep(source, page.sent_ms - status.uptime_s * 1000)
    # The page is as old as its request: so no viewer is seen after the callback that says he left.
    events = events_of(status, page.sent_ms, epoch_ms)
    for chunk in _chunks(events):
        record(chunk, source, clock())
    return len(status.clients)


def poll_due(clock: Clock, wait_s: float = 0.5) -> None:
    """Poll every source whose interval has passed, side by side; returns after ``wait_s`` at the latest.

    A poll that takes longer goes on, and is not begun again meanwhile.
    """
    until = time.monotonic() + wait_s
    for source in _due(clock()):
        with _lock:
            if len(_running) < THREADS and source.pk not in _running and _claim(source, clock()):
                # A daemon: a server that does not answer does not keep the worker from ending.
                thread = threading.Thread(target=_poll_noting, args=(source, clock), name="poll", daemon=True)
                _running[source.pk] = thread
                thread.start()
    with _lock:
        running = list(_running.values())
    for thread in running:
        thread.join(max(until - time.monotonic(), 0))


def _due(now: int) -> list[Source]:
    # A poll in the future is one from before the clock was set back.
    waited = (
        Q(last_poll_ms__isnull=True)
        | Q(last_poll_ms__gt=now)
        | Q(last_poll_ms__lte=now - F("interval_s") * 1000)
    )
    polled = Source.objects.filter(waited, kind=SourceKind.NGINX_RTMP).exclude(poll_url="")
    return list(polled.select_related("app").order_by("pk"))


def _claim(source: Source, now: int) -> bool:
    """Whether this process is the one to poll it now."""
    same = Source.objects.filter(pk=source.pk, last_poll_ms=source.last_poll_ms)
    return bool(same.update(last_poll_ms=now))


def _poll_noting(source: Source, clock: Clock) -> None:
    try:
        close_old_connections()
        _note(source, _failure(source, clock))
    except DatabaseError:
        logger.warning("Source %s was not polled: the database failed", source.pk)
    except Exception:
        logger.exception("Polling source %s failed", source.pk)
    finally:
        connections.close_all()
        with _lock:
            _running.pop(source.pk, None)


def _failure(source: Source, clock: Clock) -> str:
    try:
        poll(source, clock)
    except (FetchError, StatusError) as error:
        return str(error)
    return ""


def _note(source: Source, failure: str) -> None:
    if failure != source.last_poll_error:
        Source.objects.filter(pk=source.pk).update(last_poll_error=failure[:ERROR_LENGTH])


def _chunks(events: Iterator[Event]) -> Iterator[list[Event]]:
    while chunk := list(islice(events, CHUNK)):
        yield chunk
