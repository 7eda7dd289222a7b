"""What viewers are counted by besides stream and place: profiles, and the health of each viewer.

A profile is a distinct combination of country, protocol, player and, for those without a place, why they have
none. With the health class it makes a segment, numbered `profile * len(HEALTHS) + class`.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from viewers.clustering.arrays import Counts, IntArray
from viewers.sessions.change_feed import TAB

Health = Literal["good", "fair", "poor", "none"]
HEALTHS: tuple[Health, ...] = ("good", "fair", "poor", "none")
# The least health of a class, and with it the most.
GOOD, FAIR = 80, 50
RANGES: dict[Health, tuple[int, int]] = {"good": (GOOD, 100), "fair": (FAIR, GOOD - 1), "poor": (0, FAIR - 1)}

Mask = NDArray[np.bool_]


class Profile(NamedTuple):
    """As the change feed writes it. Empty: located; else unknown."""

    reason: str = ""
    country: str = ""
    protocol: str = ""
    player: str = ""

    def __str__(self) -> str:
        return TAB.join(self)

    @classmethod
    def parse(cls, text: str) -> "Profile":
        return cls(*text.split(TAB, len(cls._fields) - 1))


class Profiles:
    """The profiles of an audience by number."""

    def __init__(self, texts: Sequence[str]) -> None:
        columns = list(zip(*map(Profile.parse, texts), strict=True)) or [()] * len(Profile._fields)
        self._columns = {
            name: _numbered(column) for name, column in zip(Profile._fields, columns, strict=True)
        }
        self._number = len(texts)

    def __len__(self) -> int:
        return self._number

    def having(self, name: str, value: str) -> Mask:
        """Which of them have this value in a column."""
        values, numbers = self._columns[name]
        having: Mask = numbers == values.get(value, -1)
        return having

    def added_up(self, name: str, viewers: IntArray) -> dict[str, int]:
        """The viewers of all profiles by the values of a column. ``viewers`` are each profile's."""
        values, numbers = self._columns[name]
        sums = np.bincount(numbers, viewers, len(values)).astype(np.int64).tolist()
        return dict(zip(values, sums, strict=True))


def segments_of(profile: Counts, health: Counts, known: Counts) -> IntArray:
    """Of rows, each of viewers of one class; ``health`` is the sum over the ``known``."""
    points = known.astype(np.int64)
    classes = 2 - (health >= FAIR * points).astype(np.int64)
    classes -= health >= GOOD * points
    classes[points == 0] = HEALTHS.index("none")
    classes += profile.astype(np.int64) * len(HEALTHS)
    return classes


def _numbered(column: Sequence[str]) -> tuple[dict[str, int], NDArray[Any]]:
    values: dict[str, int] = {}
    numbers = [values.setdefault(value, len(values)) for value in column]
    return values, np.array(numbers, dtype=np.int64)
