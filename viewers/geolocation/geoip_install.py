"""Installs a set of geolocation files under VAR_DIR/geoip, so that no reader ever sees half of one.

A set is prepared in a folder of its own, opened, tried and synced; its files are then renamed into place, and
last the pointer that names them. The set before it is kept: it is used when the new one cannot be opened.
"""

import fcntl
import gzip
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from viewers.geolocation import geoip, geoip_files

# DB-IP's city file is 130 MB, the largest commercial ones are near 500 MB.
LARGEST_FILE = 2 << 30
CHUNK = 1 << 20
INCOMING = ".incoming-"


class GeoipError(Exception):
    """Nothing was installed; the message says why, in words for the operator."""


class Fetch(Protocol):
    """Brings the files of one set into the folder it is given and returns them."""

    def __call__(self, folder: Path) -> Sequence[Path]: ...


def install(fetch: Fetch, now_ms: int) -> tuple[Path, ...]:
    """Fetches, tries and installs a set; returns its files. After a GeoipError nothing has changed."""
    home = geoip_files.geoip_dir()
    if home is None:
        raise GeoipError("VAR_DIR is not set: there is no place to install to.")
    home.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(home):
        _sweep(home)
        with tempfile.TemporaryDirectory(prefix=INCOMING, dir=home) as folder:
            fetched = list(fetch(Path(folder)))
            verify(fetched)
            installed = [home / f"{now_ms}-{index}.mmdb" for index in range(len(fetched))]
            for source, target in zip(fetched, installed, strict=True):
                _sync(source)
                os.replace(source, target)
        _point(home, [path.name for path in installed])
        _sweep(home)
    geoip_files.recheck()
    return tuple(installed)


def verify(paths: Sequence[Path]) -> None:
    """Opens the files and looks addresses up. Raises GeoipError for what is no usable city database."""
    try:
        databases = geoip_files.Databases(tuple(paths))
    except (OSError, ValueError) as error:
        raise GeoipError(f"This is no MaxMind DB file, or a damaged one ({type(error).__name__}).") from error
    try:
        usable = geoip.places_anything(databases)
    except ValueError as error:
        raise GeoipError("The file is damaged: some of its records cannot be read.") from error
    if not usable:
        raise GeoipError("The file gives no coordinates: a city database is needed, not countries or ASNs.")


def from_files(paths: Sequence[Path]) -> Fetch:
    """Copies .mmdb or .mmdb.gz files that are on this machine, one, or one for IPv4 and one for IPv6."""

    def fetch(folder: Path) -> Sequence[Path]:
        return [_copy(path, folder / f"{index}.mmdb") for index, path in enumerate(paths)]

    return fetch


def unpack(source: Path, target: Path) -> Path:
    """Decompresses a .gz file of bounded size."""
    try:
        with gzip.open(source, "rb") as packed:
            return write_bounded(packed, target)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise GeoipError(f"{source.name} is no gzip file, or a damaged one.") from error


def write_bounded(stream: IO[bytes] | gzip.GzipFile, target: Path, largest: int = LARGEST_FILE) -> Path:
    """Copies a stream to a file, and gives up past `largest` bytes."""
    written = 0
    with target.open("wb") as out:
        while chunk := stream.read(CHUNK):
            written += len(chunk)
            if written > largest:
                raise GeoipError(f"The file is larger than {largest >> 20} MiB.")
            out.write(chunk)
    return target


def _copy(path: Path, target: Path) -> Path:
    try:
        if path.suffix == ".gz":
            return unpack(path, target)
        with path.open("rb") as source:
            return write_bounded(source, target)
    except OSError as error:
        raise GeoipError(f"{path} cannot be read: {error.strerror or type(error).__name__}.") from error


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    with (home / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise GeoipError("Another update is under way.") from error
        yield


def _point(home: Path, names: list[str]) -> None:
    previous = geoip_files.read_pointer(home)["current"]
    temporary = home / f"{geoip_files.POINTER}.new"
    temporary.write_text(json.dumps({"current": names, "previous": previous}))
    _sync(temporary)
    os.replace(temporary, home / geoip_files.POINTER)
    _sync(home)


def _sweep(home: Path) -> None:
    """Removes sets older than the previous one, and what an interrupted update left."""
    pointer = geoip_files.read_pointer(home)
    kept = {*pointer["current"], *pointer["previous"]}
    for path in home.glob("*.mmdb"):
        if path.name not in kept:
            path.unlink(missing_ok=True)
    for folder in home.glob(f"{INCOMING}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
