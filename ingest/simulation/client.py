"""Sends events as any sender would: batches of packed lines over HTTP, sent again until they are taken."""

import gzip
import json
import threading
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

BATCH = 5_000
TIMEOUT_S = 30
LONGEST_PAUSE_S = 30


class SendError(Exception):
    """The server refuses what it is sent; sending it again would not help."""


class Client:
    """``stopping`` ends the waiting between attempts."""

    def __init__(self, url: str, token: str, stopping: threading.Event) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SendError("--url must be like http://127.0.0.1:8000")
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_S)
        self._path = parts.path.rstrip("/") + "/api/ingest/events"
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
        }
        self._stopping = stopping

    def send(self, events: Sequence[dict[str, Any]], attempts: int = 10**9) -> None:
        """Raises SendError. Whatever has its time may be sent twice: it counts once."""
        for first in range(0, len(events), BATCH):
            lines = "\n".join(json.dumps(event) for event in events[first : first + BATCH])
            self._deliver(gzip.compress(lines.encode(), compresslevel=1), attempts)

    def close(self) -> None:
        self._connection.close()

    def _deliver(self, body: bytes, attempts: int) -> None:
        pause_s = 1.0
        for attempt in range(attempts):
            wait_s = self._post(body)
            if wait_s is None:
                return
            if attempt + 1 < attempts and self._stopping.wait(max(wait_s, pause_s)):
                attempts = min(attempts, attempt + 2)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _post(self, body: bytes) -> float | None:
        """None when it was taken; else after how many seconds to try again."""
        try:
            self._connection.request("POST", self._path, body, self._headers)
            response = self._connection.getresponse()
            answer = response.read(100_000)
        except (OSError, HTTPException):
            # A kept connection may have been closed meanwhile: the next attempt opens another.
            self._connection.close()
            return 0
        if response.status == 200:
            return None
        if response.status == 429 or response.status >= 500:
            after = response.headers.get("Retry-After", "")
            return min(int(after), LONGEST_PAUSE_S) if after.isdigit() else 0
        raise SendError(f"The server answered {response.status}: {answer.decode(errors='replace')[:300]}")
