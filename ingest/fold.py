"""Events by connection, and into heartbeats, newcomers or runs. No database."""

from collections.abc import Collection, Iterable
from hashlib import blake2b
from typing import NamedTuple

from ingest.events import NEWEST_MS, OLDEST_MS, Event, EventType
from ingest.players import player_of
from viewers.sessions.heartbeats import Heartbeats
from viewers.sessions.newcomers import Newcomers
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


class Signs:
    """One sender's events by connection, received at ``now``. Nothing begins before ``oldest_start`` (ms)."""

    def __init__(self, events: Iterable[Event], sender: Sender, now: int, oldest_start: int) -> None:
        self._silence_ms, self._now, self._oldest = sender.silence_ms, now, oldest_start
        first: dict[bytes, Event] = {}
        self._further: dict[bytes, list[Event]] = {}
        for event in events:
            key = connection_key(
                sender.secret, sender.source_id, event.epoch, event.connection_id, event.stream_key
            )
            if first.setdefault(key, event) is not event:
                self._further.setdefault(key, []).append(event)
        self._first = {key: first[key] for key in sorted(first)}

    def alone(self, kind: EventType) -> Heartbeats:
        """Of the connections that have one event, of this kind, whose clock is believed."""
        keys, events, at = self._single(kind)
        return Heartbeats(
            ids=keys,
            started=self._started(events, at),
            at=at,
            bytes_out=[event.bytes_out for event in events],
            bandwidth=[event.out_bandwidth for event in events],
            health=[event.health_score for event in events],
        )

    def newcomers(self) -> Newcomers:
        """Of the connections that have one event, their beginning, whose clock is believed."""
        keys, events, at = self._single("view.start")
        return Newcomers(
            ids=keys,
            started=self._started(events, at),
            at=at,
            connection_ids=[event.connection_id for event in events],
            stream_keys=[event.stream_key for event in events],
            protocols=[event.protocol for event in events],
            players=[event.player or player_of(event.user_agent) for event in events],
            user_agents=[event.user_agent for event in events],
            ips=[event.ip for event in events],
            positions=[event.position for event in events],
            bytes_out=[event.bytes_out for event in events],
            bandwidth=[event.out_bandwidth for event in events],
            health=[event.health_score for event in events],
        )

    def _single(self, kind: EventType) -> tuple[list[bytes], list[Event], list[int]]:
        """Keys, events, and when they happened."""
        now, further = self._now, self._further
        earliest, latest = now - OLDEST_MS, now + NEWEST_MS
        keys: list[bytes] = []
        events: list[Event] = []
        instants: list[int] = []
        for key, event in self._first.items():
            if event.type == kind:
                at = now if event.at is None else event.at
                if earliest <= at <= latest and key not in further:
                    keys.append(key)
                    events.append(event)
                    instants.append(at)
        return keys, events, instants

    def _started(self, events: Iterable[Event], instants: Iterable[int]) -> list[int]:
        oldest = self._oldest
        return [
            at if event.since is None else max(min(event.since, at), oldest)
            for event, at in zip(events, instants, strict=True)
        ]

    def runs(self, without: Collection[bytes] = ()) -> list[Run]:
        """The runs that the events make, sorted by connection and time, ``without`` some connections."""
        runs: list[Run] = []
        for key, event in self._first.items():
            if key in without:
                continue
            run = self._run(key, event)
            if further := self._further.get(key):
                runs += joined([run, *(self._run(key, each) for each in further)], self._silence_ms)
            else:
                runs.append(run)
        return runs

    def _run(self, key: bytes, event: Event) -> Run:
        at = self._now if event.at is None else event.at
        skewed = not self._now - OLDEST_MS <= at <= self._now + NEWEST_MS
        if skewed:
            at = self._now
        started = at if event.since is None else max(min(event.since, at), self._oldest)
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
            player=event.player or player_of(event.user_agent),
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
