"""A request's body as bytes: what may be sent, and its decompression within bounds. No Django."""

import zlib
from collections.abc import Iterator

MAX_BODY_BYTES = 8 * 1024 * 1024
# What a member of a gzip stream counts for at least.
LEAST_CHARGE = 1024
# A body is unpacked by so much at a time: what follows a member is copied, and it may have thousands of them.
PIECE_BYTES = 64 * 1024

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
    left, place = limit, 0
    too_large = _too_large(limit)
    while place < len(body):
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        # Every member costs time, however little it holds.
        least = left - LEAST_CHARGE
        while not unpacker.eof:
            plain, used = _unpacked(unpacker, body[place : place + PIECE_BYTES], left + 1)
            left, place = left - len(plain), place + used
            if left < 0:
                raise BodyTooLarge(too_large)
            yield plain
        left = min(left, least)
        if left < 0:
            raise BodyTooLarge(too_large)
        # Zero bytes after the last member are padding.
        while (piece := body[place : place + PIECE_BYTES]) and piece[0] == 0:
            place += len(piece) - len(piece.lstrip(b"\0"))


def _unpacked(unpacker: "zlib._Decompress", packed: bytes, longest: int) -> tuple[bytes, int]:
    """What these bytes hold of a member, and how many of them belong to it."""
    if not packed:
        raise BodyError("The gzip body ends too early: send it again, whole.")
    try:
        plain = unpacker.decompress(packed, longest)
    except zlib.error:
        raise BodyError("The body is not valid gzip: repair it, or send it plain.") from None
    return plain, len(packed) - len(unpacker.unused_data)


def _too_large(limit: int) -> str:
    return f"The body is larger than {limit // 1024**2} MiB: send it in parts."
