"""The viewers of one app, or of several taken together, as arrays: by place, by stream, and by both."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from viewers.clustering.located import ByteArray, IntArray, Places, SmallArray
from viewers.snapshot.counts import UNLOCATED, Rows, Totals

# Streams whose viewers are counted ahead, block of rows by block of rows; the most watched ones.
LEADERS = 512
BLOCK = 1024
HEAD = 64
# Fewer rows than this are counted sooner than looked up.
WORTHWHILE = 16 * BLOCK


@dataclass(eq=False)
class Audience:
    """Streams are numbered by falling count of located viewers.

    `by_stream` holds a row for each stream and place, ordered by both; stream i has the rows
    [stream_starts[i], stream_starts[i + 1]). `place_streams` and `place_counts` hold the same rows in order
    of places; place i has [place_starts[i], place_starts[i + 1]). `leaders[b, i]` counts stream i in the
    first b * BLOCK of those, for the first LEADERS streams. `totals[i]` are stream i's `Totals`; `names`
    their keys in UTF-8, each followed by NUL (which no key contains).
    """

    places: Places
    by_stream: Places
    stream_starts: IntArray
    place_starts: IntArray
    place_streams: SmallArray
    place_counts: IntArray
    leaders: IntArray
    totals: IntArray
    names: ByteArray

    @classmethod
    def from_rows(cls, stream_keys: Sequence[str], rows: Rows) -> Self:
        """Rows of one stream and place are added up. Keys must be distinct; those without a row are
        dropped.
        """
        totals = rows.totals(len(stream_keys))
        order = sorted(
            np.flatnonzero(totals[:, 0] + totals[:, 1]).tolist(),
            key=lambda i: (-totals[i, 0], stream_keys[i]),
        )
        number = np.zeros(len(stream_keys), dtype=np.int64)
        number[order] = np.arange(len(order))
        located = rows.taken(np.flatnonzero(rows.code != UNLOCATED))
        located = located._replace(stream=number[located.stream]).added_up()
        places = Places.from_rows(*located[1:])
        stream_starts = np.searchsorted(located.stream, np.arange(len(order) + 1))
        begins = stream_starts[:-1][stream_starts[:-1] < stream_starts[1:]]
        by_place = np.argsort(located.code)
        streams = located.stream[by_place]
        counts = located.viewers[by_place]
        return cls(
            places=places,
            by_stream=Places.from_sorted(*located[1:], begins=begins),
            stream_starts=stream_starts,
            place_starts=np.append(np.searchsorted(located.code[by_place], places.codes), len(by_place)),
            place_streams=streams.astype(np.int32),
            place_counts=counts,
            leaders=_leaders(streams, counts, min(LEADERS, len(order))),
            totals=totals[order],
            names=np.frombuffer("".join(stream_keys[i] + "\0" for i in order).encode(), dtype=np.uint8),
        )

    @classmethod
    def merged(cls, audiences: Sequence["Audience"]) -> Self:
        """Several taken together; streams of the same key become one."""
        numbers: dict[str, int] = {}
        parts = []
        for audience in audiences:
            number = [numbers.setdefault(key, len(numbers)) for key in audience.stream_keys]
            rows = audience.rows()
            parts.append(rows._replace(stream=np.array(number, dtype=np.int64)[rows.stream]))
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
        return self.by_stream.part(int(self.stream_starts[number]), int(self.stream_starts[number + 1]))

    def rows(self) -> Rows:
        """What it was made of."""
        rows = self.by_stream
        starts = self.stream_starts
        streams = np.arange(len(starts) - 1)
        columns = (rows.count, rows.bandwidth, rows.health, rows.known)
        located = Rows(np.repeat(streams, np.diff(starts)), rows.codes, *map(np.diff, columns))
        _, unlocated, *sums = self.totals.T
        rest = (
            total - (column[starts[1:]] - column[starts[:-1]])
            for total, column in zip(sums, columns[1:], strict=True)
        )
        away = Rows(streams, np.full(len(streams), UNLOCATED), unlocated, *rest)
        return Rows(*map(np.concatenate, zip(located, away, strict=True)))

    def top_streams(self, spans: IntArray, n: int = 5) -> list[tuple[str, int]]:
        """The n most watched streams among the places of the spans, an array of [first, last): (key,
        viewers).

        Falling count; of equal counts, the stream more watched everywhere comes first.
        """
        ranges = self.place_starts[spans]
        found = None
        if int((ranges[:, 1] - ranges[:, 0]).sum()) >= WORTHWHILE:
            found = self._among_leaders(ranges, n)
        if found is None:
            found = _highest(self._counted(ranges), n)
        keys = self.stream_keys
        return [(keys[number], count) for number, count in found]

    def _among_leaders(self, ranges: IntArray, n: int) -> list[tuple[int, int]] | None:
        """None where a stream that is not counted ahead might be among the first n."""
        known = self.leaders.shape[1]
        first, last = ranges[:, 0], ranges[:, 1]
        after, before = -(-first // BLOCK), last // BLOCK
        whole = after < before
        counts = (self.leaders[before[whole]] - self.leaders[after[whole]]).sum(axis=0)
        # What the whole blocks leave over: a piece before them and one after, or a range without any.
        pieces = np.stack((first, np.where(whole, after * BLOCK, last)), axis=1)
        ends = np.stack((before * BLOCK, last), axis=1)[whole]
        rest = self._counted(np.concatenate((pieces, ends)))[:known]
        counts[: len(rest)] += rest
        found = _highest(counts, n)
        highest_other = int(self.totals[known, 0]) if known < len(self.totals) else 0
        return found if highest_other == 0 or (len(found) == n and found[-1][1] >= highest_other) else None

    def _counted(self, ranges: IntArray) -> IntArray:
        """Viewers by stream number in ranges of rows, up to the last stream that has any there."""
        pieces = [slice(first, last) for first, last in ranges.tolist()]
        streams = np.concatenate([self.place_streams[piece] for piece in pieces])
        counts = np.concatenate([self.place_counts[piece] for piece in pieces])
        # Counted in floats, which are exact up to 2^53 viewers.
        return np.bincount(streams, counts).astype(np.int64)


def _highest(counts: IntArray, n: int) -> list[tuple[int, int]]:
    """(index, count) of the n highest that are not 0; of equal ones the first. Streams are sorted by their
    count everywhere, so a few at the head tell what the others must reach.
    """
    head = np.sort(counts[:HEAD])
    least = max(int(head[-n]) if len(head) >= n else 1, 1)
    candidates = np.flatnonzero(counts >= least)
    best = candidates[np.argsort(-counts[candidates], kind="stable")[:n]]
    return list(zip(best.tolist(), counts[best].tolist(), strict=True))


def _leaders(streams: IntArray, counts: IntArray, known: int) -> IntArray:
    blocks = len(streams) // BLOCK
    leading = np.flatnonzero(streams[: blocks * BLOCK] < known)
    ahead = np.zeros((blocks + 1, known), dtype=np.int64)
    np.add.at(ahead.reshape(-1), (leading // BLOCK + 1) * known + streams[leading], counts[leading])
    return np.cumsum(ahead, axis=0)
