"""The live snapshot as one file, which the web processes of a machine map into memory and share.

Little-endian: HEADER, one row of INDEX for each app, then each app's arrays in the order of
`snapshot_layout.shapes`, each beginning at a multiple of 8. A file is complete when it gets its name, and
never written again: the next one replaces it, and readers of the old one keep it for as long as they need it.
"""

import contextlib
import logging
import mmap
import os
import struct
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from viewers.snapshot.audience import Audience
from viewers.snapshot.snapshot import Snapshot
from viewers.snapshot.snapshot_layout import (
    ALIGNMENT,
    ARRAYS,
    Sizes,
    arrays_of,
    kinds_of,
    length,
    mapped,
    padded,
    shapes,
)

NAME = "viewers.snap"
VERSION = 3
MAGIC = b"TURNSNAP"
# Magic, version, apps, length of the file in bytes, taken_ms, build_ms.
HEADER = struct.Struct("<8sIIqqq")
# For each app: its id, where its arrays begin, their `Sizes`, and each one's kind of number.
INDEX = np.dtype(
    [*((name, "<i8") for name in ("app_id", "offset", *Sizes._fields)), ("kinds", "u1", (ARRAYS,))]
)
# Seconds between two looks at the file's name.
RECHECK = 0.25
# Seconds after which a file that never got its name was left by a writer that died.
ABANDONED = 600

logger = logging.getLogger(__name__)


def write(snapshot: Snapshot, directory: Path) -> Path:
    """Publishes it, in a directory that is made if there is none. Stream keys are in it: for the owner
    only.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_abandoned(directory)
    handle, unfinished = tempfile.mkstemp(prefix=f".{NAME}.", dir=directory)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(_pieces(snapshot))
        path = directory / NAME
        os.replace(unfinished, path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    return path


def read(path: Path) -> Snapshot:
    """Maps it. Raises OSError if there is none, and ValueError for what is not a snapshot of this version."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < HEADER.size:
            raise ValueError("too short")
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    magic, version, apps, complete, taken_ms, build_ms = HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise ValueError("not of this version")
    if complete != size or size < HEADER.size + apps * INDEX.itemsize:
        raise ValueError("incomplete")
    index = np.frombuffer(data, dtype=INDEX, count=apps, offset=HEADER.size)
    return Snapshot(taken_ms, build_ms, _MappedAudiences(data, index))


class Reader:
    """The newest snapshot of a directory, for all threads of a process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._seen: tuple[int, int, int] | None = None
        self._snapshot: Snapshot | None = None

    def current(self) -> Snapshot | None:
        with self._lock:
            now = time.monotonic()
            if self._looked is None or now - self._looked >= RECHECK:
                self._look()
                self._looked = now
            return self._snapshot

    def _look(self) -> None:
        seen = None
        try:
            found = os.stat(self.path)
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            if seen == self._seen:
                return
            self._snapshot, self._seen = read(self.path), seen
        except FileNotFoundError:
            self._snapshot, self._seen = None, None
        except (OSError, ValueError) as problem:
            # What is mapped stays good; the next file will be looked at again.
            logger.warning("The snapshot file cannot be used (%s); waiting for the next one.", problem)
            self._seen = seen


_readers: dict[Path, Reader] = {}
_readers_lock = threading.Lock()


def current(directory: Path) -> Snapshot | None:
    """The newest published snapshot, None while there is none. Looks for a newer one a few times a second; a
    file that cannot be used is logged once, and what was current stays so.
    """
    reader = _readers.get(directory)
    if reader is None:
        with _readers_lock:
            reader = _readers.setdefault(directory, Reader(directory / NAME))
    return reader.current()


class _MappedAudiences(Mapping[int, Audience]):
    """Arrays are looked up when an app is asked for; nothing is copied."""

    def __init__(self, data: memoryview, index: NDArray[np.void]) -> None:
        self._data = data
        self._index = {
            app_id: (offset, Sizes(*sizes), kinds.tolist())
            for app_id, offset, *sizes, kinds in index.tolist()
        }
        self._made: dict[int, Audience] = {}
        for offset, sizes, kinds in self._index.values():
            if offset < 0 or min(sizes) < 0 or offset + length(sizes, kinds) > len(data):
                raise ValueError("incomplete")

    def __getitem__(self, app_id: int) -> Audience:
        made = self._made.get(app_id)
        if made is None:
            made = self._made.setdefault(app_id, mapped(self._data, *self._index[app_id]))
        return made

    def __contains__(self, app_id: object) -> bool:
        return app_id in self._index

    def __iter__(self) -> Iterator[int]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)


def _pieces(snapshot: Snapshot) -> Iterator[bytes | memoryview]:
    index, offset = [], padded(HEADER.size + len(snapshot.audiences) * INDEX.itemsize)
    for app_id, audience in snapshot.audiences.items():
        sizes, kinds = Sizes.of(audience), kinds_of(audience)
        index.append((app_id, offset, *sizes, kinds))
        offset += length(sizes, kinds)
    head = HEADER.pack(MAGIC, VERSION, len(index), offset, snapshot.taken_ms, snapshot.build_ms)
    head += np.array(index, dtype=INDEX).tobytes()
    yield head + bytes(-len(head) % ALIGNMENT)
    for audience in snapshot.audiences.values():
        for array, shape in zip(arrays_of(audience), shapes(Sizes.of(audience)), strict=True):
            if array.shape != shape:
                raise ValueError("an array of the snapshot has another shape than the file gives it")
            yield np.ascontiguousarray(array).data
            yield bytes(-array.nbytes % ALIGNMENT)


def _remove_abandoned(directory: Path) -> None:
    for path in directory.glob(f".{NAME}.*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > ABANDONED:
                path.unlink()
