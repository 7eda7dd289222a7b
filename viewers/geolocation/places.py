"""Where an address is, or a position that a client gave."""

import math
from typing import Any, NamedTuple

from django.conf import settings

from viewers.clustering import mercator
from viewers.geolocation import addresses, geoip_files

# Columns that hold region and city are this long.
LONGEST_NAME = 100
# Databases give four digits; the fifth (a metre) drops the noise of those that store single precision.
DIGITS = 5
# Half the way around the globe.
FARTHEST_KM = 20_038


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
    databases = geoip_files.current()
    if not databases.paths or ip is None:
        return None
    address = addresses.parse(ip)
    if address is None or not (
        addresses.is_public(address) or getattr(settings, "GEOIP_ALLOW_PRIVATE", False)
    ):
        return None
    return _look_up(databases, address)


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
    latitude, longitude = _degrees(source.get("latitude"), 90), _degrees(source.get("longitude"), 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    names = _nested_names(record) if nested else _flat_names(record)
    code = mercator.place_code(latitude, longitude)
    return Place(latitude, longitude, _accuracy(source.get("accuracy_radius")), *names, code)


def _look_up(databases: geoip_files.Databases, address: addresses.Address) -> Place | None:
    remembered = databases.remembered[address.version]
    known = remembered.find(int(address))
    if known is not None:
        place: Place | None = known[0]
        return place
    place, longest = None, 0
    for record, length in databases.records(address):
        longest = max(longest, length)
        if place := place_of_record(record):
            break
    remembered.keep(int(address), longest, place)
    return place


def _nested_names(record: dict[str, Any]) -> tuple[str, str, str]:
    subdivisions = record.get("subdivisions")
    region = subdivisions[0] if isinstance(subdivisions, list) and subdivisions else None
    country = record.get("country")
    code = country.get("iso_code") if isinstance(country, dict) else None
    return _country(code), _english(region), _english(record.get("city"))


def _flat_names(record: dict[str, Any]) -> tuple[str, str, str]:
    return _country(record.get("country_code")), _name(record.get("state1")), _name(record.get("city"))


def _english(thing: object) -> str:
    names = thing.get("names") if isinstance(thing, dict) else None
    return _name(names.get("en")) if isinstance(names, dict) else ""


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
