"""Viewers who join, report and leave, as events."""

import random
from collections import deque
from collections.abc import Iterator

import msgspec
import numpy as np

from ingest.events import Event

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"
STREAMS = 5_000
ADDRESSES = 200_000


class Crowd:
    """A few streams and addresses have most of the viewers. ``name`` keeps crowds apart."""

    def __init__(self, name: str, seed: int = 1) -> None:
        self._name = name
        self._draw = random.Random(seed)
        self._streams = _zipf(STREAMS, 1.0, seed)
        self._addresses = _zipf(ADDRESSES, 0.7, seed + 1)
        self._joined = 0
        self.present: deque[Event] = deque()

    def joins(self, count: int, at: int) -> list[Event]:
        news = [self._newcomer(at) for _ in range(count)]
        self.present.extend(news)
        return news

    def heartbeats(self, count: int, at: int) -> list[Event]:
        """Of those who have waited longest."""
        beats = []
        for _ in range(min(count, len(self.present))):
            viewer = self.present.popleft()
            self.present.append(viewer)
            beats.append(self._report(viewer, at))
        return beats

    def leaves(self, count: int, at: int) -> list[Event]:
        gone = [self.present.popleft() for _ in range(min(count, len(self.present)))]
        return [msgspec.structs.replace(viewer, type="view.stop", at=at, ip=None) for viewer in gone]

    def mixed(self, count: int, at: int) -> list[Event]:
        """A batch as it comes in: 98 of 100 go on, one joins, one leaves."""
        few = count // 100
        return [*self.heartbeats(count - 2 * few, at), *self.joins(few, at), *self.leaves(few, at)]

    def _newcomer(self, at: int) -> Event:
        self._joined += 1
        number = next(self._addresses)
        return Event(
            type="view.start",
            connection_id=f"{self._name}_{self._joined:012x}",
            stream_key=f"stream-{next(self._streams)}",
            ip=f"{(5, 24, 81, 90, 193)[number % 5]}.{number // 5 % 256}.{number // 1280}.{1 + number % 250}",
            user_agent=AGENT,
            player="hls.js",
            protocol="hls",
            at=at,
        )

    def _report(self, viewer: Event, at: int) -> Event:
        draw = self._draw
        bandwidth, health = draw.randrange(10**6), draw.randrange(101)
        return msgspec.structs.replace(
            viewer, type="view.update", at=at, out_bandwidth=bandwidth, health_score=health
        )


def _zipf(choices: int, exponent: float, seed: int) -> Iterator[int]:
    """Endless draws from so many choices."""
    weights = 1 / np.arange(1, choices + 1) ** exponent
    random_numbers = np.random.default_rng(seed)
    while True:
        yield from random_numbers.choice(choices, 100_000, p=weights / weights.sum()).tolist()
