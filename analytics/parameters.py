"""Windows of time as query parameters. Unknown ones are ignored; a value that cannot be meant is a 400."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

MAX_DAYS = 400
DEFAULT_DAYS = 30

# What a window's start and end are called by the RealtimeKit API.
REALTIMEKIT = ("start_time", "end_time")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# 9999-12-31, the last day that has a name in four digits.
LAST_S = 253_402_214_400
MILLISECOND = timedelta(milliseconds=1)

# An offset's plus that was not percent-encoded arrives as a space.
MOMENT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](?P<clock>\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)"
    r"(?: ?(?P<utc>[Zz])| ?(?P<sign>[ +-])(?P<offset>\d\d(?::?\d\d)?))?)?",
    re.ASCII,
)
ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}", re.ASCII)

SAY = "Send ISO 8601 such as 2026-01-31T18:00:00Z, a date, or whole Unix seconds."


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open, in ms since the epoch. A start of None is the beginning, an end of None is now."""

    start_ms: int | None
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class Days:
    """Half-open, in ms since the epoch, of at most ``MAX_DAYS`` calendar days of ``zone``."""

    start_ms: int
    end_ms: int
    zone: ZoneInfo


def window(given: QueryDict, names: tuple[str, str] = REALTIMEKIT) -> Window:
    """What the parameters of these names ask for. Raises ValidationError."""
    return _window(given, names, _zone(given))


def days(given: QueryDict, now: int, names: tuple[str, str] = REALTIMEKIT) -> Days:
    """The same for an answer by days: it ends at ``now`` (ms) at the latest. Raises ValidationError.

    Without a start it holds ``DEFAULT_DAYS`` days, the last of them included.
    """
    zone = _zone(given)
    asked = _window(given, names, zone)
    end = now if asked.end_ms is None else min(asked.end_ms, now)
    if asked.start_ms is None:
        start = _midnight(_last_day(end, zone) - timedelta(days=DEFAULT_DAYS - 1), zone)
    else:
        start = min(asked.start_ms, end)
    if (_last_day(end, zone) - _day(start, zone)).days >= MAX_DAYS:
        raise ValidationError(f"An answer holds at most {MAX_DAYS} days: ask for them in parts.")
    return Days(start, end, zone)


def one(given: QueryDict, name: str) -> str | None:
    """A parameter's value, without blanks around it. Raises ValidationError where it is given twice."""
    values = given.getlist(name)
    if len(values) > 1:
        raise ValidationError(f"{name} is given {len(values)} times: send it once.")
    return values[0].strip() if values else None


def whole(given: QueryDict, name: str, least: int, most: int, default: int) -> int:
    """Raises ValidationError for what is no whole number of the range."""
    value = one(given, name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
        raise ValidationError(f"{name} must be a whole number from {least} to {most}.")
    return int(value)


def _window(given: QueryDict, names: tuple[str, str], zone: ZoneInfo) -> Window:
    if one(given, "filters"):
        raise ValidationError("filters is not supported: leave it out.")
    start, end = (_moment(given, name, zone) for name in names)
    if start is not None and end is not None and end < start:
        raise ValidationError(f"{names[1]} must not be before {names[0]}.")
    if start is not None and start == end and all(_is_date(given, name) for name in names):
        raise ValidationError(
            f"A date means its beginning: for that whole day, let {names[1]} be the day after."
        )
    return Window(start, end)


def _moment(given: QueryDict, name: str, zone: ZoneInfo) -> int | None:
    value = one(given, name)
    if value is None:
        return None
    seconds = _unix_seconds(name, value)
    if seconds is not None:
        return seconds * 1000
    match = MOMENT.fullmatch(value)
    if match is None:
        raise ValidationError(f"{name} cannot be read. {SAY}")
    try:
        at = (_instant(match, zone) - EPOCH) // MILLISECOND
    except ValueError:
        raise ValidationError(f"{name} is no moment of the calendar. {SAY}") from None
    if not 0 <= at <= LAST_S * 1000:
        raise ValidationError(f"{name} must lie between 1970-01-01 and 9999-12-31.")
    return at


def _unix_seconds(name: str, value: str) -> int | None:
    """None when the value is no number at all. Raises ValidationError for numbers that are no Unix time."""
    try:
        number = float(value)
    except ValueError:
        return None
    if not (value.isascii() and value.isdigit()):
        raise ValidationError(f"{name} must be in whole seconds. {SAY}")
    if number > LAST_S:
        hint = " This looks like milliseconds." if number / 1000 <= LAST_S else ""
        raise ValidationError(f"{name} is too large: Unix time is expected in seconds.{hint}")
    return int(value)


def _instant(match: re.Match[str], zone: ZoneInfo) -> datetime:
    """Raises ValueError for a month 13, an hour 24, an offset of a whole day."""
    local = datetime.fromisoformat(f"{match['date']}T{match['clock'] or '00:00'}")
    if match["offset"]:
        sign = "-" if match["sign"] == "-" else "+"
        return datetime.fromisoformat(f"{local.isoformat()}{sign}{match['offset']}")
    return local.replace(tzinfo=UTC if match["utc"] else zone)


def _is_date(given: QueryDict, name: str) -> bool:
    match = MOMENT.fullmatch(one(given, name) or "")
    return match is not None and match["clock"] is None


def _zone(given: QueryDict) -> ZoneInfo:
    name = one(given, "timezone") or "UTC"
    try:
        if not ZONE_NAME.fullmatch(name):
            raise ZoneInfoNotFoundError(name)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # A folder of zones, such as Europe, is an OSError; a file that holds none a ValueError.
        raise ValidationError("timezone must be an IANA name such as Europe/Warsaw.") from None


def _day(at: int, zone: ZoneInfo) -> date:
    return (EPOCH + at * MILLISECOND).astimezone(zone).date()


def _last_day(end: int, zone: ZoneInfo) -> date:
    """The day that a window ending at ``end`` reaches into: at a midnight, the day before."""
    return _day(max(end - 1, 0), zone)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return (datetime(day.year, day.month, day.day, tzinfo=zone) - EPOCH) // MILLISECOND
