"""Viewers joining, reporting and leaving against the running product, and its totals held to the signs.

`python -m benchmarks.soak --minutes 10 --viewers 200000`, or `make soak MINUTES=10 VIEWERS=200000`. Linux.
Exits with 1 when any total differs from what was acknowledged, or the ledger from its rows.
"""

import argparse
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import FrameType

from benchmarks import soak_sender
from benchmarks.soak_audience import INTERVAL_MS, SILENCE_MS, Pace, Session, Sessions, Watched, telling
from benchmarks.soak_probes import Reader
from benchmarks.soak_product import Product, running
from benchmarks.soak_sender import FIGURES, JOINED, LATE_MS, PRESENT, SENT, SKIPPED, Door, NotTaken, now_ms

STREAMS = 20
SAMPLE_S = 10
MINUTE_MS = 60_000
INTERVAL_S = INTERVAL_MS // 1000
# Senders say farewell for as long as it takes, within this.
FAREWELL_S = 300
SWEEP_S = 120
PARTS = ("web", "worker", "postgres", "shared")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=10, help="0.2 to 720")
    options.add_argument("--viewers", type=int, default=200_000, help="100 to 1000000")
    options.add_argument("--senders", type=int, default=2, help="1 to 8")
    options.add_argument("--ramp", type=float, default=45, help="seconds to come in: 15 to 3600")
    options.add_argument(
        "--stay", type=float, default=2.5, help="minutes that each stays, on average: 1 to 720"
    )
    given = options.parse_args()
    if not (0.2 <= given.minutes <= 720 and 100 <= given.viewers <= 1_000_000 and 1 <= given.senders <= 8):
        options.error("Out of bounds: see --help.")
    if not (INTERVAL_S <= given.ramp <= 3600 and 1 <= given.stay <= 720):
        options.error("Out of bounds: see --help.")
    pace = Pace(round(given.ramp / INTERVAL_S), round(given.stay * 60 / INTERVAL_S))
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, interrupted)
    try:
        with running() as product:
            code = Soak(product, pace).run(given.minutes * 60, given.viewers, given.senders)
    except KeyboardInterrupt:
        sys.exit("Interrupted; all that was started has ended.")
    except (RuntimeError, NotTaken) as error:
        sys.exit(str(error))
    sys.exit(code)


