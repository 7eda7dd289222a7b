"""A body's JSON into events, each read the fast way or the careful one, which are alike. No Django."""

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple, NoReturn

from msgspec import MsgspecError, Raw, Struct
from msgspec.json import Decoder

from ingest.adapters.rest import parse_event
from ingest.adapters.typed import printable_event, typed_event
from ingest.bodies import NDJSON_TYPE, BodyError, BodyTooLarge, accepted_type, decompress
from ingest.events import Event

MAX_EVENTS = 10_000
# A batch of full-length user agents has half of these. The list decoded from a body of nothing but commas
# and brackets would take thirty times the memory of the body.
MAX_COMMAS = 500_000
# Less than half of the digits (4,300) above which Python refuses an integer.
DIGITS = 2048


class Rejected(NamedTuple):
    """``event`` counts those of the body from 0; blank lines of NDJSON are not counted."""

    event: int
    message: str


class Batch(NamedTuple):
    events: list[Event]
    rejected: list[Rejected]


def parse_body(body: bytes, content_type: str, content_encoding: str = "") -> Batch:
    """The events of ``body``, and why the others are none. Raises BodyError when nothing can be read."""
    media_type = accepted_type(content_type)
    plain = decompress(body, content_encoding).removeprefix(BOM_UTF8)
    if plain.count(b",") > MAX_COMMAS:
        raise BodyTooLarge(_too_many())
    return parse_plain(plain, media_type, carefully=_may_hold_endless_number(plain))


def parse_plain(plain: bytes, media_type: str, carefully: bool) -> Batch:
    """The same of a body that is plain; ``carefully`` event by event, else only what is not plainly good.

    The outcome is the same, as long as no number has more digits than Python reads.
    """
    text = _text(plain)
    quick = typed_event if _is_printable(text) else printable_event
    read = _read_carefully if carefully else partial(_read, quick)
    if media_type == NDJSON_TYPE:
        return _check(_lines(text), read)
    items = None if carefully else _split(plain)
    return _check(_array(text), parse_event) if items is None else _check(items, read)


def _check(items: Iterable[Any], read: Callable[[Any], Event]) -> Batch:
    """Each item's event or the reason why it is none. Raises BodyError when there is no good one."""
    events: list[Event] = []
    rejected: list[Rejected] = []
    for index, item in enumerate(items):
        if index == MAX_EVENTS:
            raise BodyTooLarge(_too_many())
        try:
            events.append(read(item))
        except ValueError as error:
            rejected.append(Rejected(index, str(error)))
    if not events:
        raise BodyError(_nothing_good(rejected))
    return Batch(events, rejected)


class _Wrapped(Struct, gc=False):
    events: list[Raw]


_decode_items = Decoder(list[Raw] | _Wrapped).decode


def _split(plain: bytes) -> list[Raw] | None:
    """The JSON of each event; None leaves it to Python to read the body, or to say why it cannot."""
    try:
        found = _decode_items(plain)
    except (MsgspecError, RecursionError):
        return None
    items = found.events if isinstance(found, _Wrapped) else found
    if len(items) > MAX_EVENTS:
        raise BodyTooLarge(_too_many())
    return items


def _read(quick: Callable[[str | Raw], Event], item: str | Raw) -> Event:
    """The event of one JSON text. Raises ValueError."""
    try:
        return quick(item)
    except (MsgspecError, ValueError, RecursionError):
        return _read_carefully(item)


def _read_carefully(item: str | Raw) -> Event:
    return parse_event(_decoded(item if isinstance(item, str) else bytes(item).decode()))


def _is_printable(text: str) -> bool:
    """Whether no string in this JSON can hold a control character; JSON has those below a blank escaped."""
    return text.isascii() and "\\" not in text and "\x7f" not in text


def _may_hold_endless_number(plain: bytes) -> bool:
    """Whether digits fill a whole piece, as those of every integer do that Python refuses for its length."""
    pieces = range(0, len(plain) - DIGITS + 1, DIGITS)
    return any(plain[first : first + DIGITS].isdigit() for first in pieces)


def _array(text: str) -> list[Any]:
    found = _decoded(text)
    if isinstance(found, dict):
        found = found.get("events", found)
    if not isinstance(found, list):
        raise BodyError('The body must be a JSON array of events, or {"events": [...]}.')
    if len(found) > MAX_EVENTS:
        raise BodyTooLarge(_too_many())
    return found


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.split("\n") if line and not line.isspace())


def _text(plain: bytes) -> str:
    try:
        return plain.decode()
    except UnicodeDecodeError as error:
        raise BodyError(f"The body is not UTF-8 (byte {error.start}): encode it as UTF-8.") from None


def _decoded(text: str) -> Any:
    try:
        return _decode(text)
    except RecursionError:
        raise BodyError("The JSON is nested too deeply: an event is a flat object.") from None
    except json.JSONDecodeError as error:
        # The decoder's own words never quote the body.
        where = f"line {error.lineno}, column {error.colno}"
        raise BodyError(f"This is not valid JSON: {error.msg} ({where}).") from None
    except BodyError:
        raise
    except ValueError:
        # An integer of thousands of digits, which Python refuses to read.
        raise BodyError("This is not readable JSON: a number has too many digits.") from None


def _no_constant(name: str) -> NoReturn:
    raise BodyError(f"{name} is not JSON: leave the field out, or send null.")


_decode = json.JSONDecoder(parse_constant=_no_constant).decode


def _nothing_good(rejected: list[Rejected]) -> str:
    if not rejected:
        return "The body holds no events: send at least one."
    reasons = "; ".join(f"event {index}: {message}" for index, message in rejected[:3])
    return f"None of the {len(rejected)} events can be used: {reasons}"


def _too_many() -> str:
    return f"A body holds at most {MAX_EVENTS:,} events: send them in parts."
