"""The REST API's event: one decoded JSON object into an Event. No Django.

Unknown fields are ignored, so that a sender may carry its own; null is the same as absent.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isfinite
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any

from ingest.events import (
    EVENT_TYPES,
    MAX_BANDWIDTH,
    MAX_BYTES,
    MAX_KEY_LENGTH,
    MAX_PLAYER_LENGTH,
    MAX_USER_AGENT_LENGTH,
    Event,
)

# The first fields of an Event: type, connection, stream.
REQUIRED = 3
MAX_NAME_LENGTH = 64
MAX_PROTOCOL_LENGTH = 16
MAX_HEALTH = 100
# Times beyond this are far outside of what record() believes, and still fit every column.
MAX_MS = 2**53
MAX_TIME_LENGTH = 40
# The standard library alone would take bare dates, weeks, any separator and a NUL at the end.
_ISO = re.compile(
    r"\d{4}-?\d\d-?\d\d[T ]\d\d:?\d\d(?::?\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TYPES = frozenset(EVENT_TYPES)
_MAPPED = "::ffff:"


def parse_event(raw: Any) -> Event:
    """Raises ValueError; its message names the field and what to send, and never quotes the value."""
    if not isinstance(raw, dict):
        raise ValueError("an event must be a JSON object")
    values = _DEFAULTS.copy()
    key = ""
    try:
        for key, value in raw.items():
            if value is not None and key in _FIELDS:
                position, read = _FIELDS[key]
                values[position] = read(value)
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None
    event = Event(*values)
    if "" in values[:REQUIRED]:
        missing = [key for key in _READERS if not values[_FIELDS[key][0]]]
        raise ValueError(f"{missing[0]} is required")
    if event.since is not None and event.at is not None and event.since > event.at:
        raise ValueError("since must not be later than at")
    return event


Reader = Callable[[Any], Any]


def _type(value: Any) -> str:
    # A list cannot be looked up in a set.
    if isinstance(value, str) and value in _TYPES:
        return value
    raise ValueError(f"must be one of {', '.join(EVENT_TYPES)}")


def _string(longest: int) -> Reader:
    def read(value: Any) -> str:
        # Nearly every string passes here.
        if type(value) is str and len(value) <= longest and value.isprintable():
            return value
        return _checked(value, longest)

    return read


def _checked(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    if len(value) > longest:
        raise ValueError(f"must have at most {longest} characters")
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in value):
        raise ValueError("must not hold control characters")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("must be Unicode text, without lone surrogates")
    # Not printable and still good: unassigned characters, and those that join emoji.
    return value


def read_protocol(value: Any) -> str:
    # A few letters become longer in lower case.
    return _checked(value.lower() if isinstance(value, str) else value, MAX_PROTOCOL_LENGTH)


def _key(value: Any) -> str:
    if type(value) is str and 0 < len(value) <= MAX_KEY_LENGTH and value.isprintable():
        return value
    if value == "":
        raise ValueError("must not be empty")
    return _checked(value, MAX_KEY_LENGTH)


def _user_agent(value: Any) -> str:
    # Browsers embedded in apps send more than anybody reads: the beginning tells.
    if isinstance(value, str):
        value = value[:MAX_USER_AGENT_LENGTH]
    return value if isinstance(value, str) and value.isprintable() else _checked(value, MAX_USER_AGENT_LENGTH)


def read_time(value: Any) -> int:
    """Milliseconds since the epoch. Any number is a time; record() judges whether it can be believed."""
    if isinstance(value, str):
        return _iso(value)
    return min(max(_number(value), 0), MAX_MS)


def _iso(value: str) -> int:
    if len(value) <= MAX_TIME_LENGTH and _ISO.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError:
            pass
        else:
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return (aware - _EPOCH) // _MILLISECOND
    raise ValueError("must be like 2026-01-31T12:00:00Z, or a number: milliseconds since 1970")


def amount_up_to(largest: int) -> Reader:
    def read(value: Any) -> int:
        number = value if type(value) is int else _number(value)
        if 0 <= number <= largest:
            return number
        raise ValueError(f"must be from 0 to {largest}")

    return read


def _number(value: Any) -> int:
    # JSON's true is a bool, which Python counts among the integers.
    if type(value) is int:
        return value
    if type(value) is float and isfinite(value):
        return round(value)
    raise ValueError("must be a finite number")


def canonical_ip(value: Any) -> str:
    """An address in its canonical form; IPv4 mapped into IPv6 is IPv4."""
    if isinstance(value, str):
        try:
            # C's parser is ten times faster than the ipaddress module, and strict about IPv4.
            if ":" not in value:
                inet_pton(AF_INET, value)
                return value
            address = inet_ntop(AF_INET6, inet_pton(AF_INET6, value))
        except (OSError, ValueError):
            pass
        else:
            return address[len(_MAPPED) :] if address.startswith(_MAPPED) and "." in address else address
    raise ValueError("must be one IPv4 or IPv6 address, without port")


def _position(value: Any) -> tuple[float, float]:
    if isinstance(value, list) and len(value) == 2:
        latitude, longitude = value
        if _is_degrees(latitude, 90) and _is_degrees(longitude, 180):
            return float(latitude), float(longitude)
    raise ValueError("must be [latitude, longitude] in degrees: -90 to 90, and -180 to 180")


def _is_degrees(value: Any, limit: int) -> bool:
    # Infinity fails the comparison, and so does NaN.
    return type(value) in (int, float) and -limit <= value <= limit


_READERS: dict[str, tuple[str, Reader]] = {
    "type": ("type", _type),
    "connectionId": ("connection_id", _key),
    "streamKey": ("stream_key", _key),
    "at": ("at", read_time),
    "since": ("since", read_time),
    "ip": ("ip", canonical_ip),
    "position": ("position", _position),
    "userAgent": ("user_agent", _user_agent),
    "player": ("player", _string(MAX_PLAYER_LENGTH)),
    "protocol": ("protocol", read_protocol),
    "outBandwidth": ("out_bandwidth", amount_up_to(MAX_BANDWIDTH)),
    "bytesOut": ("bytes_out", amount_up_to(MAX_BYTES)),
    "healthScore": ("health_score", amount_up_to(MAX_HEALTH)),
    "epoch": ("epoch", _string(MAX_NAME_LENGTH)),
    "reason": ("reason", _string(MAX_NAME_LENGTH)),
}
_FIELDS = {key: (Event.__struct_fields__.index(field), read) for key, (field, read) in _READERS.items()}
_DEFAULTS: list[Any] = [*[""] * REQUIRED, *Event.__struct_defaults__]
