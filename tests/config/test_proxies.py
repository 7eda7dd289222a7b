import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from config.proxies import ForwardedProtocolMiddleware, parse_networks


def protocol_seen(peer: str) -> str:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.META.get("HTTP_X_FORWARDED_PROTO", "none"))

    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO="https")
    return ForwardedProtocolMiddleware(view)(request).content.decode()


@pytest.mark.parametrize(
    ("peer", "seen"),
    [
        ("10.1.2.3", "https"),
        ("::ffff:10.1.2.3", "https"),
        ("", "https"),
        ("192.0.2.1", "none"),
        ("x", "none"),
    ],
)
def test_it_believes_trusted_proxies_only(settings: Settings, peer: str, seen: str) -> None:
    settings.TRUSTED_PROXIES = parse_networks(["10.0.0.0/8"])
    assert protocol_seen(peer) == seen


@pytest.mark.parametrize("peer", ["127.0.0.1", ""])
def test_it_believes_nobody_without_trusted_proxies(settings: Settings, peer: str) -> None:
    settings.TRUSTED_PROXIES = []
    assert protocol_seen(peer) == "none"


def test_it_names_the_network_that_it_cannot_read() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"TRUSTED_PROXIES holds '10\.0\.0\.1/8'"):
        parse_networks(["::1", "10.0.0.1/8"])
