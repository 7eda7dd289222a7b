"""Where an address is, or a position that a client gave."""

import math
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address
from typing import Any, NamedTuple

from django.conf import settings

from viewers.clustering import mercator
from viewers.geolocation import addresses, geoip_files
from viewers.geolocation.networks import Unknown

# Columns that hold region and city are this long.
LONGEST_NAME = 100
# Databases give four digits; the fifth (a metre) drops the noise of those that store single precision.
DIGITS = 5
# Half the way around the globe.
FARTHEST_KM = 20_038
# Networks are many, the places that they are in far fewer: some 400 bytes each.
REMEMBERED = 32_768


class Place(NamedTuple):
    """Latitude and longitude in degrees; `accuracy_km` is a radius, None where the database gives none.

    `country` is ISO 3166-1 alpha-2. Country, region and city are empty where unknown. `code` is
    `mercator.place_code` of the position.
    """

    latitude: float
    longitude: float
    accuracy_km: int | None
    country: str
    region: str
    city: str
    code: int


def locate(ip: str | addresses.Address | None) -> Place | None:
    """Place of an address by the current database. Never raises.

    None for what is no address, for addresses that are not public (unless GEOIP_ALLOW_PRIVATE is set), and
    where the database has no coordinates or (0, 0), which is how databases write "unknown".
    """
    return locate_each([ip])[0]


def locate_each(ips: Iterable[str | addresses.Address | None]) -> list[Place | None]:
    """The same of many addresses, all by the database that is current now."""
    databases = geoip_files.current()
    if not databases.paths:
        return [None for _ in ips]
    private_too = bool(getattr(settings, "GEOIP_ALLOW_PRIVATE", False))
    return [None if ip is None else _locate(databases, ip, private_too) for ip in ips]


def _locate(databases: geoip_files.Databases, ip: str | addresses.Address, private_too: bool) -> Place | None:
    # Nearly all are written so, and need no object of their own where their network is remembered.
    number = addresses.v4_number(ip) if isinstance(ip, str) else None
    if number is not None:
        if not (private_too or addresses.is_public_v4(number)):
            return None
        known: Place | Unknown | None = databases.remembered[4].find(number)
        return _look_up(databases, IPv4Address(number)) if isinstance(known, Unknown) else known
    address = addresses.parse(ip)
    if address is None or not (private_too or addresses.is_public(address)):
        return None
    known = databases.remembered[address.version].find(int(address))
    return _look_up(databases, address) if isinstance(known, Unknown) else known


def locate_position(latitude: float, longitude: float) -> Place:
    """A client's own position, in degrees. Raises ValueError for NaN and for what is not on the globe."""
    if not (math.isfinite(latitude) and abs(latitude) <= 90):
        raise ValueError("latitude must be a number from -90 to 90")
    if not (math.isfinite(longitude) and abs(longitude) <= 180):
        raise ValueError("longitude must be a number from -180 to 180")
    code = mercator.place_code(latitude, longitude)
    return Place(float(latitude), float(longitude), None, "", "", "", code)


def place_of_record(record: object) -> Place | None:
    """Reads a database record of MaxMind's nested shape or of the flat one; None if it has no coordinates."""
    if not isinstance(record, dict):
        return None
    location = record.get("location")
    nested = isinstance(location, dict)
    source: dict[str, Any] = location if isinstance(location, dict) else record
    names = _nested_names(record) if nested else _flat_names(record)
    read = (source.get("latitude"), source.get("longitude"), source.get("accuracy_radius"), *names)
    try:
        return _place(*read)
    except TypeError:  # A list or a map, which no cache holds.
        return _place.__wrapped__(*read)


@lru_cache(maxsize=REMEMBERED, typed=True)
def _place(
    latitude: object, longitude: object, accuracy: object, country: object, region: object, city: object
) -> Place | None:
    """Of what a record says, as it says it."""
    north, east = _degrees(latitude, 90), _degrees(longitude, 180)
    if north is None or east is None or (north == 0 and east == 0):
        return None
    code = mercator.place_code(north, east)
    return Place(north, east, _accuracy(accuracy), _country(country), _name(region), _name(city), code)


def _look_up(databases: geoip_files.Databases, address: addresses.Address) -> Place | None:
    place, longest = None, 0
    for record, length in databases.records(address):
        longest = max(longest, length)
        if place := place_of_record(record):
            break
    databases.remembered[address.version].keep(int(address), longest, place)
    return place


def _nested_names(record: dict[str, Any]) -> tuple[object, object, object]:
    subdivisions = record.get("subdivisions")
    region = subdivisions[0] if isinstance(subdivisions, list) and subdivisions else None
    country = record.get("country")
    code = country.get("iso_code") if isinstance(country, dict) else None
    return code, _english(region), _english(record.get("city"))


def _flat_names(record: dict[str, Any]) -> tuple[object, object, object]:
    return record.get("country_code"), record.get("state1"), record.get("city")


def _english(thing: object) -> object:
    names = thing.get("names") if isinstance(thing, dict) else None
    return names.get("en") if isinstance(names, dict) else None


def _country(code: object) -> str:
    # ZZ is how some databases write "unknown".
    fits = (
        isinstance(code, str)
        and len(code) == 2
        and code.isascii()
        and code.isalpha()
        and code.upper() != "ZZ"
    )
    return str(code).upper() if fits else ""


def _name(text: object) -> str:
    if not isinstance(text, str):
        return ""
    # A NUL would be refused by PostgreSQL, and no control character belongs into a name.
    printable = text if text.isprintable() else "".join(filter(str.isprintable, text))
    return printable.strip()[:LONGEST_NAME]


def _degrees(value: object, limit: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # NaN fails the comparison, so it is turned away here as well.
    return round(float(value), DIGITS) if abs(value) <= limit else None


def _accuracy(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return math.ceil(value) if 0 < value <= FARTHEST_KM else None
