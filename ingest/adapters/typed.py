"""The REST API's event straight from its JSON: the fast way for what is plainly good. No Django.

It reads a part of what ``ingest.adapters.rest`` reads, and reads it alike; of the rest it says nothing.
"""

from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from ingest.adapters.rest import (
    MAX_HEALTH,
    MAX_MS,
    MAX_NAME_LENGTH,
    MAX_PROTOCOL_LENGTH,
    amount_up_to,
    canonical_ip,
    read_protocol,
    read_time,
)
from ingest.events import (
    MAX_BANDWIDTH,
    MAX_BYTES,
    MAX_KEY_LENGTH,
    MAX_PLAYER_LENGTH,
    MAX_USER_AGENT_LENGTH,
    Event,
    EventType,
)

Key = Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)]
Name = Annotated[str, Meta(max_length=MAX_NAME_LENGTH)] | None
# A number too large for a float is refused, so what is read is finite.
Time = Annotated[int, Meta(ge=0, le=MAX_MS)] | float | str | None
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class Sent(Struct, frozen=True, gc=False, rename="camel"):
    """An event as it was sent. Of a doubled key the last counts, and unknown ones are passed over."""

    type: EventType
    connection_id: Key
    stream_key: Key
    at: Time = None
    since: Time = None
    ip: str | None = None
    position: tuple[Latitude, Longitude] | None = None
    user_agent: str | None = None
    player: Annotated[str, Meta(max_length=MAX_PLAYER_LENGTH)] | None = None
    protocol: Annotated[str, Meta(max_length=MAX_PROTOCOL_LENGTH)] | None = None
    out_bandwidth: Annotated[int, Meta(ge=0, le=MAX_BANDWIDTH)] | float | None = None
    bytes_out: Annotated[int, Meta(ge=0, le=MAX_BYTES)] | float | None = None
    health_score: Annotated[int, Meta(ge=0, le=MAX_HEALTH)] | float | None = None
    epoch: Name = None
    reason: Name = None


_decode = Decoder(Sent).decode
# Nearly always the same few.
_protocol = lru_cache(maxsize=64)(read_protocol)
_bandwidth, _bytes, _health = map(amount_up_to, (MAX_BANDWIDTH, MAX_BYTES, MAX_HEALTH))


def typed_event(item: str | Raw) -> Event:
    """The event of one JSON text, as ``parse_event`` makes it of the decoded text.

    The text is UTF-8, and its strings are known to hold no control characters. Raises MsgspecError,
    RecursionError or ValueError for what ``parse_event`` is to judge.
    """
    sent = _decode(item)
    # Nearly every number is an integer, which needs nothing more.
    at, since = sent.at, sent.since
    if at is not None and type(at) is not int:
        at = read_time(at)
    if since is not None:
        since = read_time(since)
        if at is not None and since > at:
            raise ValueError("since is later than at")
    bandwidth, sent_bytes, health = sent.out_bandwidth, sent.bytes_out, sent.health_score
    return Event(
        type=sent.type,
        connection_id=sent.connection_id,
        stream_key=sent.stream_key,
        at=at,
        since=since,
        ip=None if sent.ip is None else canonical_ip(sent.ip),
        position=sent.position,
        user_agent=(sent.user_agent or "")[:MAX_USER_AGENT_LENGTH],
        player=sent.player or "",
        protocol=_protocol(sent.protocol) if sent.protocol else "",
        out_bandwidth=_bandwidth(bandwidth) if isinstance(bandwidth, float) else bandwidth,
        bytes_out=_bytes(sent_bytes) if isinstance(sent_bytes, float) else sent_bytes,
        health_score=_health(health) if isinstance(health, float) else health,
        epoch=sent.epoch or "",
        reason=sent.reason or "",
    )


def printable_event(item: str | Raw) -> Event:
    """The same, of strings that are not known: what cannot be printed may be a control character."""
    event = typed_event(item)
    names = f"{event.connection_id}{event.stream_key}{event.player}{event.epoch}{event.reason}"
    if f"{names}{event.user_agent}{event.protocol}".isprintable():
        return event
    raise ValueError("not printable")
