"""The ledger's figures of many owners and consecutive buckets as one array, to recount and to compare them.

An array has the shape (owners, buckets, 4): starts, ends, area and peak of each. Where nothing begins or ends
all are 0 and the peak is UNKNOWN.
"""

import numpy as np

from analytics.arithmetic import Changes, Integers, in_buckets, peaks_in_buckets

STARTS, ENDS, AREA, PEAK = range(4)
UNKNOWN = int(np.iinfo(np.int64).min)


def nothing(owners: int, buckets: int) -> Integers:
    sums = np.zeros((owners, buckets, 4), dtype=np.int64)
    sums[..., PEAK] = UNKNOWN
    return sums


def recounted(changes: Changes, owners: int, first: int, buckets: int, size: int) -> Integers:
    """Of netted changes, in ``buckets`` buckets of ``size`` ms from ``first`` on."""
    sums = nothing(owners, buckets)
    rows = in_buckets(changes, size)
    sums[rows.owner, (rows.bucket - first) // size] = np.stack(
        [rows.starts, rows.ends, rows.area, peaks_in_buckets(changes, size)], axis=-1
    )
    return sums


def composed(parts: Integers, size: int) -> Integers:
    """The bucket that consecutive parts of ``size`` ms make up, of each owner.

    Its peak is known when that of each part is in which anything begins or ends.
    """
    starts, ends, area, peak = np.moveaxis(parts, -1, 0)
    net = starts - ends
    before = net.cumsum(axis=1) - net
    until_end = size * np.arange(parts.shape[1] - 1, -1, -1)
    whole = nothing(len(parts), 1)
    whole[:, 0, STARTS] = starts.sum(axis=1)
    whole[:, 0, ENDS] = ends.sum(axis=1)
    whole[:, 0, AREA] = (area + net * until_end).sum(axis=1)
    busy = (starts != 0) | (ends != 0)
    known = busy.any(axis=1) & ~(busy & (peak == UNKNOWN)).any(axis=1)
    highest = np.where(busy & known[:, None], before + peak, UNKNOWN).max(axis=1)
    # The count at the beginning is one of the values, unless the first part begins with a change of its own.
    whole[:, 0, PEAK] = np.where(known & ~busy[:, 0], np.maximum(highest, 0), highest)
    return whole


def differing(found: Integers, expected: Integers) -> tuple[Integers, Integers]:
    """The numbers of owners and buckets whose figures differ. An unknown peak differs from none."""
    sums = (found[..., :PEAK] != expected[..., :PEAK]).any(axis=-1)
    known = (found[..., PEAK] != UNKNOWN) & (expected[..., PEAK] != UNKNOWN)
    owners, buckets = np.nonzero(sums | (known & (found[..., PEAK] != expected[..., PEAK])))
    return owners, buckets
