"""What the rows themselves say of a short time: the raw edges of a window, and what verifies the ledger.

``first`` and ``last`` are instants (ms) of a half-open range. The bounds stand in the statements as
constants, so that the planner leaves out the partitions that cannot matter: a row that started in the range
ended within a week of it, since runs are cut every seven days.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from analytics.arithmetic import (
    MINUTE_MS,
    WEEK_MS,
    Changes,
    Integers,
    Interval,
    Stretch,
    in_buckets,
    netted,
    peaks_in_buckets,
    union,
)
from analytics.driver import driver_cursor
from analytics.models import LedgerKind, Livestream
from viewers.sessions import pgarrays

EDGES_AT_ONCE = 8

_EVENTS = """
    SELECT stream_key, started_ms AS at, 1 AS starts, 0 AS ends FROM analytics_viewinterval
    WHERE app_id = %(app)s AND started_ms >= %(first)s AND started_ms < %(last)s
        AND ended_ms >= %(first)s AND ended_ms < %(farthest)s AND counted
        AND (%(stream)s::text IS NULL OR stream_key = %(stream)s)
    UNION ALL
    SELECT stream_key, ended_ms, 0, 1 FROM analytics_viewinterval
    WHERE app_id = %(app)s AND ended_ms >= %(first)s AND ended_ms < %(last)s AND counted
        AND (%(stream)s::text IS NULL OR stream_key = %(stream)s)
    UNION ALL
    SELECT stream_key, started_ms, 1, 0 FROM viewers_viewersession
    WHERE app_id = %(app)s AND started_ms >= %(first)s AND started_ms < %(last)s AND counted
        AND (%(stream)s::text IS NULL OR stream_key = %(stream)s)
