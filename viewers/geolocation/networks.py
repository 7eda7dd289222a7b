"""What was found for one address, remembered for its whole network: databases know networks, not addresses.

Decoding a record takes longer than all else that is done for a viewer who joins, and viewers come from the
same networks again and again.
"""

from typing import Generic, TypeVar

# Some 300 bytes each.
REMEMBERED = 32_768

T = TypeVar("T")


class Networks(Generic[T]):
    """Networks of addresses of so many ``bits``, none of which lies within another."""

    def __init__(self, bits: int, most: int = REMEMBERED) -> None:
        self._bits, self._most = bits, most
        self._found: dict[tuple[int, int], tuple[T]] = {}
        self._shifts: tuple[int, ...] = ()

    def find(self, address: int) -> tuple[T] | None:
        """What is remembered of the network of this address, or None."""
        found = self._found
        for shift in self._shifts:
            known = found.get((shift, address >> shift))
            if known is not None:
                return known
        return None

    def keep(self, address: int, length: int, what: T) -> None:
        """Remember it for all addresses that begin with the same ``length`` bits."""
        if len(self._found) >= self._most:
            self._found = {}
        shift = self._bits - length
        self._found[shift, address >> shift] = (what,)
        if shift not in self._shifts:
            self._shifts = (*self._shifts, shift)
