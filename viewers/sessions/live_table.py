"""The one writer of the live table.

``touch`` locks the row of every connection of a batch, in the order of their ids, whether it takes the
batch's run or not; ``begin`` before it those of many who announce themselves; ``extend`` those it takes.
So whoever works on a connection afterwards in the same transaction has it alone. Two writers wait for each
other in a circle only where each has a sign that the other took in another of these steps: the database then
breaks one off, and it is tried again.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from psycopg import RawCursor

from accounts.models import Source
from viewers.sessions import change_feed, pgarrays, run_rows, statements
from viewers.sessions.heartbeats import Heartbeats
from viewers.sessions.newcomers import Newcomers
from viewers.sessions.pgarrays import raw_cursor
from viewers.sessions.runs import Run

# Fewer that begin at once do not earn the savepoint.
MANY = 100
# How long nobody is believed to be new, after somebody was not.
DISBELIEF_S = 60
_believing_from = 0.0


@dataclass(slots=True)
class Touched:
    """What became of a batch's runs, by id: ``taken`` extended a live run or began one (``inserted``);
    ``over`` are those of them that have stopped. A run that was not taken needs the careful way."""

    taken: set[bytes] = field(default_factory=set)
    inserted: set[bytes] = field(default_factory=set)
    over: set[bytes] = field(default_factory=set)


def extend(signs: Heartbeats, source: Source) -> set[bytes]:
    """Extend live runs. Returns the connections for which that was all there was to do."""
    if not signs.ids:
        return set()
    with raw_cursor() as cursor, one_by_one(cursor):
        cursor.execute(statements.EXTEND, heartbeats(signs, source))
        return set(pgarrays.read_uuids(_answer(cursor, 0)))


def heartbeats(signs: Heartbeats, source: Source) -> list[Any]:
    """The parameters of a statement over heartbeats."""
    figures = (signs.started, signs.at, signs.bytes_out, signs.bandwidth, signs.health)
    return [pgarrays.uuids(signs.ids), *(pgarrays.int8s(column) for column in figures), source.silence_ms]


@contextmanager
def one_by_one(cursor: RawCursor[Any]) -> Iterator[None]:
    """Whatever the planner thinks of a batch: one look at the key for each sign, in their order."""
    cursor.execute(statements.ONE_BY_ONE, ["off"])
    yield
    cursor.execute(statements.ONE_BY_ONE, ["on"])


def begin(new: Newcomers, source: Source) -> bool:
    """Begin the runs of connections that say that they are new. False, and nothing is done, if one is not."""
    global _believing_from
    texts = pgarrays.texts
    try:
        with transaction.atomic(), raw_cursor() as cursor:
            who = (pgarrays.uuids(new.ids), texts(new.ips), texts(new.user_agents))
            rows = run_rows.newcomers_arrays(new)
            cursor.execute(statements.INSERT, [source.app_id, source.pk, *who, *rows])
    except IntegrityError:
        # Somebody sends again what was lost on the way: more of it will come.
        _believing_from = time.monotonic() + DISBELIEF_S
        return False
    return True


def believed(new: Newcomers) -> bool:
    """Whether it is worth trying that all of them are new."""
    return len(new.ids) >= MANY and time.monotonic() >= _believing_from


def touch(runs: Sequence[Run], source: Source) -> Touched:
    """Extend or begin live runs: at most one run a connection, sorted by id. Locks all their rows."""
    if not runs:
        return Touched()
    with raw_cursor() as cursor:
        cursor.execute(statements.TOUCH, [source.app_id, source.pk, *_arrays(runs), source.silence_ms])
        return Touched(*(set(pgarrays.read_uuids(_answer(cursor, column))) for column in range(3)))


def take(ids: Iterable[bytes]) -> list[Run]:
    """Remove these connections from the living and return their runs."""
    wanted = list(ids)
    return [run for _, _, run in _taken(statements.TAKE, pgarrays.uuids(wanted))] if wanted else []


def put(runs: Sequence[Run], source: Source) -> None:
    """Write live rows as they are; the connections have none now."""
    if runs:
        with raw_cursor() as cursor:
            cursor.execute(statements.INSERT, [source.app_id, source.pk, *_arrays(runs)])


def locate(runs: Sequence[Run]) -> None:
    """Store the places of rows that were begun without one: of one app."""
    if runs:
        places = run_rows.place_arrays([run.place for run in runs])
        with raw_cursor() as cursor:
            cursor.execute(statements.LOCATE, [pgarrays.uuids([run.id for run in runs]), *places])


def take_silent(silences: dict[int, int], now: int, limit: int) -> list[tuple[int, int, Run]]:
    """Remove up to ``limit`` runs that nobody has heard of for longer than their source's T.

    ``silences`` maps source ids to T in ms. Returns (app id, source id, run). Rows that a writer holds are
    left to it and to the next sweep.
    """
    sources = (pgarrays.int8s(list(silences)), pgarrays.int8s(list(silences.values())))
    return _taken(statements.TAKE_SILENT, *sources, now, limit)


def take_watching(source_id: int, stream_key: str, app_id: int, limit: int) -> list[Run]:
    """Remove up to ``limit`` runs of one source that watch one stream."""
    return [run for _, _, run in _taken(statements.TAKE_WATCHING, app_id, stream_key, source_id, limit)]


def forget_changes() -> None:
    """Keep the change feed short. Every writer does it from time to time."""
    with raw_cursor() as cursor:
        cursor.execute(change_feed.FORGET)


def _taken(statement: str, *values: object) -> list[tuple[int, int, Run]]:
    with raw_cursor() as cursor:
        cursor.execute(statement, values)
        return [(row[0], row[1], _run(row[2:])) for row in cursor]


def _answer(cursor: Any, column: int) -> bytes | None:
    if cursor.pgresult is None:
        raise RuntimeError("the statement gave no result")
    value: bytes | None = cursor.pgresult.get_value(0, column)
    return value


def _run(row: Sequence[Any]) -> Run:
    run = run_rows.run_of(row[0].bytes, row[3:])
    run.ip, run.user_agent = row[1], row[2]
    return run


def _arrays(runs: Sequence[Run]) -> list[pgarrays.PgArray]:
    return [
        pgarrays.uuids([run.id for run in runs]),
        pgarrays.texts([run.ip for run in runs]),
        pgarrays.texts([run.user_agent for run in runs]),
        *run_rows.arrays(runs),
    ]
