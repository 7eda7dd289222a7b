"""The counted live sessions as columns in memory, kept true by what the writers say has changed."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from viewers.clustering.arrays import IntArray
from viewers.sessions.change_feed import HEALTHS
from viewers.snapshot.audience import Audience
from viewers.snapshot.counts import Rows
from viewers.snapshot.profiles import ProfileNumbers

Words = NDArray[np.uint64]
Indices = NDArray[np.signedinteger[Any]]
# An app's stream: (app id, stream key).
Stream = tuple[int, str]

_LEFT, _REPORTED, _BEGAN = 0, 1, 2


class Collision(Exception):
    """Two sessions cannot be told apart: read the table anew, and the ids are mixed in another way."""


class Change(NamedTuple):
    """What one statement did to the sessions ``ids``, an array of shape (n, 2): both halves of each id.

    With ``streams``, ``profiles`` and ``places`` they stand there from now on; with ``figures`` alone they go
    on; without, they have left.
    """

    ids: Words
    app_id: int | None = None
    streams: list[str] | None = None
    profiles: list[str] | None = None
    places: IntArray | None = None
    figures: IntArray | None = None


class _Columns(NamedTuple):
    """Sessions by ascending ``key``, a mixture of both halves of the id. ``low`` tells colliding ones apart.

    ``stream`` and ``profile`` are numbers, ``place`` a Morton code or UNLOCATED, ``figures`` as the change
    feed packs them.
    """

    key: Words
    low: Words
    stream: IntArray
    profile: IntArray
    place: IntArray
    figures: IntArray

    def taken(self, indices: Indices) -> "_Columns":
        return self._each(lambda column: column[indices])

    def without(self, indices: Indices) -> "_Columns":
        return self._each(lambda column: np.delete(column, indices))

    def with_rows(self, indices: Indices, rows: "_Columns") -> "_Columns":
        pairs: Any = zip(self, rows, strict=True)
        return _Columns(*(np.insert(column, indices, values) for column, values in pairs))

    def _each(self, change: Callable[[Any], Any]) -> "_Columns":
        return _Columns(*map(change, self))


class Replica:
    """What the live table held in one database snapshot."""

    def __init__(
        self,
        streams: Sequence[Stream],
        profiles: Sequence[str],
        ids: Words,
        stream: IntArray,
        profile: IntArray,
        place: IntArray,
        figures: IntArray,
    ) -> None:
        """``stream`` and ``profile`` hold indices into ``streams`` and ``profiles``. Raises Collision."""
        self._salt = np.uint64(secrets.randbits(64) | 1)
        self._numbers = {each: number for number, each in enumerate(streams)}
        self._profiles = ProfileNumbers(profiles)
        columns = _Columns(self._mixed(ids), ids[:, 1], stream, profile, place, figures)
        self._columns = columns.taken(np.argsort(columns.key))
        if np.any(self._columns.key[1:] == self._columns.key[:-1]):
            raise Collision

    def __len__(self) -> int:
        return len(self._columns.key)

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same sessions, in the same state."""
        if not isinstance(other, Replica) or len(self) != len(other):
            return False
        own, others = (each.taken(np.argsort(each.low)) for each in (self._columns, other._columns))
        others = others._replace(
            stream=_translation(self._numbers, other._numbers)[others.stream],
            profile=_translation(self._profiles.known, other._profiles.known)[others.profile],
        )
        return all(np.array_equal(*pair) for pair in zip(own[1:], others[1:], strict=True))

    __hash__ = None  # type: ignore[assignment]

    def apply(self, changes: Sequence[Change]) -> None:
        """In the order in which they were made. Changes that it knows already do no harm, as long as all that
        came after them follow. Raises Collision.
        """
        if not changes:
            return
        kind = np.concatenate([np.full(len(change.ids), _kind(change)) for change in changes])
        news = self._news(changes)
        order = np.argsort(news.key, kind="stable")
        kind, news = kind[order], news.taken(order)
        same = news.key[1:] == news.key[:-1]
        if np.any(news.low[1:][same] != news.low[:-1][same]):
            raise Collision
        starts = np.flatnonzero(np.append(True, ~same))
        last = np.append(starts[1:], len(kind)) - 1
        began = np.maximum.reduceat(np.where(kind == _BEGAN, np.arange(len(kind)), -1), starts)
        self._settle(news, last, began, kind[last] == _LEFT)

    def audiences(self) -> Iterator[tuple[int, Audience]]:
        """Each app that somebody watches, with its audience."""
        if not len(self):
            return
        streams, profiles = list(self._numbers), self._profiles.profiles()
        app_ids = np.array([app_id for app_id, _ in streams], dtype=np.int64)
        rows = self._rows()
        watched = np.unique(app_ids[np.flatnonzero(np.bincount(rows.stream, minlength=len(streams)))])
        parts = [rows] if len(watched) == 1 else _parts(app_ids[rows.stream], rows)
        for app_id, part in zip(watched.tolist(), parts, strict=True):
            own = np.flatnonzero(app_ids == app_id)
            renumbered = np.zeros(len(streams), dtype=np.int64)
            renumbered[own] = np.arange(len(own))
            keys = [streams[number][1] for number in own.tolist()]
            part = part._replace(stream=renumbered[part.stream])
            yield app_id, Audience.from_rows(keys, profiles, part)

    def _settle(self, news: _Columns, last: IntArray, began: IntArray, left: NDArray[np.bool_]) -> None:
        """The outcome for each session: its last change, and the last one that told what else there is."""
        columns = self._columns
        at = np.searchsorted(columns.key, news.key[last])
        known = np.zeros(len(last), dtype=bool)
        inside = at < len(columns.key)
        known[inside] = columns.key[at[inside]] == news.key[last[inside]]
        if np.any(columns.low[at[known]] != news.low[last[known]]):
            raise Collision
        stays = known & ~left
        columns.figures[at[stays]] = news.figures[last[stays]]
        moved = stays & (began >= 0)
        columns.stream[at[moved]] = news.stream[began[moved]]
        columns.profile[at[moved]] = news.profile[began[moved]]
        columns.place[at[moved]] = news.place[began[moved]]
        new = ~known & ~left & (began >= 0)
        added = news.taken(began[new])._replace(figures=news.figures[last[new]])
        gone = at[known & left]
        if len(gone):
            columns = columns.without(gone)
        if len(added.key):
            columns = columns.with_rows(np.searchsorted(columns.key, added.key), added)
        self._columns = columns

    def _news(self, changes: Sequence[Change]) -> _Columns:
        """The changes' columns one after the other; what a change does not tell is 0."""
        ids = np.concatenate([change.ids for change in changes])
        columns: list[list[IntArray]] = [[], [], [], []]
        for change in changes:
            told = (*self._numbered(change), change.places, change.figures)
            for column, values in zip(columns, told, strict=True):
                column.append(np.zeros(len(change.ids), dtype=np.int64) if values is None else values)
        return _Columns(self._mixed(ids), ids[:, 1], *map(np.concatenate, columns))

    def _numbered(self, change: Change) -> tuple[IntArray | None, IntArray | None]:
        """The change's streams and profiles, by number."""
        app_id, keys, profiles = change.app_id, change.streams, change.profiles
        if keys is None:
            return None, None
        if app_id is None or profiles is None:
            raise ValueError("streams without their app, or without profiles")
        numbers = self._numbers
        streams = [numbers.setdefault((app_id, key), len(numbers)) for key in keys]
        return np.array(streams, dtype=np.int64), self._profiles.of(profiles)

    def _mixed(self, ids: Words) -> Words:
        mixed: Words = ids[:, 0] ^ (ids[:, 1] * self._salt)
        return mixed

    def _rows(self) -> Rows:
        columns = self._columns
        health = columns.figures % HEALTHS
        known = (health > 0).astype(np.int64)
        ones = np.ones_like(known)
        bandwidth, points = columns.figures // HEALTHS, (health - 1) * known
        return Rows(columns.stream, columns.place, columns.profile, ones, bandwidth, points, known)


def _kind(change: Change) -> int:
    if change.streams is not None:
        return _BEGAN
    return _LEFT if change.figures is None else _REPORTED


Name = TypeVar("Name", Stream, str)


def _translation(own: dict[Name, int], other: dict[Name, int]) -> IntArray:
    """What another's numbers are here; -1 for names that are not."""
    return np.array([own.get(name, -1) for name in other], dtype=np.int64)


def _parts(app_ids: IntArray, rows: Rows) -> list[Rows]:
    """Each app's rows, by ascending app id. ``app_ids`` are the rows'."""
    order = np.argsort(app_ids, kind="stable")
    return [rows.taken(part) for part in np.split(order, np.flatnonzero(np.diff(app_ids[order])) + 1)]
