"""Rounds in which Turnout and its peers are asked the same question, and their answers compared."""

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from psycopg import Cursor

from analytics import totals
from analytics.arithmetic import DAY_MS
from analytics.models import LedgerKind
from benchmarks.analytical_engines import asked


@dataclass
class Times:
    """Seconds of each round, by who answered."""

    taken: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, seconds: float) -> None:
        self.taken.setdefault(name, []).append(seconds)

    def total(self, name: str) -> float:
        return sum(self.taken.get(name, []))

    def median(self, name: str) -> float:
        """The first round warms the caches; when it is the only one it has to do."""
        return statistics.median(self.taken[name][1:] or self.taken[name])


@dataclass
class Rounds:
    """At most so many of each question; a peer that has taken so many seconds for one is not asked again."""

    now: int
    most: int
    seconds: int
    ends_now: bool
    draw: random.Random = field(default_factory=lambda: random.Random(1))

    def of(
        self,
        name: str,
        question: str,
        length: int,
        apps: dict[str, Any],
        peers: list[Any],
        request: Callable[[str, int, int], Any],
    ) -> None:
        times = Times()
        for _ in range(self.most + 1):
            end = self.now if self.ends_now else self.now - DAY_MS - self.draw.randrange(4 * DAY_MS)
            start = end - length - self.draw.randrange(60_000)
            found = self._ours(question, apps, start, end, times)
            self._by_http(question, start, end, found, times, request)
            values = {
                "app": apps["large"].pk,
                "start": start,
                "end": end,
                "step": getattr(found, "step_ms", 1),
            }
            for peer in peers:
                if times.total(peer.name) > self.seconds:
                    continue
                before = time.perf_counter()
                answer = asked(peer, question, **values)
                times.add(peer.name, time.perf_counter() - before)
                if not equal(question, found, answer):
                    raise SystemExit(f"{name}, {start} to {end}: {peer.name} differs: {answer}, not {found}")
        report(name, times, [peer.name for peer in peers])

    def _ours(self, question: str, apps: dict[str, Any], start: int, end: int, times: Times) -> Any:
        """The large app's answer."""
        answer: Callable[[Any], Any] = {
            "overall": lambda app: totals.between(app, start, end, self.now),
            "watched": lambda app: totals.watched_before(app.pk, None, LedgerKind.VIEW, [start, end]),
            "daywise": lambda app: totals.days(app, start, end, ZoneInfo("UTC"), self.now),
            "curve": lambda app: totals.concurrency(app, start, end, self.now),
            "peak": lambda app: totals.peak(app, start, end, self.now),
        }[question]
        found = {}
        # Whoever is first finds the caches as the peers left them.
        for name in self.draw.sample(["small", "large"], 2):
            before = time.perf_counter()
            found[name], in_database = in_sql(lambda app=apps[name]: answer(app))  # type: ignore[misc]
            times.add(f"{name}, all", time.perf_counter() - before)
            times.add(f"{name}, SQL", in_database)
        return found["large"]

    def _by_http(
        self, question: str, start: int, end: int, found: Any, times: Times, request: Callable[..., Any]
    ) -> None:
        """The endpoints round down to whole seconds; there are two."""
        if question not in {"overall", "daywise"}:
            return
        before = time.perf_counter()
        data = request(question, start, end)
        times.add("HTTP", time.perf_counter() - before)
        parts = [data] if question == "overall" else data
        known = [found] if question == "overall" else found
        if [part["total_viewer_seconds"] for part in parts] != [each.viewer_ms // 1000 for each in known]:
            raise SystemExit(f"{question}, {start} to {end}: HTTP differs: {data}, not {found}")


def equal(question: str, found: Any, answer: Any) -> bool:
    if question == "overall":
        return bool(found.viewer_ms == answer)
    if question == "watched":
        return bool(found[1] - found[0] == answer)
    if question == "daywise":
        return bool([day.viewer_ms for day in found] == answer)
    if question == "peak":
        return bool(found.viewers == answer)
    # The peers count at the end of each step; ours is the count just before its end.
    inner = found.points[1:-1]
    return all(point.viewers == answer[point.at_ms // found.step_ms - 1] for point in inner)


def report(name: str, times: Times, peers: list[str]) -> None:
    ours = times.median("large, SQL")
    parts = [f"{ours * 1000:.2f} ms in SQL", f"{times.median('large, all') * 1000:.2f} with Python"]
    if "HTTP" in times.taken:
        parts.append(f"{times.median('HTTP') * 1000:.2f} through HTTP")
    parts.append(f"{ours / times.median('small, SQL'):.2f} times the small app's")
    print(f"{name}: {', '.join(parts)}")
    for peer in peers:
        median = times.median(peer)
        ratio = f"{median / ours:8.1f} times as long, asked {len(times.taken[peer])} times"
        print(f"    {peer:10} {median * 1000:10.1f} ms, {ratio}", flush=True)


def in_sql(question: Callable[[], Any]) -> tuple[Any, float]:
    """The answer, and the seconds that its statements took, with those that the driver is given directly."""
    spent = 0.0
    execute = Cursor.execute

    def timed(*args: Any, **options: Any) -> Any:
        nonlocal spent
        began = time.perf_counter()
        try:
            return execute(*args, **options)
        finally:
            spent += time.perf_counter() - began

    with patch.object(Cursor, "execute", timed):
        answer = question()
    return answer, spent
