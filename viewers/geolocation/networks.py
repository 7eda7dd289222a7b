"""What was found for one address, remembered for its whole network: databases know networks, not addresses.

Decoding a record takes longer than all else that is done for a viewer who joins, and viewers come from the
same networks again and again.
"""

from typing import Final, Generic, TypeVar, final

# In each of two generations; some 80 bytes each.
REMEMBERED = 65_536
# Keys hold the size of the network below its address.
SIZE_BITS = 8

T = TypeVar("T")


@final
class Unknown:
    """What is remembered of a network that was not asked for, or not for long."""


UNKNOWN: Final = Unknown()


class Networks(Generic[T]):
    """Networks of addresses of so many ``bits``, none of which lies within another."""

    def __init__(self, bits: int, most: int = REMEMBERED) -> None:
        self._bits, self._most = bits, most
        # Two generations: what is asked for again outlives those that are not.
        self._young: dict[int, T] = {}
        self._old: dict[int, T] = {}
        self._shifts: tuple[int, ...] = ()

    def find(self, address: int) -> T | Unknown:
        """What is remembered of the network of this address."""
        young, old = self._young, self._old
        for shift in self._shifts:
            key = (address >> shift) << SIZE_BITS | shift
            if key in young:
                return young[key]
            if key in old:
                self._put(key, old[key])
                return old[key]
        return UNKNOWN

    def keep(self, address: int, length: int, what: T) -> None:
        """Remember it for all addresses that begin with the same ``length`` bits."""
        shift = self._bits - length
        self._put((address >> shift) << SIZE_BITS | shift, what)
        if shift not in self._shifts:
            self._shifts = (*self._shifts, shift)

    def _put(self, key: int, what: T) -> None:
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
        self._young[key] = what
