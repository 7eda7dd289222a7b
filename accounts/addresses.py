"""Whose address a request comes from, through the proxies that the operator named and no others."""

import ipaddress
from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# More proxies in a row than anybody runs; a header of thousands of entries costs no more than this.
MAX_HOPS = 16


def client_address(request: HttpRequest) -> str | None:
    """The client's address in its canonical form; None when the peer has none (a unix socket)."""
    return walk_back(
        request.META.get("REMOTE_ADDR", ""),
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        settings.TRUSTED_PROXIES,
    )


def walk_back(remote_addr: str, forwarded_for: str, trusted: Sequence[Network]) -> str | None:
    """Follows X-Forwarded-For from the right, for as long as the address reached is a trusted proxy.

    Each proxy appends the peer it saw, so an entry is only as good as the one who wrote it: the first
    untrusted address is the client, whatever it claims further left. An entry that is no address
    ends the walk at the proxy that passed it on.
    """
    client = parse_address(remote_addr)
    # Only a process of this machine can be at the other end of a unix socket: the operator's proxy.
    behind_proxy = _is_trusted(client, trusted) if client else not remote_addr.strip() and bool(trusted)
    entries = forwarded_for.rsplit(",", MAX_HOPS)[-MAX_HOPS:] if behind_proxy else []
    for entry in reversed(entries):
        address = parse_address(entry)
        if address is None:
            break
        client = address
        if not _is_trusted(address, trusted):
            break
    return str(client) if client else None


def parse_address(text: str) -> Address | None:
    """An address with or without port, brackets or zone; an IPv4-mapped IPv6 address becomes IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)
