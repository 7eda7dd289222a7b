"""Who joins, how it goes, and who leaves: a function of a seed and the time. No Django, no clock.

Streams go live and end, and their viewers with them; the others join and leave one by one, so that their
number stays near the one asked for. Some leave without a word, as phones do in tunnels.
"""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import accumulate
from random import Random
from typing import Any

from ingest.simulation.networks import NETWORKS
from ingest.simulation.players import PLAYERS

Report = dict[str, Any]

RAMP_MS = 15_000
STAY_MS = 8 * 60_000
# A stream is on air and off air for about this long; the most watched ones are always on.
ON_AIR_MS = 6 * 60_000
OFF_AIR_MS = 45_000
# Shares, in percent.
SILENT_LEAVERS = 15
WITHOUT_PLACE = 2
STEADY_STREAMS = 60

TITLES = (
    *("arena", "newsroom", "harbour-cam", "chess-final", "morning-show", "keynote", "jazz-club", "derby"),
    *("night-train", "observatory", "kitchen", "parliament", "speedrun", "aquarium", "rooftop", "marathon"),
)


class Stream:
    def __init__(self, key: str, popularity: float, steady: bool) -> None:
        self.key = key
        self.popularity = popularity
        self.steady = steady
        self.publisher = ""
        self.viewers: set[Viewer] = set()


class Viewer:
    def __init__(self, random: Random, stream: Stream, leaves_ms: int) -> None:
        self.stream = stream
        self.leaves_ms = leaves_ms
        self.connection_id = f"v_{random.getrandbits(80):020x}"
        self.ip = address(random)
        self.player = random.choices(PLAYERS, [player.share for player in PLAYERS])[0]
        self.bandwidth = self.player.bandwidth * random.uniform(0.5, 1.5)
        self.health = min(random.gauss(90, 10), 100.0)
        self.gone = False

    def drift(self, random: Random) -> None:
        """Good stays mostly good; now and then a line gets bad, and recovers."""
        self.health += random.gauss(0, 3) + (88 - self.health) * 0.15 - (random.random() < 0.02) * 45
        self.health = min(max(self.health, 5), 100)
        self.bandwidth = max(self.bandwidth * random.uniform(0.93, 1.07), 20_000)

    def report(self, kind: str, at: int) -> Report:
        figures = {"outBandwidth": round(self.bandwidth)}
        if self.player.tells_health:
            figures["healthScore"] = round(self.health)
        started = {"ip": self.ip, "userAgent": self.player.user_agent, "protocol": self.player.protocol}
        return {
            "type": f"view.{kind}",
            "connectionId": self.connection_id,
            "streamKey": self.stream.key,
            "at": at,
            # An update that arrives first, or after a lost start, must tell as much.
            **({} if kind == "stop" else started | figures),
        }


class Audience:
    """``reports(now)`` yields what happened since it was last asked, and what is due. Times are in ms."""

    def __init__(self, seed: int, viewers: int, streams: int, interval_ms: int, now: int) -> None:
        self._random = Random(seed)
        self._wanted = viewers
        self._interval_ms = interval_ms
        self._began = now
        self._count = 0
        # (when, a number that makes the order unambiguous, what)
        self._due: list[tuple[int, int, Stream | Viewer]] = []
        self._streams = [
            Stream(title(index), 1 / (index + 1) ** 0.8, steady=100 * index < STEADY_STREAMS * streams)
            for index in range(streams)
        ]
        for index, stream in enumerate(self._streams):
            self._at(now + (0 if stream.steady else index * 2000), stream)
        self._switches = {stream: now for stream in self._streams}

    @property
    def present(self) -> int:
        return self._count

    def reports(self, now: int) -> Iterator[Report]:
        while self._due and self._due[0][0] <= now:
            at, _, what = heappop(self._due)
            # Whoever could not report for long has not reported meanwhile.
            at = max(at, now - self._interval_ms)
            yield from self._stream(what, at) if isinstance(what, Stream) else self._viewer(what, at)
        on_air = [stream for stream in self._streams if stream.publisher]
        if on_air:
            weights = list(accumulate(stream.popularity for stream in on_air))
            for _ in range(min(self._target(now) - self._count, self._wanted // 30 + 1)):
                yield self._join(self._random.choices(on_air, cum_weights=weights)[0], now)

    def farewell(self, now: int) -> Iterator[Report]:
        """Everybody leaves and every stream ends."""
        for stream in self._streams:
            for viewer in stream.viewers:
                yield viewer.report("stop", now)
            if stream.publisher:
                yield self._publish(stream, "stop", now)

    def _target(self, now: int) -> int:
        return round(self._wanted * min((now - self._began) / RAMP_MS, 1))

    def _at(self, when: int, what: Stream | Viewer) -> None:
        heappush(self._due, (when, self._random.getrandbits(62), what))

    def _join(self, stream: Stream, now: int) -> Report:
        stays_ms = round(self._random.expovariate(1 / STAY_MS))
        viewer = Viewer(self._random, stream, now + max(stays_ms, 5000))
        stream.viewers.add(viewer)
        self._count += 1
        self._at(now + self._random.randrange(self._interval_ms), viewer)
        return viewer.report("start", now)

    def _viewer(self, viewer: Viewer, at: int) -> Iterator[Report]:
        if viewer.gone:
            return
        if at >= viewer.leaves_ms:
            yield from self._leave(viewer, at)
        else:
            viewer.drift(self._random)
            yield viewer.report("update", at)
            self._at(min(at + self._interval_ms, max(viewer.leaves_ms, at + 1)), viewer)

    def _leave(self, viewer: Viewer, at: int) -> Iterator[Report]:
        viewer.gone = True
        viewer.stream.viewers.discard(viewer)
        self._count -= 1
        if self._random.randrange(100) >= SILENT_LEAVERS:
            yield viewer.report("stop", at)

    def _stream(self, stream: Stream, at: int) -> Iterator[Report]:
        if not stream.publisher:
            stream.publisher = f"p_{self._random.getrandbits(64):016x}"
            stays_ms = 10**12 if stream.steady else round(self._random.expovariate(1 / ON_AIR_MS)) + 60_000
            self._switches[stream] = at + stays_ms
            yield self._publish(stream, "start", at)
            self._at(at + self._interval_ms, stream)
        elif at < self._switches[stream]:
            yield self._publish(stream, "update", at)
            self._at(min(at + self._interval_ms, self._switches[stream]), stream)
        else:
            yield self._publish(stream, "stop", at)
            stream.publisher = ""
            for viewer in sorted(stream.viewers, key=lambda viewer: viewer.connection_id):
                yield from self._leave(viewer, at)
            self._at(at + OFF_AIR_MS + self._random.randrange(OFF_AIR_MS), stream)

    def _publish(self, stream: Stream, kind: str, at: int) -> Report:
        return {
            "type": f"publish.{kind}",
            "connectionId": stream.publisher,
            "streamKey": stream.key,
            "at": at,
            "protocol": "rtmp",
        }


def title(index: int) -> str:
    round_, place = divmod(index, len(TITLES))
    return f"{TITLES[place]}-{round_ + 1}" if round_ else TITLES[place]


def address(random: Random) -> str:
    """A public IPv4 address that a city database knows, or now and then a private one."""
    if random.randrange(100) < WITHOUT_PLACE:
        return f"192.168.{random.randrange(256)}.{random.randrange(1, 255)}"
    _, _, networks = random.choices(NETWORKS, [share for _, share, _ in NETWORKS])[0]
    return f"{random.choice(networks.split())}.{random.randrange(256)}.{random.randrange(1, 255)}"
