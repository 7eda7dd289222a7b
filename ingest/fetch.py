"""GET of a server's own page: no redirects, no proxies from the environment, bounded in time and size."""

import time
from base64 import b64encode
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

TIMEOUT_S = 5.0
# A server may send one byte every few seconds: each read is in time, and the page never ends.
DEADLINE_S = 10.0
MAX_BYTES = 16 * 1024 * 1024
CHUNK = 64 * 1024


class FetchError(Exception):
    """Why there is no page, in words for the operator, without the URL: it may hold a password."""


class Page(NamedTuple):
    sent_ms: int
    """Just before the request left: what the page says was true then or a moment later."""
    body: bytes


def fetch(url: str, clock: Callable[[], int], limit: int = MAX_BYTES, *, whole: bool = True) -> Page:
    """The page, or its first ``limit`` bytes when not ``whole``. Raises FetchError. ``clock`` gives ms."""
    deadline = time.monotonic() + DEADLINE_S
    try:
        parts = urlsplit(url)
        connection = _connection(parts)
        try:
            connection.connect()
            sent_ms = clock()
            connection.request("GET", _target(parts), headers=_headers(parts))
            # It outlives its connection, so it is closed by itself.
            with connection.getresponse() as response:
                _expect_page(response)
                return Page(sent_ms, _read(response, limit, whole, deadline))
        finally:
            connection.close()
    except TimeoutError:
        raise FetchError(f"No answer within {TIMEOUT_S:.0f} s.") from None
    except OSError as error:
        raise FetchError(f"No connection: {error.strerror or type(error).__name__}.") from None
    except (HTTPException, ValueError) as error:
        raise FetchError(f"No HTTP answer ({type(error).__name__}): check the address.") from None


def _connection(parts: SplitResult) -> HTTPConnection:
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError("The address must be an http or https URL.")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(parts.hostname, parts.port, timeout=TIMEOUT_S)


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _headers(parts: SplitResult) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "Turnout"}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return headers


def _expect_page(response: HTTPResponse) -> None:
    if 300 <= response.status < 400:
        raise FetchError(f"Answered {response.status}: redirects are not followed, give the final address.")
    if response.status != 200:
        raise FetchError(f"Answered {response.status} instead of 200.")


def _read(response: HTTPResponse, limit: int, whole: bool, deadline: float) -> bytes:
    body = bytearray()
    while chunk := response.read1(CHUNK):
        body += chunk
        if len(body) > limit:
            if whole:
                raise FetchError(f"The page is larger than {limit // 1024**2} MiB.")
            break
        if time.monotonic() > deadline:
            raise FetchError(f"The page did not end within {DEADLINE_S:.0f} s.")
    return bytes(body)
