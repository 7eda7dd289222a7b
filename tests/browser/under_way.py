"""Requests that the live server is still answering, also those whose browser has gone."""

import time
from threading import Lock
from types import TracebackType
from typing import Any, Self

from django.core.signals import request_finished, request_started

LONGEST_S = 10.0
STILL_S = 0.1


class UnderWay:
    """Leaving it waits for them: the database is emptied next, and they would stand in its way."""

    def __init__(self) -> None:
        self.count = 0
        self.changed = time.monotonic()
        self.lock = Lock()

    def __enter__(self) -> Self:
        request_started.connect(self.begin)
        request_finished.connect(self.end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        latest = time.monotonic() + LONGEST_S
        # Zero for a moment: what was sent last may not have begun.
        while (self.count > 0 or time.monotonic() - self.changed < STILL_S) and time.monotonic() < latest:
            time.sleep(0.02)
        request_started.disconnect(self.begin)
        request_finished.disconnect(self.end)

    def begin(self, **_: Any) -> None:
        self.change(1)

    def end(self, **_: Any) -> None:
        self.change(-1)

    def change(self, by: int) -> None:
        with self.lock:
            self.count += by
            self.changed = time.monotonic()
