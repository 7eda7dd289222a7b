"""What a reverse proxy says is believed only when the connection comes from a proxy that was named."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from accounts.addresses import Network, parse_address


def parse_networks(items: list[str]) -> list[Network]:
    """Addresses or CIDRs. Raises ImproperlyConfigured, naming TRUSTED_PROXIES and the item."""
    networks: list[Network] = []
    for item in items:
        try:
            networks.append(ipaddress.ip_network(item))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"TRUSTED_PROXIES holds {item!r}: {error}. Example: 10.0.0.0/8,::1"
            ) from None
    return networks


def is_trusted(peer: str, networks: list[Network]) -> bool:
    """Whether a connection from `peer` comes from a trusted proxy. A unix socket's peer has no address."""
    address = parse_address(peer)
    if address is None:
        # Only a process of this machine can be at the other end of a unix socket.
        return not peer.strip() and bool(networks)
    return any(address in network for network in networks)


class ForwardedProtocolMiddleware:
    """Drops X-Forwarded-Proto from strangers, so that SECURE_PROXY_SSL_HEADER cannot be forged."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_trusted(request.META.get("REMOTE_ADDR", ""), settings.TRUSTED_PROXIES):
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)
