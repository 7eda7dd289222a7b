"""The viewers of one app, or of several taken together, as arrays: by place, stream and segment."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from viewers.clustering.arrays import ByteArray, Counts, IntArray, narrowed
from viewers.clustering.located import Places, in_order, run_starts
from viewers.sessions.change_feed import COUNTRY_ONLY
from viewers.snapshot.counts import UNLOCATED, Rows, Totals, sums_by
from viewers.snapshot.names import packed, unpacked
from viewers.snapshot.profiles import HEALTHS, Profiles, joined, segments_of
from viewers.snapshot.top_streams import top_of_each


@dataclass(eq=False)
class Audience:
    """Streams are numbered by falling count of located viewers.

    The rows of `Rows` in order of places, each column as narrow as its largest number allows: first those
    without a place, then place i's [place_starts[i], place_starts[i + 1]). `profiles.py` tells what a segment
    is; `in_segments[i]` viewers are in segment i. `totals[i]` are stream i's `Totals`, `names` the streams'
    keys, packed.
    """

    places: Places
    place_starts: Counts
    streams: Counts
    segments: Counts
    viewers: Counts
    bandwidth: Counts
    health: Counts
    known: Counts
    totals: IntArray
    in_segments: Counts
    names: ByteArray
    profiles: Profiles

    @classmethod
    def from_rows(cls, stream_keys: Sequence[str], profiles: Profiles, rows: Rows) -> Self:
        """Several rows may be alike but for their figures. Keys and profiles must be distinct; those without
        a row are dropped.
        """
        rows = rows.narrowed()
        totals = rows.totals(len(stream_keys))
        numbered = _by_falling_count(stream_keys, totals)
        occurring = np.flatnonzero(np.bincount(rows.profile, minlength=len(profiles)))
        profile = _numbers(occurring, len(profiles))[rows.profile]
        segments = segments_of(profile, len(occurring), rows.health, rows.known)
        in_segments = sums_by(segments, rows.viewers, len(occurring) * len(HEALTHS))
        order, codes = in_order(rows.code)
        away = int(np.searchsorted(codes, UNLOCATED, side="right"))
        starts = away + run_starts(codes[away:])
        edges = np.append(starts, len(codes))
        figures = tuple(column[order] for column in rows[3:])
        return cls(
            places=Places.from_ordered(codes[starts], edges - away, *(column[away:] for column in figures)),
            place_starts=narrowed(edges),
            streams=_numbers(numbered, len(stream_keys))[rows.stream][order],
            segments=segments[order],
            **dict(zip(Rows._fields[3:], figures, strict=True)),
            totals=totals[numbered],
            in_segments=narrowed(in_segments),
            names=packed(stream_keys[i] for i in numbered),
            profiles=profiles.taken(occurring),
        )

    @classmethod
    def merged(cls, audiences: Sequence["Audience"]) -> Self:
        """Several taken together; streams of the same key become one, and so do like profiles."""
        streams: dict[str, int] = {}
        profiles, profile_numbers = joined([audience.profiles for audience in audiences])
        parts = []
        for audience, profile in zip(audiences, profile_numbers, strict=True):
            number = [streams.setdefault(key, len(streams)) for key in audience.stream_keys]
            stream = narrowed(np.array(number, dtype=np.int64))
            rows = audience.rows()
            parts.append(rows._replace(stream=stream[rows.stream], profile=profile[rows.profile]))
        return cls.from_rows(list(streams), profiles, Rows(*map(np.concatenate, zip(*parts, strict=True))))

    @cached_property
    def stream_keys(self) -> list[str]:
        """By number."""
        return unpacked(self.names)

    @cached_property
    def stream_numbers(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(self.stream_keys)}

    @cached_property
    def country_only(self) -> IntArray:
        """Codes of the places that only stand for a country: nothing nearer is known of any viewer there."""
        if not len(self.places):
            return self.places.codes
        vague = np.repeat(self.profiles.having("reason", COUNTRY_ONLY), len(HEALTHS))
        of_rows = vague[self.segments[self.unlocated :]]
        starts = self.place_starts[:-1].astype(np.int64) - self.unlocated
        codes: IntArray = self.places.codes[np.logical_and.reduceat(of_rows, starts)]
        return codes

    @property
    def total(self) -> Totals:
        return Totals(*self.totals.sum(axis=0).tolist())

    @property
    def unlocated(self) -> int:
        """The number of rows without a place, which are the first."""
        return int(self.place_starts[0])

    def rows(self) -> Rows:
        """What it was made of."""
        away = np.full(self.unlocated, UNLOCATED)
        codes = np.repeat(self.places.codes, np.diff(self.place_starts))
        profile = self.segments // len(HEALTHS)
        return Rows(self.streams, np.concatenate([away, codes]), profile, *self.figures)

    @property
    def figures(self) -> tuple[Counts, ...]:
        return self.viewers, self.bandwidth, self.health, self.known

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
        return self.with_keys(found)

    def with_keys(self, tops: Sequence[Sequence[tuple[int, int]]]) -> list[list[tuple[str, int]]]:
        keys = self.stream_keys
        return [[(keys[number], count) for number, count in of_marker] for of_marker in tops]


def _by_falling_count(stream_keys: Sequence[str], totals: IntArray) -> list[int]:
    """Indices of the streams that somebody watches, by their count of located viewers, then by key."""
    watched = np.flatnonzero(totals[:, 0] + totals[:, 1])
    counts = (-totals[watched, 0]).tolist()
    ranked = sorted((count, stream_keys[i], i) for count, i in zip(counts, watched.tolist(), strict=True))
    return [i for _, _, i in ranked]


def _numbers(chosen: Any, of: int) -> Counts:
    """The new number of each of so many, of which the chosen are numbered in their order."""
    numbers = np.zeros(of, dtype=np.int64)
    numbers[chosen] = np.arange(len(chosen))
    return narrowed(numbers)
