"""Callbacks of media servers that wait for our answer before they let a stream or a player in.

Those are answered first and recorded after, by a thread: neither a slow database nor a revoked token may
stop an operator's stream. Should this process end in between, nothing is lost but sharpness: the next poll
shows the same connections.
"""

import logging
import threading
import time
from collections.abc import Sequence
from itertools import groupby
from queue import Empty, Full, Queue
from typing import NamedTuple

from django.db import close_old_connections, connections

from accounts.authentication import url_token
from accounts.models import Scope, Source
from ingest import epochs
from ingest.access import source_of
from ingest.adapters.nginx_rtmp import event_of
from ingest.epochs import Clock
from ingest.errors import DATABASE_DOWN
from ingest.events import Event
from ingest.record import record

logger = logging.getLogger(__name__)

CAPACITY = 10_000
# Callbacks of these many seconds share one look at the server and one transaction.
GATHER_S = 0.25
RETRY_S = (1, 2, 4, 8, 15, 30)
# An old look at the server may be this old for a callback that must be recorded at once: a player that came
# and went within that time of a restart has a session of no length either way.
RECENT_MS = 1_000


class Hook(NamedTuple):
    secret: str
    fields: dict[str, str]
    received_ms: int


def source_in_path(secret: str) -> Source | None:
    """The source that a token in a path names; None when it is unknown, revoked, or names none."""
    token = url_token(secret, {Scope.INGEST})
    return source_of(token) if token else None


def record_now(hook: Hook, source: Source, clock: Clock) -> None:
    """Raises ValueError when fields are missing, and django.db.DatabaseError when nothing was kept."""
    recent = hook.received_ms - RECENT_MS
    epoch = epochs.of_callback(source, hook.received_ms, clock, confirmed_ms=recent)
    if event := event_of(hook.fields, hook.received_ms, epoch):
        record([event], source, clock())


class Backlog:
    """A bounded queue, and the thread that records what is in it; begun by the first callback."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: Queue[Hook] = Queue(CAPACITY)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def put(self, hook: Hook) -> bool:
        """Whether there was room. Never waits, never raises."""
        try:
            self._queue.put_nowait(hook)
        except Full:
            logger.warning("Callbacks come faster than they can be recorded: one was left to the next poll")
            return False
        self._begin()
        return True

    def wait(self) -> None:
        """Until all that was put is recorded or given up."""
        self._queue.join()

    def _begin(self) -> None:
        with self._starting:
            # A thread does not outlive a fork.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="callbacks", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            hooks = self._gather()
            try:
                self._record(hooks)
            except Exception:
                logger.exception("%d callbacks were not recorded", len(hooks))
            finally:
                connections.close_all()
                for _ in hooks:
                    self._queue.task_done()

    def _gather(self) -> list[Hook]:
        hooks = [self._queue.get()]
        time.sleep(GATHER_S)
        while len(hooks) < CAPACITY:
            try:
                hooks.append(self._queue.get_nowait())
            except Empty:
                break
        return hooks

    def _record(self, hooks: list[Hook]) -> None:
        hooks.sort(key=lambda hook: hook.secret)
        for secret, group in groupby(hooks, key=lambda hook: hook.secret):
            same = list(group)
            for pause_s in (*RETRY_S, None):
                try:
                    close_old_connections()
                    self._record_of(secret, same)
                    break
                except DATABASE_DOWN:
                    if pause_s is None:
                        raise
                    time.sleep(pause_s)

    def _record_of(self, secret: str, hooks: Sequence[Hook]) -> None:
        source = source_in_path(secret)
        if source is None:
            logger.warning("%d callbacks came with a token that names no source or is revoked", len(hooks))
            return
        newest = max(hook.received_ms for hook in hooks)
        events: list[Event] = []
        for hook in hooks:
            epoch = epochs.of_callback(source, hook.received_ms, self._clock, confirmed_ms=newest)
            try:
                event = event_of(hook.fields, hook.received_ms, epoch)
            except ValueError as error:
                logger.warning("A callback of source %s was ignored: %s", source.pk, error)
            else:
                events += [event] if event else []
        if events:
            record(events, source, self._clock())
