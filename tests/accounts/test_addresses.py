import ipaddress

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.addresses import client_address, walk_back

TRUSTED = [ipaddress.ip_network(text) for text in ("10.0.0.0/8", "127.0.0.1/32", "fd00::/8")]


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", " 10.9.9.9 ,10.0.0.2", "10.9.9.9"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("", "203.0.113.9", "203.0.113.9"),
    ],
)
def test_it_walks_back_past_trusted_proxies(remote: str, forwarded: str, client: str) -> None:
    assert walk_back(remote, forwarded, TRUSTED) == client


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", "127.0.0.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "127.0.0.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 203.0.113.9", "203.0.113.9"),
    ],
)
def test_it_believes_no_entry_that_a_stranger_wrote(remote: str, forwarded: str, client: str) -> None:
    assert walk_back(remote, forwarded, TRUSTED) == client


@pytest.mark.parametrize(
    "garbage",
    ["unknown", "", "1.2.3", "1.2.3.4.5", "999.1.1.1", "_hidden", "for=1.2.3.4", "\x00", "١.٢.٣.٤", "[::g]"],
)
def test_it_stops_at_garbage(garbage: str) -> None:
    assert walk_back("10.0.0.1", f"203.0.113.9,{garbage}", TRUSTED) == "10.0.0.1"


@pytest.mark.parametrize(
    ("entry", "client"),
    [
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_it_reads_every_way_an_address_is_written(entry: str, client: str) -> None:
    assert walk_back("10.0.0.1", entry, TRUSTED) == client
    assert walk_back(entry, "", TRUSTED) == client


def test_it_trusts_a_proxy_that_connects_over_an_ipv4_mapped_address() -> None:
    assert walk_back("::ffff:10.0.0.1", "203.0.113.9", TRUSTED) == "203.0.113.9"


def test_it_trusts_nobody_when_no_proxy_is_configured() -> None:
    assert walk_back("10.0.0.1", "203.0.113.9", []) == "10.0.0.1"
    assert walk_back("", "203.0.113.9", []) is None


def test_it_gives_up_on_endless_chains_of_proxies() -> None:
    chain = ", ".join(["203.0.113.9"] + ["10.0.0.7"] * 5000)
    assert walk_back("10.0.0.1", chain, TRUSTED) == "10.0.0.7"


@given(st.text(max_size=40), st.text(max_size=200))
def test_it_answers_an_address_or_nothing_whatever_is_sent(remote: str, forwarded: str) -> None:
    answer = walk_back(remote, forwarded, TRUSTED)
    assert answer is None or str(ipaddress.ip_address(answer)) == answer


@given(st.text(max_size=200))
def test_it_ignores_the_header_of_an_untrusted_peer(forwarded: str) -> None:
    assert walk_back("203.0.113.9", forwarded, TRUSTED) == "203.0.113.9"


def test_it_believes_no_other_header(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = TRUSTED
    lies = {
        "X-Real-IP": "198.51.100.1",
        "Forwarded": "for=198.51.100.1",
        "True-Client-IP": "198.51.100.1",
        "CF-Connecting-IP": "198.51.100.1",
        "X-Client-IP": "198.51.100.1",
    }
    request = RequestFactory().get(
        "/", headers={**lies, "X-Forwarded-For": "203.0.113.9"}, REMOTE_ADDR="10.0.0.1"
    )
    assert client_address(request) == "203.0.113.9"
    assert client_address(RequestFactory().get("/", headers=lies, REMOTE_ADDR="10.0.0.1")) == "10.0.0.1"
