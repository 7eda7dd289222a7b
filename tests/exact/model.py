"""The session rule once more, as plainly as it can be said, to compare with what the database holds.

Works on the complete set of signs of one connection at a time, in integer milliseconds, with no batches, no
tables and no short cuts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from viewers.sessions.runs import CUT_PHASE_MS, WEEK_MS


@dataclass(frozen=True)
class Sign:
    connection: str
    stream: str
    start: int
    at: int
    stop: bool = False


@dataclass(frozen=True)
class Piece:
    connection: str
    stream: str
    start: int
    end: int | None
    """None: still live."""


def sessions(signs: Iterable[Sign], silence: int, now: int, ids: dict[tuple[str, str], bytes]) -> set[Piece]:
    """All pieces of all sessions that these signs make, as things stand at ``now``."""
    by_connection: dict[tuple[str, str], list[Sign]] = {}
    for sign in set(signs):
        by_connection.setdefault((sign.connection, sign.stream), []).append(sign)
    found: set[Piece] = set()
    for (connection, stream), own in by_connection.items():
        components = _components(own, silence)
        for number, component in enumerate(components):
            latest = number == len(components) - 1
            start, end = min(s.start for s in component), max(s.at for s in component)
            bounds = [start, *_cuts(ids[connection, stream], start, end), end]
            pairs = list(pairwise(bounds))
            for a, b in pairs[:-1]:
                found.add(Piece(connection, stream, a, b))
            alive = latest and not _stopped(component) and now - end <= silence
            found.add(Piece(connection, stream, pairs[-1][0], None if alive else end))
    return found


def watched(pieces: Iterable[Piece], first: int, last: int, now: int) -> int:
    """Milliseconds of [first, last) that these pieces cover; live ones run to ``now``."""
    total = 0
    for piece in pieces:
        end = now if piece.end is None else piece.end
        total += max(0, min(end, last, now) - max(piece.start, first))
    return total


def concurrent(pieces: Iterable[Piece], at: int) -> int:
    return sum(1 for piece in pieces if piece.start <= at and (piece.end is None or at < piece.end))


def peak(pieces: Sequence[Piece], first: int, last: int) -> int:
    """The most at once at any instant of [first, last): concurrency only rises where a piece begins."""
    instants = [first, *(piece.start for piece in pieces if first <= piece.start < last)]
    return max(concurrent(pieces, at) for at in instants)


def _components(signs: list[Sign], silence: int) -> list[list[Sign]]:
    components: list[list[Sign]] = []
    reach = 0
    for sign in sorted(signs, key=lambda s: (s.start, s.at)):
        if components and sign.start - reach <= silence:
            components[-1].append(sign)
            reach = max(reach, sign.at)
        else:
            components.append([sign])
            reach = sign.at
    return components


def _stopped(signs: list[Sign]) -> bool:
    stops = [s.at for s in signs if s.stop]
    return bool(stops) and max(stops) >= max((s.at for s in signs if not s.stop), default=0)


def _cuts(id: bytes, start: int, end: int) -> list[int]:
    phase = id[0] * CUT_PHASE_MS
    weeks = range(start // WEEK_MS - 2, end // WEEK_MS + 2)
    return [phase + week * WEEK_MS for week in weeks if start < phase + week * WEEK_MS < end]
