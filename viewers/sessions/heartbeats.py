"""Signs that need no more than their live session to be settled, as columns: nearly all that comes in.

No database.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Heartbeats:
    """One sign of each connection, by ascending id; columns of equal length. All say "still here", or all
    say "gone".

    A sign covers ``[started, at]`` (ms since the epoch). Figures are those of ``at``; None is unknown.
    """

    ids: list[bytes] = field(default_factory=list)
    started: list[int] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    bytes_out: list[int | None] = field(default_factory=list)
    bandwidth: list[int | None] = field(default_factory=list)
    health: list[int | None] = field(default_factory=list)
