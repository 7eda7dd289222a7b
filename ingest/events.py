"""The one vocabulary that every adapter speaks: what happened to one connection, and when.

An ``Event`` is made by an adapter, which has validated it: bounded strings without NUL or surrogates,
finite numbers inside the limits below.
"""

from typing import Literal, get_args

from msgspec import Struct

EventType = Literal[
    "view.start", "view.update", "view.stop", "publish.start", "publish.update", "publish.stop"
]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

MAX_KEY_LENGTH = 128
MAX_USER_AGENT_LENGTH = 256
MAX_PLAYER_LENGTH = 64
MAX_BYTES = 2**53
MAX_BANDWIDTH = 2**40

# How far a sender's clock is believed, around the moment of receipt.
OLDEST_MS = 24 * 3_600_000
NEWEST_MS = 5 * 60_000


class Event(Struct, frozen=True, gc=False):
    """A sign of life of one connection.

    It covers the moment ``at`` (ms since the epoch), or ``[since, at]`` where the sender knows when the
    connection began. ``at`` None means: when received. Every request makes ten thousand of them: a Struct is
    made twice as fast as a named tuple, and the garbage collector need not look at it: it holds no cycles.
    """

    type: EventType
    connection_id: str
    stream_key: str
    at: int | None = None
    since: int | None = None
    ip: str | None = None
    position: tuple[float, float] | None = None
    """Latitude and longitude in degrees; wins over ``ip``."""
    user_agent: str = ""
    player: str = ""
    """As the sender calls it; empty: its user agent tells."""
    protocol: str = ""
    out_bandwidth: int | None = None
    """Bytes per second."""
    bytes_out: int | None = None
    """Bytes sent to the viewer since the connection began."""
    health_score: int | None = None
    """0 (bad) to 100 (good)."""
    epoch: str = ""
    """Names the run of a server whose connection numbers begin again after a restart."""
    reason: str = ""
