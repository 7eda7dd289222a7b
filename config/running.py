"""One `up` per data directory: a locked file that says which process it is, and where it listens."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process of this directory is up."""

    def __init__(self, pid: int | None, url: str | None) -> None:
        super().__init__(
            f"Turnout is already running (process {pid or 'unknown'}) at {url or 'an unknown address'}."
        )


@contextmanager
def claim(directory: Path, url: str) -> Iterator[None]:
    """Holds the place of the one that runs. Raises AlreadyRunning when it is taken; a crash frees it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / "up.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _holder(path) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "url": url}).encode(), 0)
        yield
    finally:
        os.close(handle)


def _holder(path: Path) -> AlreadyRunning:
    try:
        found = json.loads(path.read_text())
        return AlreadyRunning(found["pid"], found["url"])
    except (ValueError, KeyError):
        # It has the lock and is about to write.
        return AlreadyRunning(None, None)
