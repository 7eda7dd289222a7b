"""The soak's viewers, and what the totals must come to: computed from the signs alone. No Django, no clock.

Times are ms since the epoch. A sign more than T after the one before begins another session; a session ends
at its last sign, be that a stop or the last report before silence.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from ingest.simulation.audience import address

SILENCE_MS = 45_000
INTERVAL_MS = 15_000
# Viewers that report together, each with an `at` of its own within the half second before.
SLOTS = 30
SLOT_MS = INTERVAL_MS // SLOTS
# Shares, in percent.
SILENT_LEAVERS = 15
SILENT_AT_THE_END = 10

Times = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pace:
    """How the audience comes and goes: joins and leaves are dearer than reports."""

    ramp: int = 3
    """It comes in over so many intervals."""
    stay: int = 10
    """A viewer stays for so many reports on average, then leaves; from three tenths of it to 1.7 times it."""

    @property
    def stays(self) -> range:
        return range(max(self.stay * 3 // 10, 1), self.stay * 17 // 10)


@dataclass(slots=True)
class Session:
    """One connection's session, as its signs make it."""

    start: int
    last: int

    def sign(self, at: int, over: "Sessions") -> None:
        """Goes on until ``at``, or begins anew there; then what was is over."""
        if at - self.last > SILENCE_MS:
            over.add(self)
            self.start = at
        self.last = at


class Sessions:
    """Those that are over. 16 bytes each."""

    def __init__(self) -> None:
        self.starts = array("q")
        self.ends = array("q")

    def add(self, session: Session) -> None:
        self.starts.append(session.start)
        self.ends.append(session.last)

    def extend(self, starts: bytes, ends: bytes) -> None:
        self.starts.frombytes(starts)
        self.ends.frombytes(ends)


class Watched:
    """``F(t) = Σ(t − start) − Σ(t − end)`` over what began and what ended before t, in ms."""

    def __init__(self, sessions: Sessions) -> None:
        starts = np.sort(np.array(sessions.starts, np.int64))
        ends = np.sort(np.array(sessions.ends, np.int64))
        self.count = len(starts)
        # Sums of times since the epoch would leave 64 bits behind at some five million sessions.
        self.origin = int(starts[0]) if self.count else 0
        self.last = int(ends[-1]) if self.count else 0
        self._starts, self._ends = starts - self.origin, ends - self.origin
        self._start_sums, self._end_sums = (
            np.concatenate([[0], np.cumsum(times)]) for times in (self._starts, self._ends)
        )

    def before(self, moments: Times) -> Times:
        """F at each moment."""
        at = moments - self.origin
        began, ended = (np.searchsorted(times, at) for times in (self._starts, self._ends))
        watched: Times = (began * at - self._start_sums[began]) - (ended * at - self._end_sums[ended])
        return watched

    def between(self, start: int, end: int) -> int:
        """Ms of watching in [start, end)."""
        first, last = self.before(np.array([start, end], np.int64))
        return int(last - first)


def telling(watched: Watched, end: int, tries: int = 100_000) -> list[int]:
    """Starts of windows up to ``end``, in which one ms less, or one more, would be another whole second.

    Answers come in whole seconds; these two tell them to the millisecond.
    """
    step = max((watched.last - watched.origin) // tries, 1)
    starts = np.arange(watched.origin, watched.last, step, dtype=np.int64)
    remainders = (watched.before(np.array([end], np.int64)) - watched.before(starts)) % 1000
    found = [starts[remainders == wanted] for wanted in (0, 999)]
    return [int(each[0]) for each in found if len(each)]


class Viewer:
    __slots__ = ("figures", "identity", "lag", "reports_left", "session", "silent")

    def __init__(self, name: str, random: Random, streams: int, stays: range, now: int, lag: int) -> None:
        stream = min(int(random.expovariate(4 / streams)), streams - 1)
        self.identity = f'"connectionId":"{name}","streamKey":"soak-{stream}"'
        bandwidth, health = random.randrange(100_000, 900_000), random.randrange(20, 101)
        self.figures = (
            f'"ip":"{address(random)}","protocol":"hls","outBandwidth":{bandwidth},"healthScore":{health}'
        )
        self.lag = lag
        self.reports_left = random.choice(stays)
        self.silent = random.randrange(100) < SILENT_LEAVERS
        self.session = Session(now - lag, now - lag)

    def starts(self) -> str:
        return f'{{"type":"view.start","at":{self.session.start},{self.identity},{self.figures}}}'

    def reports(self, now: int, over: Sessions) -> str:
        self.session.sign(self._at(now), over)
        return f'{{"type":"view.update","at":{self.session.last},{self.identity},{self.figures}}}'

    def stops(self, now: int, over: Sessions) -> str:
        self.session.sign(self._at(now), over)
        return f'{{"type":"view.stop","at":{self.session.last},{self.identity}}}'

    def _at(self, now: int) -> int:
        # A clock that was set back must not mix up who came first.
        return max(now - self.lag, self.session.last + 1)


class Audience:
    """One sender's share of the viewers: a function of its seed and of the times it is asked at."""

    def __init__(self, seed: int, name: str, viewers: int, streams: int, pace: Pace) -> None:
        self._random = Random(seed)
        self._pace = pace
        self._stays = pace.stays
        self._name = name
        self._streams = streams
        self._joined = 0
        self._sizes = [viewers // SLOTS + (slot < viewers % SLOTS) for slot in range(SLOTS)]
        self._slots: list[list[Viewer]] = [[] for _ in range(SLOTS)]
        self.over = Sessions()

    @property
    def present(self) -> int:
        return sum(map(len, self._slots))

    @property
    def joined(self) -> int:
        return self._joined

    def report(self, slot: int, now: int, round_: int) -> Iterator[str]:
        """The lines of a slot whose turn it is, for the ``round_``-th time, counted from 0."""
        staying = []
        for viewer in self._slots[slot]:
            if viewer.reports_left:
                viewer.reports_left -= 1
                staying.append(viewer)
                yield viewer.reports(now, self.over)
                continue
            if not viewer.silent:
                yield viewer.stops(now, self.over)
            self.over.add(viewer.session)
        for _ in range(self._wanted(slot, round_) - len(staying)):
            staying.append(self._join(now))
            yield staying[-1].starts()
        self._slots[slot] = staying

    def farewell(self, slot: int, now: int) -> Iterator[str]:
        """Everybody leaves: most with a stop, some without a word."""
        for viewer in self._slots[slot]:
            if self._random.randrange(100) >= SILENT_AT_THE_END:
                yield viewer.stops(now, self.over)
            self.over.add(viewer.session)
        self._slots[slot] = []

    def _wanted(self, slot: int, round_: int) -> int:
        return self._sizes[slot] * min(round_ + 1, self._pace.ramp) // self._pace.ramp

    def _join(self, now: int) -> Viewer:
        self._joined += 1
        name = f"{self._name}-{self._joined}"
        lag = self._random.randrange(SLOT_MS)
        return Viewer(name, self._random, self._streams, self._stays, now, lag)
