"""One of the soak's senders: a process that reports for its share of the viewers, over HTTP."""

import json
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import SynchronizedArray
from multiprocessing.synchronize import Event

from benchmarks.soak_audience import INTERVAL_MS, SLOT_MS, SLOTS, Audience, Pace

BATCH = 10_000
TIMEOUT_S = 60
# Whatever carries its time may be sent again; what is not taken by then is a failure.
PATIENCE_S = 120

# Figures that a sender shares while it runs.
SENT, LATE_MS, SKIPPED, PRESENT, JOINED = range(5)
FIGURES = 5


class NotTaken(Exception):
    """The server refused events, or did not answer for long."""


@dataclass(frozen=True)
class Task:
    port: int
    token: str
    seed: int
    name: str
    viewers: int
    streams: int
    pace: Pace


class Door:
    """POST /api/ingest/events. What returns was acknowledged."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}

    def send(self, lines: Iterable[str]) -> int:
        """How many events, all of them taken. Raises NotTaken."""
        rest, sent = iter(lines), 0
        while batch := list(islice(rest, BATCH)):
            self._deliver("\n".join(batch).encode(), len(batch))
            sent += len(batch)
        return sent

    def close(self) -> None:
        self._connection.close()

    def _deliver(self, body: bytes, count: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        problem = self._attempt(body, count)
        while problem:
            if time.monotonic() > deadline:
                raise NotTaken(problem)
            time.sleep(1)
            problem = self._attempt(body, count)

    def _attempt(self, body: bytes, count: int) -> str:
        """Empty when taken, else why it is worth another attempt. Raises NotTaken when it is not."""
        try:
            self._connection.request("POST", "/api/ingest/events", body, self._headers)
            response = self._connection.getresponse()
            answer = response.read(100_000)
        except (OSError, HTTPException) as error:
            self._connection.close()
            return f"No answer: {type(error).__name__} {error}"
        if response.status == 200:
            accepted = json.loads(answer)["data"]["accepted"]
            if accepted != count:
                raise NotTaken(f"{accepted} of {count} events were accepted: {answer[:300]!r}")
            return ""
        if response.status == 429 or response.status >= 500:
            return f"The server answered {response.status}"
        raise NotTaken(f"The server answered {response.status}: {answer[:300]!r}")


def run(task: Task, figures: "SynchronizedArray[int]", ending: Event, results: Connection) -> None:
    """Reports until ``ending``, then says farewell and hands over (problem, starts, ends)."""
    # Ctrl-C is for the one that started us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    audience = Audience(task.seed, task.name, task.viewers, task.streams, task.pace)
    door = Door(task.port, task.token)
    problem = ""
    try:
        report(audience, door, figures, ending)
        for slot in range(SLOTS):
            figures[SENT] += door.send(audience.farewell(slot, now_ms()))
        figures[PRESENT] = 0
    except NotTaken as error:
        problem = str(error)
    finally:
        door.close()
    results.send((problem, audience.over.starts.tobytes(), audience.over.ends.tobytes()))


def report(audience: Audience, door: Door, figures: "SynchronizedArray[int]", ending: Event) -> None:
    """Each slot in its turn. A turn that passed while we were late is left out, never made up for."""
    began = now_ms()
    turns = [(slot, began + (slot + 1) * SLOT_MS) for slot in range(SLOTS)]
    rounds = [0] * SLOTS
    while True:
        slot, due = turns.pop(0)
        if ending.wait(max(due - now_ms(), 0) / 1000):
            return
        now = now_ms()
        figures[LATE_MS] = max(figures[LATE_MS], now - due)
        before = audience.present
        figures[SENT] += door.send(audience.report(slot, now, rounds[slot]))
        rounds[slot] += 1
        missed = max(now_ms() - due, 0) // INTERVAL_MS
        figures[SKIPPED] += missed * (before // SLOTS)
        figures[PRESENT], figures[JOINED] = audience.present, audience.joined
        turns.append((slot, due + (missed + 1) * INTERVAL_MS))
        turns.sort(key=lambda turn: turn[1])


def now_ms() -> int:
    return time.time_ns() // 1_000_000
