"""A request's body as bytes: what may be sent, and its decompression within bounds. No Django."""

import zlib
from collections.abc import Iterator

MAX_BODY_BYTES = 8 * 1024 * 1024

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
        raise BodyTooLarge(f"The body is larger than {limit // 1024**2} MiB: send it in parts.")
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
            raise BodyTooLarge(f"The body is larger than {limit // 1024**2} MiB: send it in parts.")
        if not unpacker.eof:
            raise BodyError("The gzip body ends too early: send it again, whole.")
        yield plain
        # Zero bytes after the last member are padding.
        body = unpacker.unused_data.lstrip(b"\0")
