"""Connections that say that they are new, as columns: nearly all who come where players announce themselves.

No database.
"""

from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING

from viewers.sessions.runs import BareRun

if TYPE_CHECKING:
    from viewers.geolocation.places import Place


@dataclass(slots=True)
class Newcomers:
    """The one sign of each connection, by ascending id; columns of equal length.

    It covers ``[started, at]`` (ms since the epoch). Figures are those of ``at``; None is unknown, as is an
    empty text. Whoever writes them sets ``places``, and whether they are ``counted``.
    """

    ids: list[bytes] = field(default_factory=list)
    started: list[int] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    connection_ids: list[str] = field(default_factory=list)
    stream_keys: list[str] = field(default_factory=list)
    protocols: list[str] = field(default_factory=list)
    players: list[str] = field(default_factory=list)
    user_agents: list[str] = field(default_factory=list)
    ips: list[str | None] = field(default_factory=list)
    positions: list[tuple[float, float] | None] = field(default_factory=list)
    bytes_out: list[int | None] = field(default_factory=list)
    bandwidth: list[int | None] = field(default_factory=list)
    health: list[int | None] = field(default_factory=list)
    places: "list[Place | None]" = field(default_factory=list)
    counted: bool = True

    def begun(self) -> list[BareRun]:
        counted = repeat(self.counted, len(self.ids))
        return list(map(BareRun, self.ids, self.stream_keys, self.started, self.at, counted))
