"""A request's body into events: decompressed within bounds, decoded, each event checked. No Django."""

import json
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, NoReturn

from ingest.adapters.rest import parse_event
from ingest.events import Event

MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_EVENTS = 10_000
# A batch of full-length user agents has half of these. The list decoded from a body of nothing but commas
# and brackets would take thirty times the memory of the body.
MAX_COMMAS = 500_000

JSON_TYPE = "application/json"
NDJSON_TYPE = "application/x-ndjson"
ACCEPTED = f"Send {JSON_TYPE} or {NDJSON_TYPE}, in UTF-8, plain or with Content-Encoding: gzip."


class BodyError(ValueError):
    """The body cannot be read; the message says what to send. ``status`` is the HTTP status it deserves."""

    status = 400


class BodyTooLarge(BodyError):
    status = 413


class UnsupportedBody(BodyError):
    status = 415


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
    plain = decompress(body, content_encoding)
    if plain.count(b",") > MAX_COMMAS:
        raise BodyTooLarge(_too_many())
    return check(_lines(plain) if media_type == NDJSON_TYPE else _array(plain))


def accepted_type(content_type: str) -> str:
    """The media type, lower case. Raises UnsupportedBody unless it is one of ours, in UTF-8."""
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if media_type not in (JSON_TYPE, NDJSON_TYPE):
        raise UnsupportedBody(f"This Content-Type is not read here. {ACCEPTED}")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8", "us-ascii"):
            raise UnsupportedBody(f"This charset is not read here. {ACCEPTED}")
    return media_type


def decompress(body: bytes, content_encoding: str, limit: int = MAX_BODY_BYTES) -> bytes:
    """The body without its Content-Encoding, never more than ``limit`` bytes of it in memory."""
    encoding = content_encoding.strip().lower()
    if len(body) > limit:
        raise BodyTooLarge(_too_large(limit))
    if encoding in ("", "identity") or not body:
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise UnsupportedBody(f"This Content-Encoding is not read here. {ACCEPTED}")
    return b"".join(_gunzipped(body, limit))


def _gunzipped(body: bytes, limit: int) -> Iterator[bytes]:
    """The members of a gzip stream: it may hold several, one after the other."""
    left = limit
    while body:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            plain = unpacker.decompress(body, left + 1)
        except zlib.error:
            raise BodyError("The body is not valid gzip: repair it, or send it plain.") from None
        # Every member costs time, however little it holds.
        left -= max(len(plain), 1024)
        if left < 0:
            raise BodyTooLarge(_too_large(limit))
        if not unpacker.eof:
            raise BodyError("The gzip body ends too early: send it again, whole.")
        yield plain
        # Zero bytes after the last member are padding.
        body = unpacker.unused_data.lstrip(b"\0")


def check(items: Iterable[Any]) -> Batch:
    """Each item's event or the reason why it is none. Raises BodyError when there is no good one."""
    events: list[Event] = []
    rejected: list[Rejected] = []
    for index, item in enumerate(items):
        if index == MAX_EVENTS:
            raise BodyTooLarge(_too_many())
        try:
            events.append(parse_event(item))
        except ValueError as error:
            rejected.append(Rejected(index, str(error)))
    if not events:
        raise BodyError(_nothing_good(rejected))
    return Batch(events, rejected)


def _array(plain: bytes) -> list[Any]:
    found = _decoded(_text(plain))
    if isinstance(found, dict):
        found = found.get("events", found)
    if not isinstance(found, list):
        raise BodyError('The body must be a JSON array of events, or {"events": [...]}.')
    if len(found) > MAX_EVENTS:
        raise BodyTooLarge(_too_many())
    return found


def _lines(plain: bytes) -> Iterator[Any]:
    """One decoded event per line; a line that cannot be decoded is a ValueError in its place."""
    for line in _text(plain).split("\n"):
        if line and not line.isspace():
            try:
                yield _decoded(line)
            except BodyError as error:
                yield error


def _text(plain: bytes) -> str:
    try:
        return plain.removeprefix(BOM_UTF8).decode()
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


def _too_large(limit: int) -> str:
    return f"The body is larger than {limit // 1024**2} MiB: send it in parts."


def _too_many() -> str:
    return f"A body holds at most {MAX_EVENTS:,} events: send them in parts."
