"""The arrays of one app as they follow one another in a snapshot file."""

import math
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from viewers.clustering.located import Places
from viewers.snapshot.audience import Audience
from viewers.snapshot.counts import Totals

# Each array begins at a multiple of so many bytes.
ALIGNMENT = 8


class Sizes(NamedTuple):
    """How many of each there are in one app's arrays."""

    places: int
    rows: int
    streams: int
    leaders: int
    blocks: int
    names: int

    @classmethod
    def of(cls, audience: Audience) -> "Sizes":
        blocks, leaders = audience.leaders.shape
        rows, streams = len(audience.by_stream), len(audience.totals)
        return cls(len(audience.places), rows, streams, leaders, blocks, len(audience.names))


def layout(sizes: Sizes) -> list[tuple[np.dtype[Any], tuple[int, ...]]]:
    """The arrays of one app: what kind of number, what shape."""
    long, short, byte = np.dtype("<i8"), np.dtype("<i4"), np.dtype("u1")

    def places(n: int) -> list[tuple[np.dtype[Any], tuple[int, ...]]]:
        return [(long, (n,)), *[(long, (n + 1,))] * 6, *[(short, (n + 1,))] * 2, (byte, (n,))]

    return [
        *places(sizes.places),
        *places(sizes.rows),
        (long, (sizes.streams + 1,)),
        (long, (sizes.places + 1,)),
        (short, (sizes.rows,)),
        (long, (sizes.rows,)),
        (long, (sizes.blocks, sizes.leaders)),
        (long, (sizes.streams, len(Totals._fields))),
        (byte, (sizes.names,)),
    ]


def arrays_of(audience: Audience) -> list[NDArray[Any]]:
    """In the order of `layout`."""
    arrays: list[NDArray[Any]] = []
    for member in fields(audience):
        value = getattr(audience, member.name)
        arrays += [getattr(value, f.name) for f in fields(value)] if isinstance(value, Places) else [value]
    return arrays


def mapped(data: memoryview, offset: int, sizes: Sizes) -> Audience:
    arrays = []
    for kind, shape in layout(sizes):
        count = math.prod(shape)
        arrays.append(np.frombuffer(data, dtype=kind, count=count, offset=offset).reshape(shape))
        offset += padded(count * kind.itemsize)
    members = len(fields(Places))
    places, by_stream = Places(*arrays[:members]), Places(*arrays[members : 2 * members])
    return Audience(places, by_stream, *arrays[2 * members :])


def length(sizes: Sizes) -> int:
    return sum(padded(math.prod(shape) * kind.itemsize) for kind, shape in layout(sizes))


def padded(length: int) -> int:
    return -(-length // ALIGNMENT) * ALIGNMENT
