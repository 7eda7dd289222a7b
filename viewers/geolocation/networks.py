"""What was found for one address, remembered for its whole network: databases know networks, not addresses.

Decoding a record takes longer than all else that is done for a viewer who joins, and viewers come from the
same networks again and again.
"""

from typing import Generic, TypeVar

# In each of two generations; some 300 bytes each.
REMEMBERED = 32_768

T = TypeVar("T")


class Networks(Generic[T]):
    """Networks of addresses of so many ``bits``, none of which lies within another."""

    def __init__(self, bits: int, most: int = REMEMBERED) -> None:
        self._bits, self._most = bits, most
        # Two generations: what is asked for again outlives those that are not.
        self._young: dict[tuple[int, int], tuple[T]] = {}
        self._old: dict[tuple[int, int], tuple[T]] = {}
        self._shifts: tuple[int, ...] = ()

    def find(self, address: int) -> tuple[T] | None:
        """What is remembered of the network of this address, or None."""
        young, old = self._young, self._old
        for shift in self._shifts:
            key = (shift, address >> shift)
            if (known := young.get(key)) is not None:
                return known
            if (known := old.get(key)) is not None:
                self._put(key, known)
                return known
        return None

    def keep(self, address: int, length: int, what: T) -> None:
        """Remember it for all addresses that begin with the same ``length`` bits."""
        shift = self._bits - length
        self._put((shift, address >> shift), (what,))
        if shift not in self._shifts:
            self._shifts = (*self._shifts, shift)

    def _put(self, key: tuple[int, int], known: tuple[T]) -> None:
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
        self._young[key] = known
