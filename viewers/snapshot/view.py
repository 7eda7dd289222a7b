"""What is asked of a snapshot: all viewers a reader may see, or those of one stream."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from viewers.clustering.arrays import IntArray
from viewers.clustering.located import Places
from viewers.snapshot.audience import Audience
from viewers.snapshot.counts import UNLOCATED, Rows, Totals
from viewers.snapshot.kept import Kept

# Accounts whose apps were merged, remembered by one snapshot.
REMEMBERED = 16


class StreamTotals(NamedTuple):
    stream_key: str
    totals: Totals


@dataclass(eq=False)
class View:
    """Located viewers as places, and the totals of all, located or not. `number` is the stream's, if it is
    one's.
    """

    audience: Audience
    number: int | None = None

    @cached_property
    def places(self) -> Places:
        return self.audience.places if self.number is None else self.audience.stream(self.number)

    @cached_property
    def totals(self) -> Totals:
        if self.number is None:
            return self.audience.total
        return Totals(*self.audience.totals[self.number].tolist())

    def streams(self) -> list[StreamTotals]:
        """The most watched first."""
        numbers = range(len(self.audience.stream_keys)) if self.number is None else [self.number]
        rows = self.audience.totals.tolist()
        found = [StreamTotals(self.audience.stream_keys[number], Totals(*rows[number])) for number in numbers]
        return sorted(found, key=lambda stream: (-stream.totals.viewers, stream.stream_key))

    def top_streams(self, spans: IntArray, n: int = 5) -> list[tuple[str, int]]:
        """The n most watched streams of a marker of these places: (key, viewers)."""
        return self.top_streams_of_each([spans], n)[0]

    def top_streams_of_each(self, markers: Sequence[IntArray], n: int = 5) -> list[list[tuple[str, int]]]:
        """The same of many markers."""
        if self.number is None:
            return self.audience.top_streams_of_each(markers, n)
        key, sums = self.audience.stream_keys[self.number], self.places.count
        viewers = [int((sums[spans[:, 1]] - sums[spans[:, 0]]).sum()) for spans in markers]
        return [[(key, count)][:n] if count else [] for count in viewers]


@dataclass(eq=False)
class Snapshot:
    """All live viewers at a moment, app by app. Built in `build_ms`. May be used by many threads."""

    taken_ms: int
    build_ms: int
    audiences: Mapping[int, Audience]
    kept: Kept = field(default_factory=Kept, repr=False)
    _merged: dict[frozenset[int], Audience] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def view(self, app_ids: Iterable[int], stream_key: str | None = None) -> View:
        """What the apps see together. Apps without viewers, and streams without any, are empty rather than
        errors.
        """
        audience = self._audience(frozenset(app_ids))
        if stream_key is None:
            return View(audience)
        number = audience.stream_numbers.get(stream_key)
        return View(_nobody()) if number is None else View(audience, number)

    def _audience(self, app_ids: frozenset[int]) -> Audience:
        watched = frozenset(app_id for app_id in app_ids if app_id in self.audiences)
        if len(watched) == 1:
            return self.audiences[next(iter(watched))]
        # One thread merges, the others wait for what it finds.
        with self._lock:
            found = self._merged.pop(watched, None)
            if found is None:
                parts = [self.audiences[app_id] for app_id in sorted(watched)]
                found = Audience.merged(parts) if parts else _nobody()
            self._merged[watched] = found
            while len(self._merged) > REMEMBERED:
                del self._merged[next(iter(self._merged))]
        return found


def _nobody() -> Audience:
    none = np.zeros(0, dtype=np.int64)
    return Audience.from_rows([], Rows(none, none + UNLOCATED, none, none, none, none))
