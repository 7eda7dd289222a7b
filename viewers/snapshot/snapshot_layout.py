"""The arrays of one app as they follow one another in a snapshot file."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from viewers.clustering.located import Places
from viewers.clustering.mercator import LEVELS
from viewers.clustering.outlines import Outlines
from viewers.snapshot.audience import Audience
from viewers.snapshot.counts import Totals
from viewers.snapshot.profiles import HEALTHS, Profile, Profiles

# Each array begins at a multiple of so many bytes.
ALIGNMENT = 8
# What an array may consist of; its index here is written beside it.
KINDS = tuple(np.dtype(name) for name in ("u1", "<u2", "<u4", "<i4", "<i8"))

Array = NDArray[Any]


class Sizes(NamedTuple):
    """How many of each there are in one app's arrays."""

    places: int
    tiles: int
    rows: int
    streams: int
    profiles: int
    names: int
    values: int

    @classmethod
    def of(cls, audience: Audience) -> "Sizes":
        places = audience.places
        return cls(
            len(places),
            len(places.outlines.first),
            len(audience.streams),
            len(audience.totals),
            len(audience.profiles),
            len(audience.names),
            len(audience.profiles.names),
        )


def shapes(sizes: Sizes) -> list[tuple[int, ...]]:
    """In the order of `arrays_of`."""
    places, rows = (sizes.places,), (sizes.rows,)
    more = (sizes.places + 1,)
    return [
        *(places, *[more] * 8, places),
        *((LEVELS + 2,), *[(sizes.tiles,)] * 5),
        *(more, *[rows] * 6),
        *((sizes.streams, len(Totals._fields)), (sizes.profiles * len(HEALTHS),), (sizes.names,)),
        *((sizes.profiles, len(Profile._fields)), (sizes.values,)),
    ]


def arrays_of(audience: Audience) -> list[Array]:
    return list(_arrays(audience))


def kinds_of(audience: Audience) -> list[int]:
    """Indices into KINDS."""
    return [KINDS.index(array.dtype.newbyteorder("<")) for array in arrays_of(audience)]


# Arrays of one app.
ARRAYS = len(shapes(Sizes(*[0] * len(Sizes._fields))))


def mapped(data: memoryview, offset: int, sizes: Sizes, kinds: Sequence[int]) -> Audience:
    arrays: list[Array] = []
    for shape, kind in zip(shapes(sizes), kinds, strict=True):
        count = math.prod(shape)
        arrays.append(np.frombuffer(data, dtype=KINDS[kind], count=count, offset=offset).reshape(shape))
        offset += padded(arrays[-1].nbytes)
    own, more, last = len(fields(Places)) - 1, len(fields(Outlines)), len(fields(Profiles))
    places: list[Any] = [*arrays[:own], Outlines(*arrays[own : own + more])]
    rest: list[Any] = [*arrays[own + more : -last], Profiles(*arrays[-last:])]
    return Audience(Places(*places), *rest)


def length(sizes: Sizes, kinds: Sequence[int]) -> int:
    """In bytes. Raises ValueError for a kind that there is not."""
    if max(kinds) >= len(KINDS):
        raise ValueError("unknown kind of number")
    each = zip(shapes(sizes), kinds, strict=True)
    return sum(padded(math.prod(shape) * KINDS[kind].itemsize) for shape, kind in each)


def padded(length: int) -> int:
    return -(-length // ALIGNMENT) * ALIGNMENT


def _arrays(record: Audience | Places | Outlines | Profiles) -> Iterator[Array]:
    for member in fields(record):
        value = getattr(record, member.name)
        if isinstance(value, Places | Outlines | Profiles):
            yield from _arrays(value)
        else:
            yield value
