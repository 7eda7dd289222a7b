"""The careful way: what a connection's runs look like once more signs are known. No database.

Taken for every sign that does not simply extend a live run: it came late, after a stop, after a silence, or
over a weekly cut.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from viewers.sessions.runs import Run, copied, cuts, joined


@dataclass(slots=True)
class Settled:
    """One connection's runs near its new signs: ``past`` are over, ``live`` is not."""

    past: list[Run] = field(default_factory=list)
    live: Run | None = None


def settle(runs: Iterable[Run], silence_ms: int, now: int, *, weekly: bool = True) -> Settled:
    """Join all known runs of one connection, cut them weekly, and tell the living from the past.

    Only the latest can live: unless it has stopped, or nobody has heard of it for longer than T.
    """
    components = joined(map(copied, runs), silence_ms)
    pieces = [piece for run in components for piece in cut(run)] if weekly else components
    latest = pieces[-1]
    if latest.over or now - latest.end > silence_ms:
        return Settled(past=[_past(piece) for piece in pieces])
    return Settled(past=[_past(piece) for piece in pieces[:-1]], live=latest)


def cut(run: Run) -> list[Run]:
    """The run's pieces. A figure of the whole run stands on each of them."""
    at = cuts(run.id, run.started, run.end)
    if not at:
        return [run]
    bounds = [run.started, *at]
    pieces = [replace(run, started=a, last=b, stop=None) for a, b in zip(bounds, at, strict=False)]
    stop = run.stop if run.stop is not None and run.stop >= at[-1] else None
    return [*pieces, replace(run, started=at[-1], last=max(run.last, at[-1]), stop=stop)]


def _past(run: Run) -> Run:
    """An address lives as long as its session. The run is a copy of ours."""
    run.ip, run.user_agent, run.position, run.announced = None, "", None, False
    return run
