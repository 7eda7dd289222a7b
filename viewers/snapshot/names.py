"""Names as bytes, as they stand in a file: in UTF-8, each followed by NUL, which none contains."""

from collections.abc import Iterable

import numpy as np

from viewers.clustering.arrays import ByteArray


def packed(names: Iterable[str]) -> ByteArray:
    return np.frombuffer("".join(f"{name}\0" for name in names).encode(), dtype=np.uint8)


def unpacked(names: ByteArray) -> list[str]:
    return names.tobytes().decode().split("\0")[:-1]
