"""What the soak asks the product, and how long that takes."""

import json
import statistics
import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlencode

TIMEOUT_S = 60
PROBES = 5
FRESH_S = 5
MAP = "/api/cluster/viewers/geolocation"
OVERALL = "/accounts/soak/realtime/kit/soak/analytics/livestreams/overall"


class Probe(NamedTuple):
    """Medians of a few."""

    age_s: float
    """How old the figures of the map were when they were sent; NaN when there were none yet."""
    map_ms: float
    unchanged_ms: float
    """The answer 304; NaN when each probe met a newer snapshot."""
    overall_ms: float


class Answer(NamedTuple):
    status: int
    tag: str
    body: bytes
    took_ms: float

    @property
    def data(self) -> Any:
        return json.loads(self.body)["data"]


class Reader:
    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}"}

    def probe(self) -> Probe:
        maps = [self._get(MAP) for _ in range(PROBES)]
        again = [self._get(MAP, {"If-None-Match": answer.tag}) for answer in maps[-1:] * PROBES]
        unchanged = [answer.took_ms for answer in again if answer.status == 304]
        return Probe(
            statistics.median(age_s(answer) for answer in maps),
            statistics.median(answer.took_ms for answer in maps),
            statistics.median(unchanged) if unchanged else float("nan"),
            statistics.median(self._get(OVERALL).took_ms for _ in range(PROBES)),
        )

    def present(self) -> int | None:
        """Viewers by a snapshot that is not older than a few seconds; None when there is no such snapshot."""
        answer = self._get(MAP)
        return int(answer.data["stats"]["totalViewers"]) if age_s(answer) < FRESH_S else None

    def overall(self, start_ms: int, end_ms: int) -> dict[str, int]:
        """The totals of [start, end)."""
        window = urlencode({"start_time": iso(start_ms), "end_time": iso(end_ms)})
        found: dict[str, int] = self._get(f"{OVERALL}?{window}").data
        return found

    def _get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        # A connection of its own: kept ones are closed by the server when they rest.
        connection = HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        began = time.monotonic()
        try:
            connection.request("GET", path, headers=self._headers | (headers or {}))
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status not in (200, 304):
            raise RuntimeError(f"{path} answered {response.status}: {body[:300]!r}")
        return Answer(
            response.status, response.headers["ETag"] or "", body, (time.monotonic() - began) * 1000
        )


def age_s(answer: Answer) -> float:
    found = json.loads(answer.body)
    taken: int = found["data"]["timestamp"]
    return (found["meta"]["generatedAt"] - taken) / 1000 if taken else float("nan")


def iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
