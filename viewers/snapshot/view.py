"""What is asked of an audience: all of its viewers, or those who pass filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from viewers.clustering.arrays import Counts, IntArray
from viewers.clustering.located import Places, run_starts
from viewers.snapshot.audience import Audience
from viewers.snapshot.counts import Totals, sums_by
from viewers.snapshot.filters import Filters
from viewers.snapshot.top_streams import top_of_each


class StreamTotals(NamedTuple):
    stream_key: str
    totals: Totals


@dataclass(eq=False)
class View:
    """Located viewers as places, and the totals of all, located or not."""

    audience: Audience

    @property
    def places(self) -> Places:
        return self.audience.places

    @property
    def by_stream(self) -> IntArray:
        """`Totals` of each of the audience's streams, also of those that nobody here watches."""
        return self.audience.totals

    @property
    def in_segments(self) -> Counts:
        """The viewers in each of the audience's segments."""
        return self.audience.in_segments

    @cached_property
    def totals(self) -> Totals:
        return Totals(*self.by_stream.sum(axis=0).tolist())

    def streams(self) -> list[StreamTotals]:
        """The most watched first."""
        rows, keys = self.by_stream, self.audience.stream_keys
        watched = np.flatnonzero(rows[:, 0] + rows[:, 1])
        found = [
            StreamTotals(keys[number], Totals(*each))
            for number, each in zip(watched.tolist(), rows[watched].tolist(), strict=True)
        ]
        return sorted(found, key=lambda stream: (-stream.totals.viewers, stream.stream_key))

    def top_streams(self, spans: IntArray, n: int = 5) -> list[tuple[str, int]]:
        """The n most watched streams of a marker of these places: (key, viewers)."""
        return self.top_streams_of_each([spans], n)[0]

    def top_streams_of_each(self, markers: Sequence[IntArray], n: int = 5) -> list[list[tuple[str, int]]]:
        """The same of many markers."""
        return self.audience.top_streams_of_each(markers, n)


@dataclass(eq=False)
class Selection(View):
    """Those who pass the filters. `number` is the stream's, if they ask for one. Each figure is found when it
    is asked for first.
    """

    filters: Filters
    number: int | None = None

    @cached_property
    def rows(self) -> Counts:
        """Indices of the audience's rows that pass, ascending."""
        audience = self.audience
        found: IntArray | None = None
        if self.number is not None:
            found = np.flatnonzero(audience.streams == self.number)
        if self.filters.by_segment:
            passing = self.filters.segments(audience.profiles).ravel()
            of_these = audience.segments if found is None else audience.segments[found]
            inside = np.flatnonzero(passing[of_these])
            found = inside if found is None else found[inside]
        rows = np.arange(len(audience.streams)) if found is None else found
        # As narrow as what is searched, which numpy would widen first.
        return rows.astype(audience.place_starts.dtype)

    @cached_property
    def places(self) -> Places:
        places, edges = self._occupied
        figures = (column[self._located] for column in self.audience.figures)
        return Places.from_ordered(self.audience.places.codes[places], edges, *figures)

    @cached_property
    def by_stream(self) -> IntArray:
        if not self.filters.by_segment:
            alone = np.zeros_like(self.audience.totals)
            alone[self.number] = self.audience.totals[self.number]
            return alone
        streams, rows, number = self.audience.streams, self.rows, len(self.audience.totals)
        away = rows[: self._away]
        viewers, *others = (sums_by(streams[rows], column[rows], number) for column in self.audience.figures)
        unlocated = sums_by(streams[away], self.audience.viewers[away], number)
        return np.stack((viewers - unlocated, unlocated, *others), axis=1)

    @cached_property
    def totals(self) -> Totals:
        if self.number is not None and not self.filters.by_segment:
            return Totals(*self.audience.totals[self.number].tolist())
        return Totals(*self.by_stream.sum(axis=0).tolist())

    @cached_property
    def in_segments(self) -> Counts:
        segments, viewers = self.audience.segments[self.rows], self.audience.viewers[self.rows]
        return sums_by(segments, viewers, len(self.audience.in_segments))

    def top_streams_of_each(self, markers: Sequence[IntArray], n: int = 5) -> list[list[tuple[str, int]]]:
        if self.number is None:
            _, edges = self._occupied
            ranges = [edges[spans] for spans in markers]
            found = top_of_each(*self._watching, ranges, len(self.audience.totals), n)
            return self.audience.with_keys(found)
        key, sums = self.audience.stream_keys[self.number], self.places.count
        viewers = [int((sums[spans[:, 1]] - sums[spans[:, 0]]).sum()) for spans in markers]
        return [[(key, count)][:n] if count else [] for count in viewers]

    @property
    def _away(self) -> int:
        """How many of the rows have no place."""
        return int(np.searchsorted(self.rows, self.audience.place_starts[0]))

    @cached_property
    def _located(self) -> Counts:
        return self.rows[self._away :]

    @cached_property
    def _watching(self) -> tuple[Counts, Counts]:
        """Stream and viewers of each row with a place."""
        return self.audience.streams[self._located], self.audience.viewers[self._located]

    @cached_property
    def _occupied(self) -> tuple[IntArray, IntArray]:
        """Indices of the audience's places that have such rows; where those of each begin, and the end."""
        located, starts = self._located, self.audience.place_starts
        if len(located) < len(starts):
            place = np.searchsorted(starts, located, side="right") - 1
            begins = run_starts(place)
            return place[begins], np.append(begins, len(located))
        edges = np.searchsorted(located, starts)
        occupied = np.flatnonzero(edges[1:] > edges[:-1])
        return occupied, np.append(edges[occupied], len(located))
