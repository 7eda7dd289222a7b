"""What viewers are counted by besides stream and place: profiles, and the health of each viewer.

A profile is a distinct combination of country, protocol, player and, for those whose place is not known, or
no better than their country, why that is so. With the health class it makes a segment, numbered
`profile * len(HEALTHS) + class`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from viewers.clustering.arrays import ByteArray, Counts, IntArray, narrowed
from viewers.sessions.change_feed import TAB
from viewers.snapshot.names import packed, unpacked

Health = Literal["good", "fair", "poor", "none"]
HEALTHS: tuple[Health, ...] = ("good", "fair", "poor", "none")
# The least health of a class, and with it the most.
GOOD, FAIR = 80, 50
RANGES: dict[Health, tuple[int, int]] = {"good": (GOOD, 100), "fair": (FAIR, GOOD - 1), "poor": (0, FAIR - 1)}

Mask = NDArray[np.bool_]


class Profile(NamedTuple):
    """As the change feed writes it. No reason: located; empty names: unknown."""

    reason: str = ""
    country: str = ""
    protocol: str = ""
    player: str = ""

    def __str__(self) -> str:
        return TAB.join(self)

    @classmethod
    def parse(cls, text: str) -> "Profile":
        return cls(*text.split(TAB, len(cls._fields) - 1))


@dataclass(eq=False)
class Profiles:
    """The profiles of an audience by number: each one's fields as numbers of `values`, an array of shape
    (profiles, fields); and the values, packed.
    """

    fields: Counts
    names: ByteArray

    def __len__(self) -> int:
        return len(self.fields)

    @cached_property
    def values(self) -> list[str]:
        return unpacked(self.names)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {value: number for number, value in enumerate(self.values)}

    def having(self, name: str, value: str) -> Mask:
        """Which of them have this value in a field."""
        having: Mask = self._field(name) == self._numbers.get(value, -1)
        return having

    def added_up(self, name: str, viewers: IntArray) -> dict[str, int]:
        """The viewers of all profiles by the values of a field, of which some are. ``viewers`` are each
        profile's.
        """
        sums = np.bincount(self._field(name), viewers, len(self.values)).astype(np.int64)
        return {self.values[number]: int(sums[number]) for number in np.flatnonzero(sums).tolist()}

    def taken(self, indices: IntArray) -> "Profiles":
        """These alone, and no values but theirs."""
        used, fields = np.unique(self.fields[indices], return_inverse=True)
        names = packed(self.values[number] for number in used.tolist())
        return Profiles(narrowed(fields.reshape(-1, len(Profile._fields))), names)

    def _field(self, name: str) -> Counts:
        field: Counts = self.fields[:, Profile._fields.index(name)]
        return field


class ProfileNumbers:
    """Numbers for profiles, as they are met with."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.known: dict[str, int] = {}
        self._values: dict[str, int] = {}
        self._fields: list[tuple[int, ...]] = []
        self.of(texts)

    def of(self, texts: Iterable[str]) -> IntArray:
        return np.array([self._number(text) for text in texts], dtype=np.int64)

    def profiles(self) -> Profiles:
        fields = np.array(self._fields, dtype=np.int64).reshape(-1, len(Profile._fields))
        return Profiles(narrowed(fields), packed(self._values))

    def _number(self, text: str) -> int:
        number = self.known.get(text)
        if number is None:
            number = self.known[text] = len(self._fields)
            values = self._values
            self._fields.append(tuple(values.setdefault(value, len(values)) for value in Profile.parse(text)))
        return number


def joined(parts: Sequence[Profiles]) -> tuple[Profiles, list[Counts]]:
    """The profiles of several audiences, each once, and what number each part's have among them."""
    values: dict[str, int] = {}
    translated = [
        np.array([values.setdefault(value, len(values)) for value in part.values], dtype=np.int64)[
            part.fields
        ]
        for part in parts
    ]
    fields, numbers = np.unique(np.concatenate(translated), axis=0, return_inverse=True)
    edges = np.cumsum([len(part) for part in parts])[:-1]
    return Profiles(narrowed(fields), packed(values)), np.split(narrowed(numbers.ravel()), edges)


def segments_of(profile: Counts, profiles: int, health: Counts, known: Counts) -> Counts:
    """Of rows, each of viewers of one class; ``health`` is the sum over the ``known``. As narrow as so many
    profiles allow.
    """
    # Products of a million rows stay within 16 bits as long as no row is of hundreds of viewers.
    points: Counts = known.astype(np.uint16 if int(known.max(initial=0)) < 2**16 // GOOD else np.int64)
    classes = (health < GOOD * points).astype(np.uint8)
    classes += health < FAIR * points
    classes[points == 0] = HEALTHS.index("none")
    widest = narrowed(np.array([profiles * len(HEALTHS)]))
    segments: Counts = profile.astype(widest.dtype) * widest.dtype.type(len(HEALTHS)) + classes
    return segments
