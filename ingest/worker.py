"""The one process that owns time: it sweeps, publishes the snapshot, fills peaks, purges, polls servers.

Several workers may run, one on each machine that serves. All publish the snapshot of their machine; what must
be done once is done by the one that holds the lead, an advisory lock on a connection of its own (a pooled
connection would hand its lock to the next user). When it dies, the lock falls and another takes over.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from accounts.clock import now_ms
from analytics import partitions, peaks, retention
from analytics.arithmetic import WEEK_MS
from analytics.replay import frames
from ingest import pollers
from ingest.inferred import keep_alive
from ingest.lead import Lead
from ingest.models import WorkerState
from ingest.record import retried
from ingest.recount import nightly
from ingest.sweep import sweep
from viewers import snapshot

log = logging.getLogger(__name__)

NAME = "worker"
# A heartbeat that is missing for so long is an outage: nobody was listening.
OUTAGE_MS = 10_000
SNAPSHOT_EVERY_S = 1
# What the snapshot follows is read whole, in case that somebody else wrote to the live table.
CORRECTED_EVERY_S = 300


class Job:
    """Something done again and again in a thread of its own, after a pause of ``every`` seconds, or of as
    many as the work itself says.
    """

    def __init__(self, name: str, every: float, work: Callable[[], float | None]) -> None:
        self.name, self.every, self.work = name, every, work

    def run(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            pause = self.every
            try:
                close_old_connections()
                said = self.work()
                pause = self.every if said is None else said
            except DatabaseError:
                log.exception("%s: the database did not take it; trying again", self.name)
            except Exception:
                log.exception("%s failed; trying again", self.name)
            stopping.wait(pause)
        connection.close()


class Worker:
    def __init__(self) -> None:
        self.lead = Lead()
        self.started = now_ms()
        self.resumed = self.started

    def run(self, stopping: threading.Event) -> None:
        """Work until told to stop."""
        self.beat()
        # Each job has a connection of its own; this thread only waits.
        connection.close()
        live = snapshot.Follower()
        jobs = [
            Job("heartbeat", 1, self.beat),
            Job("snapshot", 1, lambda: publish_snapshot(live)),
            Job("snapshot's correction", CORRECTED_EVERY_S, lambda: live.correct(connection)),
            Job("sweep", 2, self.leading(lambda: sweep(now_ms(), self.resumed))),
            Job("inferred publishers", 10, self.leading(lambda: keep_alive(now_ms()))),
            Job("polls", 1, self.leading(lambda: pollers.poll_due(now_ms))),
            Job("peaks", 20, self.leading(lambda: peaks.fill(now_ms()))),
            Job("replay", 10, self.leading(lambda: frames.fill(now_ms()))),
            Job("partitions", 3600, self.leading(ensure_partitions)),
            Job("recount", 600, self.leading(lambda: nightly(now_ms))),
            Job("retention", 3600, self.leading(lambda: retention.purge(now_ms()))),
        ]
        threads = [threading.Thread(target=job.run, args=[stopping], name=job.name) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.lead.release()

    def beat(self) -> None:
        """Note that somebody is listening, and since when without a gap."""
        now = now_ms()
        state = WorkerState.objects.filter(name=NAME).first()
        if state is not None and now - state.ticked_ms <= OUTAGE_MS:
            self.resumed = state.resumed_ms
        elif state is not None and self.resumed < state.ticked_ms + OUTAGE_MS:
            self.resumed = now
        values = {"started_ms": self.started, "ticked_ms": now, "resumed_ms": self.resumed}
        WorkerState.objects.update_or_create(name=NAME, defaults=values)

    def leading(self, work: Callable[[], object]) -> Callable[[], None]:
        # Retention and replay write the same rows: whom the database breaks off may begin again at once.
        @retried
        def when_leading() -> None:
            if self.lead.held():
                work()

        return when_leading


def publish_snapshot(live: snapshot.Follower) -> float:
    """Publish the live snapshot. Returns the pause to the next: at most half of the time goes into it."""
    now = now_ms()
    began = time.monotonic()
    snapshot.write(live.snapshot(connection, now), settings.SNAPSHOT_DIR)
    took = time.monotonic() - began
    WorkerState.objects.filter(name=NAME).update(snapshot_ms=now, snapshot_build_ms=round(took * 1000))
    return max(SNAPSHOT_EVERY_S - took, took)


def ensure_partitions() -> None:
    """Make the weeks around now before a writer needs them."""
    now = now_ms()
    partitions.ensure(now - WEEK_MS, now + 2 * WEEK_MS)
