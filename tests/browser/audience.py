"""Events of made-up viewers."""

from collections.abc import Iterator
from itertools import count
from typing import Any

BERLIN = (52.52, 13.405)
PARIS = (48.8566, 2.3522)
SUVA = (-18.14, 178.44)

numbers = count(1)


def joining(position: tuple[float, float], stream: str = "main", **more: Any) -> dict[str, Any]:
    return {
        "type": "view.start",
        "connectionId": f"v_{next(numbers)}",
        "streamKey": stream,
        "position": list(position),
        "protocol": "hls",
        "outBandwidth": 400_000,
        "healthScore": 90,
        **more,
    }


def leaving(event: dict[str, Any]) -> dict[str, Any]:
    return {"type": "view.stop", "connectionId": event["connectionId"], "streamKey": event["streamKey"]}


def spread(around: tuple[float, float], step: float) -> Iterator[tuple[float, float]]:
    """Positions on a widening square spiral, `step` degrees apart."""
    latitude, longitude = around
    turns = ((0, 1), (1, 0), (0, -1), (-1, 0))
    for side in count():
        north, east = turns[side % 4]
        for _ in range(side // 2 + 1):
            yield latitude, longitude
            latitude, longitude = latitude + north * step, longitude + east * step
