"""Answers that were made from a snapshot, kept for whoever asks the same of it."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future

# Of all answers together, in each web process.
MOST_BYTES = 16 * 1024 * 1024


class Kept:
    """Made once, even if several threads ask at once. What was not asked for longest is forgotten first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._answers: OrderedDict[Hashable, Future[bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The key must say all that the answer depends on besides the snapshot, whose apps it is of among
        it. What `make` raises is raised to all who wait for it, and made again for the next.
        """
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                self._answers.move_to_end(key)
        return self._made(key, make) if answer is None else answer.result()

    def _made(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        own: Future[bytes] = Future()
        with self._lock:
            answer = self._answers.setdefault(key, own)
        if answer is not own:
            return answer.result()
        try:
            body = make()
        except BaseException as problem:
            with self._lock:
                del self._answers[key]
            own.set_exception(problem)
            raise
        own.set_result(body)
        with self._lock:
            self._bytes += len(body)
            self._forget()
        return body

    def _forget(self) -> None:
        done = [key for key, answer in self._answers.items() if answer.done()]
        for key in done:
            if self._bytes <= self._most_bytes:
                return
            self._bytes -= len(self._answers.pop(key).result())
