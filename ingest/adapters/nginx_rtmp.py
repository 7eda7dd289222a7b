"""nginx-rtmp: its callbacks and its statistics page into Events. No Django.

A connection is its number, its address and the run of the server it belongs to: numbers begin at 1 again
after a restart. Callback and page name all three, so one player is one session, whoever tells of it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ingest.adapters.rest import canonical_ip
from ingest.events import MAX_KEY_LENGTH, MAX_PLAYER_LENGTH, Event, EventType
from ingest.players import player_of

PROTOCOL = "rtmp"
MAX_FIELDS = 64
# nginx asks before it lets these happen: no answer, or a bad one, ends the operator's stream.
EVENTS: dict[str, EventType] = {
    "play": "view.start",
    "update_play": "view.update",
    "play_done": "view.stop",
    "publish": "publish.start",
    "update_publish": "publish.update",
    "publish_done": "publish.stop",
}
# What nginx-rtmp itself calls itself, on the near and on the far side of a push or pull between servers.
RELAY_HERE = "ngx-local-relay"
RELAYS = (RELAY_HERE, "LNX.11,1,102,55")

_UPTIME = re.compile(rb"<uptime>(\d{1,12})</uptime>")
_NUMBER = re.compile(r"[0-9]{1,18}")


class StatusError(ValueError):
    """This is not nginx-rtmp's statistics page."""


class Client(NamedTuple):
    """One connection on the statistics page; ``age_ms`` since it connected, or since its stream began."""

    number: str
    address: str
    player: str
    stream_key: str
    publishing: bool
    age_ms: int
    bandwidth: int | None


class Status(NamedTuple):
    uptime_s: int
    clients: list[Client]


def first_values(form: bytes) -> dict[str, str]:
    """The fields of a callback. Of a repeated field the FIRST value counts: nginx writes its own before the
    client's query string, which follows unescaped and may repeat any of them.
    """
    fields: dict[str, str] = {}
    for pair in form.split(b"&", MAX_FIELDS)[:MAX_FIELDS]:
        name, _, value = pair.partition(b"=")
        fields.setdefault(_decoded(name), _decoded(value))
    return fields


def event_of(fields: dict[str, str], received_ms: int, epoch_ms: int | None) -> Event | None:
    """A callback's event; None where it tells of no viewer or publisher. Raises ValueError when it should."""
    kind = EVENTS.get(fields.get("call", ""))
    player = fields.get("flashver", "")
    # A pulled stream's publisher names no application here; the statistics page does.
    if kind is None or player == RELAY_HERE or (kind[0] == "v" and player in RELAYS):
        return None
    address, number = fields.get("addr", ""), fields.get("clientid", "")
    if not _NUMBER.fullmatch(number):
        raise ValueError("clientid must be a number")
    return _event(
        kind,
        Client(number, address, player, _key(fields.get("app", ""), fields.get("name", "")), False, 0, None),
        received_ms,
        _begun(fields.get("time", ""), received_ms, epoch_ms),
        epoch_ms,
    )


def events_of(status: Status, at: int, epoch_ms: int) -> Iterator[Event]:
    """A sign of life for every viewer and publisher on the page."""
    for client in status.clients:
        kind: EventType = "publish.update" if client.publishing else "view.update"
        yield _event(kind, client, at, at - client.age_ms, epoch_ms)


def uptime_of(page: bytes) -> int:
    """Seconds since the server began, from the first bytes of its statistics page."""
    if found := _UPTIME.search(page):
        return int(found[1])
    raise StatusError("The answer is not nginx-rtmp's statistics page: the location needs `rtmp_stat all;`.")


def parse_status(page: bytes) -> Status:
    """Raises StatusError."""
    uptime_s = uptime_of(page)
    try:
        root: Element = fromstring(page, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise StatusError("The statistics page is not readable XML.") from None
    return Status(uptime_s, list(_clients(root)))


def _clients(root: Element) -> Iterator[Client]:
    for application in root.iterfind("server/application"):
        app = application.findtext("name", "")
        for stream in (*application.iterfind("live/stream"), *application.iterfind("play/stream")):
            try:
                key = _key(app, stream.findtext("name", ""))
            except ValueError:
                continue
            bits = _number(stream.findtext("bw_video")) + _number(stream.findtext("bw_audio"))
            began = _number(stream.findtext("time"))
            for client in stream.iterfind("client"):
                if found := _client(client, key, began, bits // 8 or None):
                    yield found


def _client(element: Element, stream_key: str, began: int, bandwidth: int | None) -> Client | None:
    texts = {child.tag: child.text or "" for child in element}
    number, player = texts.get("id", ""), texts.get("flashver", "")
    publishing = "publishing" in texts
    if not _NUMBER.fullmatch(number) or (player in RELAYS and not publishing):
        return None
    # A connection may have played another stream before: it did not play this one before that began.
    ages = [age for age in (_number(texts.get("time")), began) if age]
    return Client(
        number,
        texts.get("address", ""),
        player,
        stream_key,
        publishing,
        min(ages, default=0),
        None if publishing else bandwidth,
    )


def _event(kind: EventType, client: Client, at: int, since: int | None, epoch_ms: int | None) -> Event:
    try:
        ip = canonical_ip(client.address)
    except ValueError:
        ip = None
    return Event(
        kind,
        client.number,
        client.stream_key,
        at=at,
        since=since,
        ip=ip,
        player=player_of(client.player) or client.player[:MAX_PLAYER_LENGTH],
        protocol=PROTOCOL,
        out_bandwidth=client.bandwidth,
        epoch=f"{epoch_ms or ''} {client.address}",
    )


def _begun(elapsed_s: str, received_ms: int, epoch_ms: int | None) -> int | None:
    """When it began, by its ``elapsed_s``: a difference of whole seconds, so up to one too many."""
    if not _NUMBER.fullmatch(elapsed_s):
        return None
    return max(received_ms - max(int(elapsed_s) - 1, 0) * 1000, min(epoch_ms or 0, received_ms))


def _key(application: str, name: str) -> str:
    key = f"{application}/{name}"
    if application and name and len(key) <= MAX_KEY_LENGTH:
        return key
    raise ValueError(f"application and stream name must have 1 to {MAX_KEY_LENGTH - 1} characters together")


def _number(text: str | None) -> int:
    return int(text) if text and _NUMBER.fullmatch(text) else 0


def _decoded(raw: bytes) -> str:
    """As the statistics page writes it: a blank for every byte outside printable ASCII."""
    plain = unquote_to_bytes(raw.replace(b"+", b" "))
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else " " for byte in plain)
