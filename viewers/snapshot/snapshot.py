"""All live viewers at a moment."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from viewers.snapshot.audience import Audience
from viewers.snapshot.counts import UNLOCATED, Rows
from viewers.snapshot.filters import EVERYBODY, Filters
from viewers.snapshot.kept import Kept
from viewers.snapshot.profiles import ProfileNumbers
from viewers.snapshot.view import Selection, View

# Accounts whose apps were merged, remembered by one snapshot.
REMEMBERED = 16
# Selections remembered by one snapshot, and the rows that they may have together; the last one may have more.
REMEMBERED_SELECTIONS = 32
REMEMBERED_ROWS = 500_000

Apps = frozenset[int]


@dataclass(eq=False)
class Snapshot:
    """All live viewers at a moment, app by app. Built in `build_ms`. May be used by many threads."""

    taken_ms: int
    build_ms: int
    audiences: Mapping[int, Audience]
    kept: Kept = field(default_factory=Kept, repr=False)
    _merged: dict[Apps, Audience] = field(default_factory=dict, repr=False)
    _selections: dict[tuple[Apps, Filters], Selection] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def view(self, app_ids: Iterable[int], filters: Filters = EVERYBODY) -> View:
        """What the apps see together of the viewers who pass. Apps without viewers, and streams without any,
        are empty rather than errors.
        """
        watched = frozenset(app_id for app_id in app_ids if app_id in self.audiences)
        audience = self._audience(watched)
        if filters == EVERYBODY:
            return View(audience)
        number = None
        if filters.stream_key is not None:
            number = audience.stream_numbers.get(filters.stream_key)
            if number is None:
                return View(_nobody())
        selection = Selection(audience, filters, number)
        # A stream is found as quickly as it is remembered.
        return self._remembered((watched, filters), selection) if filters.by_segment else selection

    def _audience(self, watched: Apps) -> Audience:
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

    def _remembered(self, key: tuple[Apps, Filters], selection: Selection) -> Selection:
        """What was found for the same filters before, if it is still there."""
        selections = self._selections
        with self._lock:
            if (found := selections.pop(key, None)) is not None:
                selections[key] = found
                return found
        size = len(selection.rows)
        with self._lock:
            while selections and (
                len(selections) >= REMEMBERED_SELECTIONS
                or size + sum(len(other.rows) for other in selections.values()) > REMEMBERED_ROWS
            ):
                del selections[next(iter(selections))]
            selections[key] = selection
        return selection


def _nobody() -> Audience:
    none = np.zeros(0, dtype=np.int64)
    return Audience.from_rows([], ProfileNumbers().profiles(), Rows(none, none + UNLOCATED, *[none] * 5))
