"""The kinds of arrays that the clustering works on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
SmallArray = NDArray[np.int32]
ByteArray = NDArray[np.uint8]
# Integers of any width, not negative.
Counts = NDArray[np.integer[Any]]
NARROW = (np.uint8, np.uint16, np.uint32)


def narrowed(column: Counts) -> Counts:
    """In as few bytes as its largest element allows."""
    largest = int(column.max(initial=0))
    return column.astype(
        next((kind for kind in NARROW if largest <= np.iinfo(kind).max), np.int64), copy=False
    )
