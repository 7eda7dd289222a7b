"""Builds small geolocation databases, so that a test decides which network is where."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]

BUILT_S = 1_780_272_000  # 2026-06-01 00:00 UTC


class Spot(NamedTuple):
    latitude: float
    longitude: float
    country: str = ""
    region: str = ""
    city: str = ""
    accuracy_km: int | None = None


LONDON = Spot(51.5074, -0.1278, "GB", "England", "London")
PARIS = Spot(48.8566, 2.3522, "FR", "Île-de-France", "Paris")
TOKYO = Spot(35.6762, 139.6503, "JP", "Tokyo", "Tokyo")
SAO_PAULO = Spot(-23.5505, -46.6333, "BR", "São Paulo", "São Paulo")


def write_mmdb(path: Path, spots: Mapping[str, Spot], built_s: int = BUILT_S) -> Path:
    """A database of MaxMind's shape: {"127.0.1.0/24": LONDON, …}, networks of either version.

    Use it with override_settings(GEOIP_PATH=str(path)), and GEOIP_ALLOW_PRIVATE=True where the networks are
    not public.
    """
    return write_records(path, {network: nested(spot) for network, spot in spots.items()}, built_s=built_s)


def write_records(
    path: Path,
    records: Mapping[str, Any],
    built_s: int = BUILT_S,
    ip_version: int = 6,
    database_type: str = "DBIP-City-Lite",
) -> Path:
    """A database of any records, as they are."""
    writer = _DatedWriter(built_s, ip_version, database_type)
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer.to_db_file(str(path))
    return path


def nested(spot: Spot) -> dict[str, Any]:
    location: dict[str, Any] = {"latitude": spot.latitude, "longitude": spot.longitude}
    if spot.accuracy_km is not None:
        location["accuracy_radius"] = spot.accuracy_km
    return {
        "location": location,
        "country": {"iso_code": spot.country, "names": {"en": "any", "de": "egal"}},
        "subdivisions": [{"names": {"en": spot.region}}],
        "city": {"names": {"en": spot.city, "de": "egal"}},
    }


def flat(spot: Spot) -> dict[str, Any]:
    return {
        "latitude": spot.latitude,
        "longitude": spot.longitude,
        "country_code": spot.country,
        "state1": spot.region,
        "state2": "",
        "city": spot.city,
        "postcode": "",
        "timezone": "",
    }


class _DatedWriter(MMDBWriter):
    """The package stamps the time of the run; a test's database has a fixed age."""

    def __init__(self, built_s: int, ip_version: int, database_type: str) -> None:
        super().__init__(
            ip_version,
            database_type,
            languages=["en"],
            description="made for a test",
            ipv4_compatible=ip_version == 6,
        )
        self._built_s = built_s

    def _build_meta(self) -> dict[str, Any]:
        return {**super()._build_meta(), "build_epoch": self._built_s}
