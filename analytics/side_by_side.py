"""Figures of many windows at once, each of one livestream: a few statements, however many there are.

The windows are either one for each livestream of an app, or many of one livestream. From
days to hours to minutes, what lies whole in a window (and whose peak is known) is taken as the ledger has it;
what does not is looked at more closely, but only where the ledger has something. The rest are single rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from analytics import raw
from analytics.arithmetic import DAY_MS, MINUTE_MS, Changes, Integers, union
from analytics.composing import Composed, Parts, Windows, composed, instants, joined
from analytics.ledger import SIZES
from analytics.models import LedgerKind, LedgerLevel, Livestream
from viewers.sessions import pgarrays
from viewers.sessions.pgarrays import raw_cursor

UNKNOWN = int(np.iinfo(np.int64).min)

_ROWS = """
SELECT array_agg(number), array_agg(bucket_ms), array_agg(starts), array_agg(ends), array_agg(area),
    array_agg(coalesce(peak, $3))
FROM unnest($4::int8[], $5::uuid[], $6::int8[], $7::int8[]) AS span (number, owner, first, last)
CROSS JOIN LATERAL (
    SELECT bucket_ms, starts, ends, area, peak FROM analytics_ledger
    WHERE app_id = $1 AND owner = span.owner AND kind = $2 AND level = $8
        AND bucket_ms >= span.first AND bucket_ms < span.last
    OFFSET 0
) AS entry
"""
# What a day adds fits into 32 bits: sums of bigint would be numeric, and take half as long again.
_BEFORE = """
SELECT array_agg(number), array_agg(net)
FROM unnest($3::int8[], $4::uuid[], $5::int8[]) AS span (number, owner, last)
CROSS JOIN LATERAL (
    SELECT sum((starts - ends)::int4) AS net FROM analytics_ledger
    WHERE app_id = $1 AND owner = span.owner AND kind = $2 AND level = 3 AND bucket_ms < span.last
) AS past
WHERE net <> 0
"""
_LEAVING = """
SELECT stream_key, ended_ms, count(*) FROM analytics_viewinterval
WHERE app_id = %s AND ended_ms = ANY(%s::bigint[]) AND started_ms < ended_ms AND counted
    AND (%s::text IS NULL OR stream_key = %s)
GROUP BY stream_key, ended_ms
"""


class Rows(NamedTuple):
    """Columns of equal length: buckets of the ledger, each seen from a window."""

    window: Integers
    bucket: Integers
    starts: Integers
    ends: Integers
    area: Integers
    peak: Integers


@dataclass(frozen=True, slots=True)
class Asked:
    app_id: int
    owners: Sequence[tuple[UUID, str]]
    """The id and stream key for each window: all livestreams in the order of their ids, or always the one."""
    livestream: Livestream | None
    windows: Windows
    """Their ends lie at now at the latest; their edges in purged time at whole minutes."""
    horizon: int
    """Before it no single rows are left."""


class Figures(NamedTuple):
    """Columns of equal length, one entry for each window; those that are empty hold nothing."""

    ingest_ms: Integers
    viewer_ms: Integers
    viewings: Integers
    """View intervals that overlap it."""
    peak: Integers


def figures(asked: Asked) -> Figures:
    """Within a snapshot, which the livestreams' order is of."""
    _, published = _composed(asked, LedgerKind.INGEST)
    active, watched = _composed(asked, LedgerKind.VIEW)
    viewings = active + watched.begun - _leaving(asked)
    viewings[asked.windows.start >= asked.windows.end] = 0
    return Figures(published.watched, watched.watched, viewings, watched.peak)


def _composed(asked: Asked, kind: LedgerKind) -> tuple[Integers, Composed]:
    """How many go on just before each window, and what happens within it."""
    active = _before(asked, kind)
    found: list[Parts] = []
    every = np.arange(len(asked.owners))
    spans = (every, _floor(asked.windows.start, DAY_MS), asked.windows.end)
    for level in reversed(LedgerLevel):
        rows = _rows(asked, kind, level, *spans)
        size = SIZES[level]
        start, end = (column[rows.window] for column in asked.windows)
        earlier = rows.bucket + size <= start
        np.add.at(active, rows.window[earlier], (rows.starts - rows.ends)[earlier])
        inside = (rows.bucket >= start) & (rows.bucket + size <= end)
        # In purged time the rows cannot tell any more what the ledger was not told in time.
        lost = (rows.bucket < asked.horizon) & (level == LedgerLevel.MINUTE) & (rows.peak == UNKNOWN)
        peak = np.where(lost, np.maximum(rows.starts - rows.ends, 0), rows.peak)
        whole = inside & (peak != UNKNOWN)
        found.append(_parts(rows._replace(peak=peak), whole, size))
        rest = ~earlier & ~whole
        bucket = rows.bucket[rest]
        spans = (rows.window[rest], bucket, np.minimum(bucket + size, end[rest]))
    changes = _single(asked, kind, *spans)
    earlier = changes.at < asked.windows.start[changes.owner]
    np.add.at(active, changes.owner[earlier], (changes.starts - changes.ends)[earlier])
    found.append(instants(*(column[~earlier] for column in changes)))
    return active, composed(asked.windows, active, joined(found))