def interrupted(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


class Publishers:
    """One for each stream, who report together."""

    def __init__(self, door: Door) -> None:
        self._door = door
        now = now_ms()
        self.session = Session(now, now)
        self.over = Sessions()
        self._send("start")

    def report(self) -> None:
        self.session.sign(now_ms(), self.over)
        self._send("update")

    def stop(self) -> None:
        self.session.sign(now_ms(), self.over)
        self._send("stop")
        self.over.add(self.session)

    def _send(self, kind: str) -> None:
        self._door.send(
            f'{{"type":"publish.{kind}","at":{self.session.last},"connectionId":"encoder-{n}",'
            f'"streamKey":"soak-{n}","protocol":"rtmp"}}'
            for n in range(STREAMS)
        )


class Senders:
    """Processes, each with its share of the viewers."""

    def __init__(self, port: int, token: str, viewers: int, count: int, pace: Pace) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.ending = spawn.Event()
        self._figures = [spawn.Array("q", FIGURES) for _ in range(count)]
        self._processes: list[SpawnProcess] = []
        self._results: list[Connection] = []
        for n, figures in enumerate(self._figures):
            share = viewers // count + (n < viewers % count)
            task = soak_sender.Task(port, token, n, f"sender{n}", share, STREAMS, pace)
            ours, theirs = spawn.Pipe(duplex=False)
            process = spawn.Process(
                target=soak_sender.run, args=(task, figures, self.ending, theirs), daemon=True
            )
            process.start()
            theirs.close()
            self._processes.append(process)
            self._results.append(ours)

    def total(self, figure: int) -> int:
        return sum(figures[figure] for figures in self._figures)

    def lateness_ms(self) -> int:
        """The latest that a report was since it was last asked."""
        latest = 0
        for figures in self._figures:
            latest, figures[LATE_MS] = max(latest, figures[LATE_MS]), 0
        return latest

    def failed(self) -> bool:
        return any(result.poll() for result in self._results) or not all(
            process.is_alive() for process in self._processes
        )

    def farewell(self, meanwhile: Callable[[], None]) -> Sessions:
        """Everybody leaves. All sessions there were. Raises NotTaken."""
        self.ending.set()
        over, deadline = Sessions(), time.monotonic() + FAREWELL_S
        for result in self._results:
            while not result.poll(1):
                meanwhile()
                if time.monotonic() > deadline:
                    raise NotTaken("The senders did not end.")
            try:
                problem, starts, ends = result.recv()
            except EOFError:
                raise NotTaken("A sender ended without its results.") from None
            if problem:
                raise NotTaken(problem)
            over.extend(starts, ends)
        return over

    def end(self) -> None:
        for process in self._processes:
            process.join(5 if self.ending.is_set() else 0)
            if process.is_alive():
                process.kill()
                process.join()


@contextmanager
def sending(port: int, token: str, viewers: int, count: int, pace: Pace) -> Iterator[Senders]:
    senders = Senders(port, token, viewers, count, pace)
    try:
        yield senders
    finally:
        senders.end()


class Soak:
    def __init__(self, product: Product, pace: Pace) -> None:
        self._product = product
        self._pace = pace
        self._token = product.token("--scopes", "ingest", "--source", "players")
        self._reader = Reader(product.port, product.token("--scopes", "read"))
        self._disk = product.disk()
        self._memory: list[dict[str, float]] = []

    def run(self, seconds: float, viewers: int, count: int) -> int:
        """0 when every total is what the signs make it."""
        door = Door(self._product.port, self._token)
        publishers = Publishers(door)
        with sending(self._product.port, self._token, viewers, count, self._pace) as senders:
            self._hold(seconds, senders, publishers)
            print("Everybody leaves.", flush=True)
            viewed = senders.farewell(paced(publishers.report, SAMPLE_S))
            print(f"{senders.total(SENT):,} events acknowledged, {senders.total(JOINED):,} connections.")
            if skipped := senders.total(SKIPPED):
                print(f"The senders did not keep up: some {skipped:,} reports were left out.")
        publishers.stop()
        door.close()
        self._say_memory()
        if not self._swept():
            return 1
        return self._compare(Watched(viewed), Watched(publishers.over))

    def _hold(self, seconds: float, senders: Senders, publishers: Publishers) -> None:
        began = then = time.monotonic()
        sent = 0
        print(
            "     s  present  events/s    late s  snapshot s   map ms   304 ms  overall ms"
            "   web MB  worker MB  postgres MB  (shared MB)  disk MB   load",
            flush=True,
        )
        while (now := time.monotonic()) < began + seconds and not senders.failed():
            # Up to the next sample, of which the last may come early.
            time.sleep(max(min(then + SAMPLE_S, began + seconds) - now, 0))
            publishers.report()
            now, total = time.monotonic(), senders.total(SENT)
            self._sample(now - began, (total - sent) / (now - then), senders)
            then, sent = now, total

    def _sample(self, elapsed: float, rate: float, senders: Senders) -> None:
        memory, probe = self._product.memory(), self._reader.probe()
        if elapsed > self._pace.ramp * INTERVAL_S + SAMPLE_S:
            self._memory.append(memory)
        print(
            f"{elapsed:6.0f} {senders.total(PRESENT):8,} {rate:9,.0f} {senders.lateness_ms() / 1000:9.1f}"
            f" {probe.age_s:11.1f} {probe.map_ms:8.1f} {probe.unchanged_ms:8.1f} {probe.overall_ms:11.1f}"
            f" {memory['web']:8.0f} {memory['worker']:10.0f} {memory['postgres']:12.0f}"
            f" {memory['shared']:12.0f} {self._product.disk() - self._disk:8.0f} {os.getloadavg()[0]:6.1f}",
            flush=True,
        )

    def _say_memory(self) -> None:
        """Without the time in which the audience came in."""
        if len(self._memory) < 2:
            print("Too short to say whether memory stays flat.")
            return
        first, last = self._memory[0], self._memory[-1]
        for part in PARTS:
            ratio = last[part] / max(first[part], 0.1)
            print(
                f"Memory, {part}: {first[part]:.0f} MB, then {last[part]:.0f} MB: {ratio:.2f} times as much."
            )

    def _swept(self) -> bool:
        deadline = time.monotonic() + SILENCE_MS / 1000 + SWEEP_S
        while (present := self._reader.present()) != 0:
            if time.monotonic() > deadline:
                print("There is no fresh snapshot." if present is None else f"{present:,} viewers are left.")
                return False
            time.sleep(1)
        return True

    def _compare(self, viewed: Watched, published: Watched) -> int:
        end = -(-max(viewed.last, published.last) // 1000) * 1000
        minutes = range(published.origin // MINUTE_MS * MINUTE_MS, end, MINUTE_MS)
        windows = [(start, min(start + MINUTE_MS, end)) for start in minutes]
        exact = telling(viewed, end)
        windows += [(minutes[0], end), *((start, end) for start in exact)]
        differences = 0
        for start, stop in windows:
            expected = {
                "count": STREAMS if start <= published.last and stop > published.origin else 0,
                "total_ingest_seconds": STREAMS * published.between(start, stop) // 1000,
                "total_viewer_seconds": viewed.between(start, stop) // 1000,
            }
            found = self._reader.overall(start, stop)
            if found != expected:
                differences += 1
                print(f"[{start}, {stop}): acknowledged {expected}, answered {found}")
        seconds = viewed.between(minutes[0], end) / 1000
        print(
            f"{viewed.count:,} sessions, {seconds:,.3f} s: {differences} of {len(windows)} windows differ"
            f" ({len(exact)} of them tell a single millisecond)."
        )
        ledger = self._product.manage("verify_ledger")
        print((ledger.stdout + (ledger.stderr if ledger.returncode else "")).strip())
        return 1 if differences or ledger.returncode else 0


def paced(work: Callable[[], None], seconds: float) -> Callable[[], None]:
    """``work``, at most once in so many seconds however often it is asked for."""
    then = time.monotonic()

    def when_due() -> None:
        nonlocal then
        if time.monotonic() - then >= seconds:
            then = time.monotonic()
            work()

    return when_due


if __name__ == "__main__":
    main()
