"""How good the geolocation data in use is: for the system check, the doctor, the command and the map page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from pathlib import Path

from viewers.geolocation import addresses, geoip_files
from viewers.geolocation.geoip_files import Databases
from viewers.geolocation.places import place_of_record

ATTRIBUTION_URL = "https://db-ip.com"
ATTRIBUTION_TEXT = "IP Geolocation by DB-IP"
# The wording and the link that the licence of DB-IP's free data asks for.
ATTRIBUTION_HTML = f'<a href="{ATTRIBUTION_URL}">{ATTRIBUTION_TEXT}</a>'

OLD_DAYS = 90
DAY_MS = 86_400_000
HOW_TO_UPDATE = "Run `manage.py geoip --update dbip` (or `npm`, or a file's path)."

# Random IPv6 addresses are nearly all unassigned. These are networks of large access providers.
_BUSY_V6 = [
    IPv6Network(network)
    for network in (
        "2001:16b8::/32",
        "2003:c0::/28",
        "2400:4050::/30",
        "2402:800::/32",
        "2403:6200::/32",
        "2406:3003::/32",
        "2408:8200::/28",
        "2409:4000::/28",
        "240e:300::/28",
        "2600:1700::/28",
        "2601::/28",
        "2604:2d80::/32",
        "2607:fb90::/32",
        "2800:a4::/32",
        "2804:14c::/32",
        "2806:100::/28",
        "2a00:23c0::/28",
        "2a01:e00::/28",
        "2a02:810::/28",
        "2a02:c7c::/30",
        "2c0f:f248::/32",
    )
]


@dataclass(frozen=True)
class Coverage:
    """Shares (0 to 1) of a fixed sample of public addresses that have a place."""

    v4: float
    v6: float

    def __str__(self) -> str:
        return f"IPv4 {self.v4:.0%}, IPv6 {self.v6:.0%}"


@dataclass(frozen=True)
class Status:
    """`ok` is False where data is missing or older than OLD_DAYS; `message` then says what to do.

    `source` is GEOIP_PATH, installed, package or none. `build_ms` and `age_days` are of the oldest file.
    """

    ok: bool
    message: str
    paths: tuple[Path, ...]
    source: str
    database_type: str
    build_ms: int | None
    age_days: int | None
    coverage: Coverage | None


def status(now_ms: int) -> Status:
    """State of the files in use now. The first call for a set takes a tenth of a second: it samples them."""
    loaded = geoip_files.loaded()
    databases = loaded.databases
    build_ms = databases.build_ms
    if build_ms is None:
        why = loaded.problem or "there is no geolocation database"
        message = f"Viewers cannot be placed on the map: {why}. {HOW_TO_UPDATE}"
        return Status(False, message, (), loaded.source, "", None, None, None)
    age_days = max(0, (now_ms - build_ms) // DAY_MS)
    message = _message(loaded.problem, age_days)
    return Status(
        not message,
        message or f"The geolocation data is {age_days} days old.",
        databases.paths,
        loaded.source,
        databases.database_type,
        build_ms,
        age_days,
        coverage(databases),
    )


@lru_cache(maxsize=2)
def coverage(databases: Databases) -> Coverage:
    """How much of the sample these files place."""
    v4, v6 = sample()
    return Coverage(_share(databases, v4), _share(databases, v6))


@lru_cache(maxsize=1)
def sample() -> tuple[Sequence[IPv4Address], Sequence[IPv6Address]]:
    """Public addresses, the same ones always: IPv4 evenly over all space, IPv6 over busy networks."""
    # A multiplier coprime to 2^32 (Knuth's, of the golden ratio) visits the space evenly.
    spread = (IPv4Address(turn * 2_654_435_761 % (1 << 32)) for turn in range(1, 1000))
    v4 = [address for address in spread if addresses.is_public(address)]
    v6 = [
        network[turn * 2_654_435_761 % (1 << (64 - network.prefixlen)) << 64 | 1]
        for network in _BUSY_V6
        for turn in range(1, 11)
    ]
    return v4, v6


def places_anything(databases: Databases, first_records: int = 1000) -> bool:
    """Whether a sampled address, or one of the first records, has a place: not so in country and ASN data."""
    v4, v6 = sample()
    if _share(databases, v4[:100]) or _share(databases, v6):
        return True
    for reader in databases.readers:
        for _, (_, record) in zip(range(first_records), reader, strict=False):
            if place_of_record(record):
                return True
    return False


def _message(problem: str, age_days: int) -> str:
    if problem:
        return f"The geolocation data in use is not the one that was set up: {problem}. {HOW_TO_UPDATE}"
    if age_days > OLD_DAYS:
        return f"The geolocation data is {age_days} days old: places of viewers may be wrong. {HOW_TO_UPDATE}"
    return ""


def _share(databases: Databases, sampled: Sequence[addresses.Address]) -> float:
    placed = sum(1 for ip in sampled if any(place_of_record(record) for record, _ in databases.records(ip)))
    return placed / len(sampled)