def _floor(at: Integers, size: int) -> Integers:
    return at - at % size


def _parts(rows: Rows, which: Integers, size: int) -> Parts:
    kept = Rows(*(column[which] for column in rows))
    sizes = np.full_like(kept.bucket, size)
    return Parts(kept.window, kept.bucket, sizes, kept.starts, kept.ends, kept.area, kept.peak)


def _before(asked: Asked, kind: LedgerKind) -> Integers:
    """How many go on at the midnight (UTC) before each window."""
    every = np.arange(len(asked.owners))
    window, net = _arrays(
        _BEFORE,
        asked.app_id,
        int(kind),
        pgarrays.int8s(every),
        _uuids([id for id, _ in asked.owners]),
        pgarrays.int8s(_floor(asked.windows.start, DAY_MS)),
    )
    active = np.zeros(len(every), dtype=np.int64)
    active[window] = net
    return active


def _rows(
    asked: Asked, kind: LedgerKind, level: LedgerLevel, window: Integers, first: Integers, last: Integers
) -> Rows:
    """The buckets of this level that begin in [first, last), each with the number of its window."""
    return Rows(
        *_arrays(
            _ROWS,
            asked.app_id,
            int(kind),
            UNKNOWN,
            pgarrays.int8s(window),
            _uuids([asked.owners[number][0] for number in window.tolist()]),
            pgarrays.int8s(first),
            pgarrays.int8s(last),
            int(level),
        )
    )


def _single(asked: Asked, kind: LedgerKind, window: Integers, first: Integers, last: Integers) -> Changes:
    """What happens, instant by instant, in these parts of minutes; the owners are the numbers of windows."""
    ranges = union(zip(first.tolist(), last.tolist(), strict=True))
    read = _of_all if asked.livestream is None else _of_one
    found = [read(asked, kind, start, end or start) for start, end in ranges]
    if not found:
        return Changes(*[np.empty(0, dtype=np.int64)] * 4)
    changes = Changes(*(np.concatenate(columns) for columns in zip(*found, strict=True)))
    if asked.livestream is None:
        near = np.isin(_minutes(changes.owner, changes.at), _minutes(window, first))
        near &= changes.at < asked.windows.end[changes.owner]
        return Changes(*(column[near] for column in changes))
    # One change may matter to several windows.
    since, until = np.searchsorted(changes.at, first), np.searchsorted(changes.at, last)
    each = until - since
    place = np.arange(each.sum()) - np.repeat(each.cumsum() - each, each) + np.repeat(since, each)
    return Changes(np.repeat(window, each), *(column[place] for column in changes[1:]))


def _minutes(window: Integers, at: Integers) -> Integers:
    """Windows and minutes as one number each."""
    return (at // MINUTE_MS << 24) + window


def _of_all(asked: Asked, kind: LedgerKind, first: int, last: int) -> Changes:
    changes = (
        raw.view_changes(asked.app_id, first, last)
        if kind == LedgerKind.VIEW
        else raw.ingest_changes(asked.app_id, [id for id, _ in asked.owners], first, last)
    )
    # Livestreams are numbered from 1 on; 0 is the whole app.
    named = changes.owner > 0
    return Changes(changes.owner[named] - 1, *(column[named] for column in changes[1:]))


def _of_one(asked: Asked, kind: LedgerKind, first: int, last: int) -> Changes:
    return raw.changes_of(asked.app_id, kind, asked.livestream, first, last)


def _leaving(asked: Asked) -> Integers:
    """How many leave exactly as each window begins: just before it they still went on."""
    start = asked.windows.start.tolist()
    stream = asked.livestream.stream_key if asked.livestream else None
    with connection.cursor() as cursor:
        cursor.execute(_LEAVING, [asked.app_id, list(set(start)), stream, stream])
        leaving = {(stream, at): count for stream, at, count in cursor.fetchall()}
    return np.array(
        [leaving.get((key, at), 0) for (_, key), at in zip(asked.owners, start, strict=True)], dtype=np.int64
    )


def _uuids(owners: Sequence[UUID]) -> pgarrays.PgArray:
    return pgarrays.uuids([owner.bytes for owner in owners])


def _arrays(statement: str, *values: object) -> list[Integers]:
    """The one row of a statement, whose columns are arrays of bigint."""
    with raw_cursor() as cursor:
        cursor.execute(statement, values)
        answer = cursor.pgresult
        if answer is None:
            raise RuntimeError("the statement gave no result")
        return [pgarrays.read_int8s(answer.get_value(0, column)) for column in range(answer.nfields)]
