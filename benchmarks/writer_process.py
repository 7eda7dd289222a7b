"""Processes that write at the same time, each with its own connection."""

import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Literal, Self

from benchmarks.database import use_database

Kind = Literal["mixed", "joins and leaves"]
# Viewers whom every writer reports, some of them in each batch.
SHARED = 1_000


class Writers:
    """So many processes that write for one source; ``viewers`` of each are there from the beginning."""

    def __init__(self, database: str, source_id: int, count: int, viewers: int, with_ledger: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self._doors: list[Connection] = []
        self._processes = []
        for number in range(count):
            ours, theirs = context.Pipe()
            task = (database, source_id, number, viewers, with_ledger, theirs)
            process = context.Process(target=write, args=task, daemon=True)
            process.start()
            self._doors.append(ours)
            self._processes.append(process)
        for door in self._doors:
            door.recv()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for door in self._doors:
            door.send(None)
        for process in self._processes:
            process.join(30)

    def rate(self, kind: Kind, writers: int, batches: int, size: int) -> float:
        """Events per second, of so many writers with so many batches each."""
        doors = self._doors[:writers]
        for door in doors:
            door.send((kind, batches, size))
        # Each has made its events.
        for door in doors:
            door.recv()
        began = time.perf_counter()
        for door in doors:
            door.send("go")
        done = sum(door.recv() for door in doors)
        return float(done / (time.perf_counter() - began))

    def present(self) -> int:
        """Viewers who should be there now."""
        total = SHARED
        for door in self._doors:
            door.send(("present", 0, 0))
            total += door.recv()
        return total


def write(
    database: str, source_id: int, number: int, viewers: int, with_ledger: bool, door: Connection
) -> None:
    """The process: makes events when told a kind, records them when told to go."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    use_database(database)
    from accounts.models import Source
    from analytics.ledger import Deltas
    from benchmarks.crowd import Crowd
    from ingest.record import record

    if not with_ledger:
        Deltas.write = lambda self, cursor: 0  # type: ignore[method-assign]
    source = Source.objects.select_related("app").get(pk=source_id)
    own, shared = Crowd(f"w{number}", seed=number), Crowd("shared")
    now = time.time_ns() // 1_000_000
    record(shared.joins(SHARED, now), source, now)
    for _ in range(0, viewers, 10_000):
        record(own.joins(min(viewers, 10_000), now), source, now)
    door.send("ready")
    while (told := door.recv()) is not None:
        kind, batches, size = told
        if kind == "present":
            door.send(len(own.present))
            continue
        events = []
        for _ in range(batches):
            # The viewers whom others report do not fall silent in between.
            now += 1
            events.append((now, batch_of(kind, own, shared, size, now)))
        door.send("made")
        door.recv()
        for at, batch in events:
            record(batch, source, at)
        door.send(sum(len(batch) for _, batch in events))


def batch_of(kind: Kind, own: Any, shared: Any, size: int, now: int) -> list[Any]:
    if kind == "mixed":
        few = size // 100
        return [*own.mixed(size - few, now), *shared.heartbeats(few, now)]
    return [*own.joins(size // 2, now), *own.leaves(size // 2, now)]