"""

_SUM = (
    "SELECT %(place)s, sum(starts - ends), sum((starts - ends) * (%(until)s - at)) FROM ("
    + _EVENTS
    + ") AS event"
)

# The peaks of minutes, of each livestream and (its stream key null) of the whole app, from one value of the
# running count for every instant at which something happens.
PEAKS = (
    """
    SELECT coalesce(livestream.id, '00000000-0000-0000-0000-000000000000') AS owner, bucket_ms, peak
    FROM (
        SELECT stream_key, bucket_ms,
            greatest(max(running), CASE WHEN min(at) > bucket_ms THEN 0 END)::bigint AS peak
        FROM (
            SELECT stream_key, at - at %% 60000 AS bucket_ms, at,
                sum(sum(starts - ends)) OVER (
                    PARTITION BY stream_key, at - at %% 60000 ORDER BY at) AS running
            FROM ("""
    + _EVENTS
    + """) AS event GROUP BY GROUPING SETS ((stream_key, at), (at))
        ) AS instant GROUP BY stream_key, bucket_ms
    ) AS minute LEFT JOIN analytics_livestream AS livestream
        ON app_id = %(app)s AND livestream.stream_key = minute.stream_key"""
)
_CHANGES_OF_ALL = (
    """
    WITH owner AS (
        SELECT stream_key, row_number() OVER (ORDER BY id) AS number
        FROM analytics_livestream WHERE app_id = %(app)s
    )
    SELECT array_agg(number), array_agg(at), array_agg(starts::bigint) FROM ("""
    + _EVENTS
    + ") AS event JOIN owner USING (stream_key)"
)
_ANY_CHANGE = "SELECT EXISTS (SELECT FROM (" + _EVENTS + ") AS event)"
_CHANGES_OF_ONE = "SELECT array_agg(at), array_agg(starts::bigint) FROM (" + _EVENTS + ") AS event"


class Span(NamedTuple):
    """A part of a minute, and the instant that it is reckoned up to."""

    first: int
    last: int
    until: int


class Edge(NamedTuple):
    """What begins and ends adds: to the active ones, and to the time (ms) watched before an instant."""

    net: int = 0
    watched: int = 0


def parameters(
    app_id: int, first: int, last: int, livestream: Livestream | None = None
) -> dict[str, int | str | UUID | None]:
    return {
        "app": app_id,
        "first": first,
        "last": last,
        "farthest": last + WEEK_MS,
        "stream": livestream.stream_key if livestream else None,
        "livestream": livestream.pk if livestream else None,
    }


def edges(app_id: int, kind: LedgerKind, livestream: Livestream | None, spans: Sequence[Span]) -> list[Edge]:
    """What each span adds."""
    if kind == LedgerKind.INGEST:
        return [_edge_of_publishers(app_id, livestream, span) for span in spans]
    return [
        edge
        for batch in range(0, len(spans), EDGES_AT_ONCE)
        for edge in _edges_of_viewers(app_id, livestream, spans[batch : batch + EDGES_AT_ONCE])
    ]


def _edges_of_viewers(app_id: int, livestream: Livestream | None, spans: Sequence[Span]) -> list[Edge]:
    # One statement of a part for each span, whose parameters carry its number.
    parts = [_SUM.replace(")s", f"_{place})s") for place in range(len(spans))]
    values = {
        f"{name}_{place}": value
        for place, span in enumerate(spans)
        for name, value in {
            **parameters(app_id, span.first, span.last, livestream),
            "place": place,
            "until": span.until,
        }.items()
    }
    with driver_cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return [Edge(int(net or 0), int(watched or 0)) for _, net, watched in sorted(cursor.fetchall())]


def stretches(app_id: int, livestream: Livestream | None, first: int, last: int) -> list[Stretch]:
    """The minutes, or parts of minutes, in which viewings begin or end, in order."""
    changes = changes_of(app_id, LedgerKind.VIEW, livestream, first, last)
    rows, peaks = in_buckets(changes, MINUTE_MS), peaks_in_buckets(changes, MINUTE_MS, first)
    columns = (np.maximum(rows.bucket, first), rows.starts - rows.ends, peaks)
    return [
        Stretch(start, MINUTE_MS, net, peak)
        for start, net, peak in zip(*(column.tolist() for column in columns), strict=True)
    ]


def first_highest(app_id: int, livestream: Livestream | None, first: int, last: int) -> int:
    """When the count was highest for the first time: ``first``, or an instant at which something happens."""
    changes = changes_of(app_id, LedgerKind.VIEW, livestream, first, last)
    above = (changes.starts - changes.ends).cumsum()
    # The count just before is one of the values only where nothing happens at once.
    if not len(above) or (changes.at[0] > first and above.max() <= 0):
        return first
    return int(changes.at[above.argmax()])


def changes_of(
    app_id: int, kind: LedgerKind, livestream: Livestream | None, first: int, last: int
) -> Changes:
    """What begins and ends in the range, instant by instant, all of it as owner 0's."""
    if kind == LedgerKind.INGEST:
        edges = [(at, int(sign > 0)) for _, at, sign in _union_edges(app_id, livestream, first, last)]
        at, starts = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    else:
        at, starts = integers(_CHANGES_OF_ONE, parameters(app_id, first, last, livestream))
    return netted(Changes(np.zeros_like(at), at, starts, 1 - starts))


def any_change(app_id: int, first: int, last: int) -> bool:
    """Whether any viewing begins or ends in the range."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY_CHANGE, parameters(app_id, first, last))
        return bool(cursor.fetchone()[0])


def view_changes(app_id: int, first: int, last: int) -> Changes:
    """What begins and ends in the range, of each livestream (numbered from 1 in the order of ids) and, as
    owner 0, of the whole app."""
    return _with_whole_app(*integers(_CHANGES_OF_ALL, parameters(app_id, first, last)))


def ingest_changes(app_id: int, livestreams: Sequence[UUID], first: int, last: int) -> Changes:
    """The same of the livestreams' publishers."""
    numbers = {livestream: number for number, livestream in enumerate(livestreams, 1)}
    edges = [
        (numbers[livestream], at, int(sign > 0))
        for livestream, at, sign in _union_edges(app_id, None, first, last)
    ]
    return _with_whole_app(*np.array(edges, dtype=np.int64).reshape(-1, 3).T)


def _with_whole_app(owner: Integers, at: Integers, starts: Integers) -> Changes:
    everyone = np.concatenate([owner, np.zeros_like(owner)])
    return netted(Changes(everyone, *(np.tile(column, 2) for column in (at, starts, 1 - starts))))


def integers(statement: str, values: Mapping[str, object]) -> list[Integers]:
    """The one row of a statement, whose columns are arrays of bigint. No Python object is made for each."""
    with driver_cursor() as cursor:
        # Many rows of a time that is known: whatever it takes to plan well is worth it.
        cursor.execute(statement, values, prepare=False)
        answer = cursor.pgresult
        if answer is None:
            raise RuntimeError("the statement gave no result")
        return [pgarrays.read_int8s(answer.get_value(0, column)) for column in range(answer.nfields)]


def _edge_of_publishers(app_id: int, livestream: Livestream | None, span: Span) -> Edge:
    net = watched = 0
    for _, at, sign in _union_edges(app_id, livestream, span.first, span.last):
        net += sign
        watched += sign * (span.until - at)
    return Edge(net, watched)


_RUNS = """
SELECT livestream_id, started_ms, ended_ms FROM analytics_ingestinterval
WHERE livestream_id IN (
        SELECT livestream_id FROM analytics_ingestinterval
        WHERE app_id = %(app)s AND started_ms >= %(first)s AND started_ms < %(last)s
        UNION
        SELECT livestream_id FROM analytics_ingestinterval
        WHERE app_id = %(app)s AND ended_ms >= %(first)s AND ended_ms < %(last)s
    )
    AND (%(livestream)s::uuid IS NULL OR livestream_id = %(livestream)s)
    AND started_ms < %(last)s AND (ended_ms IS NULL OR ended_ms >= %(first)s) AND NOT inferred
"""


def _union_edges(
    app_id: int, livestream: Livestream | None, first: int, last: int
) -> Iterator[tuple[UUID, int, int]]:
    """(livestream, instant, +1 or −1) where the union of its publishers' runs begins or ends in the range.

    Whether an edge in the range is one of the union, the runs that reach into the range decide.
    """
    runs: dict[UUID, list[Interval]] = defaultdict(list)
    with driver_cursor() as cursor:
        cursor.execute(_RUNS, parameters(app_id, first, last, livestream))
        for owner, start, end in cursor.fetchall():
            runs[owner].append((start, end))
    for owner, intervals in runs.items():
        for start, end in union(intervals):
            if first <= start < last:
                yield owner, start, 1
            if end is not None and first <= end < last:
                yield owner, end, -1
