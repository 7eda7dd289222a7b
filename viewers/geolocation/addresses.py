"""Which addresses can have a place: the public ones.

The ranges are those of the IANA special-purpose address registries that are not globally reachable. The
standard library knows them too, but differently from one patch release to the next, and ten times slower.
"""

from bisect import bisect_right
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from socket import AF_INET, inet_pton

Address = IPv4Address | IPv6Address

# The longest IPv6 notation is 45 characters; a scope id (%eth0) may follow.
_LONGEST = 64

_CLOSED_V4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",  # and no more of 172/8
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation, as are 198.51.100/24 and 203.0.113/24
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
]
_STARTS_V4 = [int(network.network_address) for network in _CLOSED_V4]
_ENDS_V4 = [int(network.broadcast_address) for network in _CLOSED_V4]

_UNICAST_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation, as is 3fff::/20
        "3fff::/20",
    )
]


def v4_number(text: str) -> int | None:
    """The number of an address that is written as four numbers, None for everything else. In C."""
    try:
        return int.from_bytes(inet_pton(AF_INET, text), "big")
    except (OSError, ValueError):
        return None


def parse(text: str | Address | None) -> Address | None:
    """The address in `text`, None for what is none. IPv4 mapped into IPv6 (::ffff:0:0/96) is IPv4."""
    if text is None:
        return None
    address: Address
    if isinstance(text, str):
        if len(text) > _LONGEST:
            return None
        if (number := v4_number(text)) is not None:
            return IPv4Address(number)
        try:
            address = ip_address(text.strip())
        except ValueError:
            return None
    else:
        address = text
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_public(address: Address) -> bool:
    """Whether it can be reached over the internet: not private, CGNAT, loopback, multicast or reserved."""
    if isinstance(address, IPv4Address):
        return is_public_v4(int(address))
    return address in _UNICAST_V6 and not any(address in network for network in _CLOSED_V6)


def is_public_v4(number: int) -> bool:
    # The first range starts at zero, so there always is one at or before the number.
    return number > _ENDS_V4[bisect_right(_STARTS_V4, number) - 1]


def not_public(column: str) -> str:
    """The contrary of a column of addresses, in SQL. Mapped addresses have been made IPv4 at the door."""
    closed = ",".join(map(str, (*_CLOSED_V4, *_CLOSED_V6)))
    return (
        f"({column} <<= ANY('{{{closed}}}'::inet[])"
        f" OR family({column}) = 6 AND NOT {column} <<= '{_UNICAST_V6}'::inet)"
    )
