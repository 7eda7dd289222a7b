"""Events into runs: one batch, folded per connection. No database."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from ingest.events import NEWEST_MS, OLDEST_MS, Event
from viewers.sessions.runs import Run, joined


def connection_key(secret: bytes, source_id: int, epoch: str, connection_id: str, stream_key: str) -> bytes:
    """A connection's 16-byte id: computed, so that every event finds its row by itself.

    The source, not the token, is part of it: tokens rotate. Keys hold no NUL, which separates them. An epoch
    may hold the viewer's address, so the hash is keyed: who has the database alone cannot find it by trying.
    """
    key = f"{source_id}\0{epoch}\0{connection_id}\0{stream_key}"
    return blake2b(key.encode(), digest_size=16, key=secret).digest()


class Sender(NamedTuple):
    """What folding needs to know of a source. ``silence_ms`` is its T."""

    source_id: int
    silence_ms: int
    secret: bytes


def fold(events: Iterable[Event], sender: Sender, now: int, oldest_start: int) -> list[Run]:
    """The runs that one sender's events make, sorted by connection and time.

    Nothing begins before ``oldest_start`` (ms).
    """
    source_id, silence_ms, secret = sender
    by_connection: dict[bytes, list[Run]] = {}
    for event in events:
        key = connection_key(secret, source_id, event.epoch, event.connection_id, event.stream_key)
        run = _run(event, key, now, oldest_start)
        if (others := by_connection.get(key)) is None:
            by_connection[key] = [run]
        else:
            others.append(run)
    runs: list[Run] = []
    for key in sorted(by_connection):
        runs += joined(by_connection[key], silence_ms) if len(by_connection[key]) > 1 else by_connection[key]
    return runs


def _run(event: Event, key: bytes, now: int, oldest_start: int) -> Run:
    at = now if event.at is None else event.at
    skewed = not now - OLDEST_MS <= at <= now + NEWEST_MS
    if skewed:
        at = now
    started = at if event.since is None else max(min(event.since, at), oldest_start)
    action = event.type.rpartition(".")[2]
    bandwidth, health = event.out_bandwidth, event.health_score
    return Run(
        id=key,
        connection_id=event.connection_id,
        stream_key=event.stream_key,
        started=started,
        last=started if action == "stop" else at,
        stop=at if action == "stop" else None,
        protocol=event.protocol,
        player=event.player,
        user_agent=event.user_agent,
        ip=event.ip,
        position=event.position,
        bytes_out=event.bytes_out,
        bandwidth=bandwidth,
        bandwidth_at=None if bandwidth is None else at,
        health=health,
        health_at=None if health is None else at,
        worst_health=health,
        skewed=skewed,
        announced=action == "start",
    )
