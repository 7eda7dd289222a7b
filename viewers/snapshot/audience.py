"""The viewers of one app, or of several taken together, as arrays: by place and by stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from viewers.clustering.arrays import ByteArray, Counts, IntArray, narrowed
from viewers.clustering.located import Places, in_order, run_starts
from viewers.snapshot.counts import UNLOCATED, Rows, Totals
from viewers.snapshot.top_streams import top_of_each


@dataclass(eq=False)
class Audience:
    """Streams are numbered by falling count of located viewers.

    The rows of `Rows` in order of places, each column as narrow as its largest number allows: place i has the
    rows [place_starts[i], place_starts[i + 1]). `totals[i]` are stream i's `Totals`; `names` their keys in
    UTF-8, each followed by NUL (which no key contains).
    """

    places: Places
    place_starts: Counts
    streams: Counts
    viewers: Counts
    bandwidth: Counts
    health: Counts
    known: Counts
    totals: IntArray
    names: ByteArray

    @classmethod
    def from_rows(cls, stream_keys: Sequence[str], rows: Rows) -> Self:
        """Several rows may be of one stream and place. Keys must be distinct; those without a row are
        dropped.
        """
        rows = rows.narrowed()
        totals = rows.totals(len(stream_keys))
        numbered = _by_falling_count(stream_keys, totals)
        number = np.zeros(len(stream_keys), dtype=np.int64)
        number[numbered] = np.arange(len(numbered))
        order, codes = in_order(rows.code)
        away = int(np.searchsorted(codes, UNLOCATED, side="right"))
        order, codes = order[away:], codes[away:]
        starts = run_starts(codes)
        viewers, bandwidth, health, known = (column[order] for column in rows[2:])
        return cls(
            places=Places.from_ordered(codes, starts, viewers, bandwidth, health, known),
            place_starts=narrowed(np.append(starts, len(codes))),
            streams=narrowed(number)[rows.stream][order],
            viewers=viewers,
            bandwidth=bandwidth,
            health=health,
            known=known,
            totals=totals[numbered],
            names=np.frombuffer("".join(f"{stream_keys[i]}\0" for i in numbered).encode(), dtype=np.uint8),
        )

    @classmethod
    def merged(cls, audiences: Sequence["Audience"]) -> Self:
        """Several taken together; streams of the same key become one."""
        numbers: dict[str, int] = {}
        parts = []
        for audience in audiences:
            number = [numbers.setdefault(key, len(numbers)) for key in audience.stream_keys]
            rows = audience.rows()
            parts.append(rows._replace(stream=narrowed(np.array(number, dtype=np.int64))[rows.stream]))
        return cls.from_rows(list(numbers), Rows(*map(np.concatenate, zip(*parts, strict=True))))

    @cached_property
    def stream_keys(self) -> list[str]:
        """By number."""
        return self.names.tobytes().decode().split("\0")[:-1]

    @cached_property
    def stream_numbers(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(self.stream_keys)}

    @property
    def total(self) -> Totals:
        return Totals(*self.totals.sum(axis=0).tolist())

    def stream(self, number: int) -> Places:
        rows = np.flatnonzero(self.streams == number)
        place = self._places_of(rows)
        starts = run_starts(place)
        figures = (column[rows].astype(np.int64) for column in self._figures)
        return Places.from_ordered(self.places.codes[place], starts, *figures)

    def rows(self) -> Rows:
        """What it was made of; the unlocated in one row for each stream."""
        codes = np.repeat(self.places.codes, np.diff(self.place_starts))
        located = Rows(self.streams, codes, *self._figures)
        streams = np.arange(len(self.totals))
        _, unlocated, *rest = (self.totals - located.totals(len(streams))).T
        nowhere = Rows(streams, np.full(len(streams), UNLOCATED), unlocated, *rest)
        # Narrow as they are: a million rows of 64 bits would not go unnoticed in a web process.
        pairs = zip(located, nowhere.narrowed(), strict=True)
        columns: list[Any] = [np.concatenate(pair) for pair in pairs]
        return Rows(*columns)

    def top_streams(self, spans: IntArray, n: int = 5) -> list[tuple[str, int]]:
        """Of one marker: see `top_streams_of_each`."""
        return self.top_streams_of_each([spans], n)[0]

    def top_streams_of_each(self, markers: Sequence[IntArray], n: int = 5) -> list[list[tuple[str, int]]]:
        """The n most watched streams among the places of each marker's spans, an array of [first, last):
        (key, viewers).

        Falling count; of equal counts, the stream more watched everywhere comes first.
        """
        ranges = [self.place_starts[spans] for spans in markers]
        found = top_of_each(self.streams, self.viewers, ranges, len(self.totals), n)
        keys = self.stream_keys
        return [[(keys[number], count) for number, count in of_marker] for of_marker in found]

    def _places_of(self, rows: IntArray) -> IntArray:
        """Indices of the places of ascending rows."""
        # As narrow as what is searched, which numpy would widen first.
        return np.searchsorted(self.place_starts, rows.astype(self.place_starts.dtype), side="right") - 1

    @property
    def _figures(self) -> tuple[Counts, ...]:
        return self.viewers, self.bandwidth, self.health, self.known


def _by_falling_count(stream_keys: Sequence[str], totals: IntArray) -> list[int]:
    """Indices of the streams that somebody watches, by their count of located viewers, then by key."""
    watched = np.flatnonzero(totals[:, 0] + totals[:, 1])
    counts = (-totals[watched, 0]).tolist()
    ranked = sorted((count, stream_keys[i], i) for count, i in zip(counts, watched.tolist(), strict=True))
    return [i for _, _, i in ranked]
