"""The session rule, as arithmetic. Times are integer milliseconds.

A sign of life covers a moment, or the time since a connect instant. A run is a connected component of the
signs of one connection, where a gap of at most T joins. So a run is a function of the SET of its signs:
order, repetition and batching cannot change it. A stop is a sign that also says "gone now": the run is over
while its last stop is not before its last other sign.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from viewers.geolocation.places import Place

WEEK_MS = 7 * 86_400_000
# Runs are cut into pieces of at most a week, so that history can be searched and dropped by time. The cuts of
# one connection lie on a weekly grid of its own: they depend on no sign, so late signs never move them,
# and a million viewers are not cut in the same second.
CUT_PHASES = 256
CUT_PHASE_MS = WEEK_MS // CUT_PHASES


class Watched(Protocol):
    """What livestreams and totals ask of a run."""

    @property
    def id(self) -> bytes: ...
    @property
    def stream_key(self) -> str: ...
    @property
    def started(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def counted(self) -> bool: ...


class BareRun(NamedTuple):
    """Of a run no more than livestreams and totals ask."""

    id: bytes
    stream_key: str
    started: int
    end: int
    counted: bool


@dataclass(slots=True)
class Run:
    """One run, or a part of one: a single sign, a batch's worth, a live row, a row of history."""

    id: bytes
    """16 bytes: see `ingest.identity`."""
    connection_id: str
    stream_key: str
    started: int
    last: int
    """The last sign that was not a stop; for a lone stop its first moment, which decides nothing."""
    stop: int | None = None
    protocol: str = ""
    player: str = ""
    user_agent: str = ""
    ip: str | None = None
    position: tuple[float, float] | None = None
    place: "Place | None" = None
    bytes_out: int | None = None
    bandwidth: int | None = None
    bandwidth_at: int | None = None
    health: int | None = None
    health_at: int | None = None
    worst_health: int | None = None
    counted: bool = True
    skewed: bool = False
    announced: bool = False
    """Holds the sign that began the connection, as far as the sender knows."""

    @property
    def end(self) -> int:
        return self.last if self.stop is None or self.stop < self.last else self.stop

    @property
    def over(self) -> bool:
        return self.stop is not None and self.stop >= self.last


_values = attrgetter(*(field.name for field in fields(Run)))


def copied(run: Run) -> Run:
    """As ``dataclasses.replace`` without changes, in a fifth of the time: ten thousands a batch."""
    return Run(*_values(run))


def join(a: Run, b: Run) -> Run:
    """Fold ``b`` into ``a``. Symmetric in every figure: extremes of times, bytes and worst health, the newest
    sign's bandwidth and health (a tie takes the larger). What describes the viewer is the earlier run's.
    """
    first, other = (a, b) if (a.started, a.end) <= (b.started, b.end) else (b, a)
    _newest_figures(a, b)
    for field in ("protocol", "player", "user_agent", "ip", "position", "place"):
        setattr(a, field, getattr(first, field) or getattr(other, field))
    a.started = first.started
    a.last = max(a.last, b.last)
    a.stop = _larger(a.stop, b.stop)
    a.bytes_out = _larger(a.bytes_out, b.bytes_out)
    a.worst_health = _smaller(a.worst_health, b.worst_health)
    a.counted = first.counted
    a.skewed = a.skewed or b.skewed
    a.announced = a.announced or b.announced
    return a


def joined(runs: Iterable[Run], silence_ms: int) -> list[Run]:
    """The connected components of runs of ONE connection, in order of time. Changes its arguments."""
    components: list[Run] = []
    for run in sorted(runs, key=lambda run: (run.started, run.end)):
        if components and run.started - components[-1].end <= silence_ms:
            join(components[-1], run)
        else:
            components.append(run)
    return components


def cuts(connection: bytes, started: int, end: int) -> list[int]:
    """The instants strictly inside (started, end) at which a run of this connection is cut."""
    phase = connection[0] * CUT_PHASE_MS
    first = (started - phase) // WEEK_MS + 1
    return [
        phase + week * WEEK_MS
        for week in range(first, -((phase - end) // WEEK_MS))
        if phase + week * WEEK_MS < end
    ]


def _newest_figures(a: Run, b: Run) -> None:
    if (newer := _newest(a.bandwidth_at, a.bandwidth, b.bandwidth_at, b.bandwidth)) is not None:
        a.bandwidth_at, a.bandwidth = newer
    if (newer := _newest(a.health_at, a.health, b.health_at, b.health)) is not None:
        a.health_at, a.health = newer


def _newest(at_a: int | None, a: int | None, at_b: int | None, b: int | None) -> tuple[int, int] | None:
    known = [(at, value) for at, value in ((at_a, a), (at_b, b)) if at is not None and value is not None]
    return max(known, default=None)


def _larger(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else max(a, b)


def _smaller(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else min(a, b)
