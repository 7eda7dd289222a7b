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
from psycopg import Cursor

from analytics.arithmetic import MINUTE_MS, WEEK_MS, Changes, Integers, Interval, Stretch, netted, union
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
    "SELECT %(place)s, sum(starts - ends), sum((starts - ends) * (%(last)s - at)) FROM ("
    + _EVENTS
    + ") AS event"
)

# One value of the running count for every instant at which something happens.
_RUNNING = (
    """
    SELECT {owner} AS owner, at - at %% 60000 AS bucket_ms, at, sum(starts) AS starts, sum(ends) AS ends,
        sum(sum(starts - ends)) OVER (PARTITION BY {owner}, at - at %% 60000 ORDER BY at) AS running
    FROM ("""
    + _EVENTS
    + ") AS event GROUP BY {grouping}"
)

_MINUTES = (
    """
    SELECT owner, bucket_ms, sum(starts)::bigint AS starts, sum(ends)::bigint AS ends,
        sum((starts - ends) * (bucket_ms + 60000 - at))::bigint AS area,
        greatest(max(running), CASE WHEN min(at) > greatest(bucket_ms, %(first)s) THEN 0 END)::bigint AS peak
    FROM ("""
    + _RUNNING
    + ") AS instant GROUP BY owner, bucket_ms"
)

# The running count of each livestream, and (null) of the whole app.
_OF_ALL = {"owner": "stream_key", "grouping": "GROUPING SETS ((stream_key, at), (at))"}
_OF_ONE = {"owner": "NULL::text", "grouping": "at"}

MINUTES_OF_ALL = (
    "SELECT coalesce(livestream.id, '00000000-0000-0000-0000-000000000000') AS owner,"
    " bucket_ms, starts, ends, area, peak FROM ("
    + _MINUTES.format(**_OF_ALL)
    + ") AS minute LEFT JOIN analytics_livestream AS livestream ON app_id = %(app)s AND stream_key = owner"
)
MINUTES_OF_ONE = _MINUTES.format(**_OF_ONE) + " ORDER BY bucket_ms"
CHANGES = (
    """
    WITH owner AS (
        SELECT stream_key, row_number() OVER (ORDER BY id) AS number
        FROM analytics_livestream WHERE app_id = %(app)s
    )
    SELECT array_agg(number), array_agg(at), array_agg(starts::bigint) FROM ("""
    + _EVENTS
    + ") AS event JOIN owner USING (stream_key)"
)
_FIRST_HIGHEST = (
    "SELECT at FROM (" + _RUNNING.format(**_OF_ONE) + ") AS instant ORDER BY running DESC, at LIMIT 1"
)


class Edge(NamedTuple):
    """What a part of a minute adds: to the active ones, and to the time (ms) watched before its end."""

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


def edges(
    app_id: int, kind: LedgerKind, livestream: Livestream | None, spans: Sequence[tuple[int, int]]
) -> list[Edge]:
    """What each span (first, last) within a minute adds."""
    if kind == LedgerKind.INGEST:
        return [_edge_of_publishers(app_id, livestream, first, last) for first, last in spans]
    return [
        edge
        for batch in range(0, len(spans), EDGES_AT_ONCE)
        for edge in _edges_of_viewers(app_id, livestream, spans[batch : batch + EDGES_AT_ONCE])
    ]


def _edges_of_viewers(
    app_id: int, livestream: Livestream | None, spans: Sequence[tuple[int, int]]
) -> list[Edge]:
    # One statement of a part for each span, whose parameters carry its number.
    parts = [_SUM.replace(")s", f"_{place})s") for place in range(len(spans))]
    values = {
        f"{name}_{place}": value
        for place, (first, last) in enumerate(spans)
        for name, value in {**parameters(app_id, first, last, livestream), "place": place}.items()
    }
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return [Edge(int(net or 0), int(watched or 0)) for _, net, watched in sorted(cursor.fetchall())]


def stretches(app_id: int, livestream: Livestream | None, first: int, last: int) -> list[Stretch]:
    """The minutes, or parts of minutes, in which viewings begin or end, in order."""
    with connection.cursor() as cursor:
        cursor.execute(MINUTES_OF_ONE, parameters(app_id, first, last, livestream))
        return [
            Stretch(max(bucket, first), MINUTE_MS, starts - ends, peak)
            for _, bucket, starts, ends, _, peak in cursor.fetchall()
        ]


def first_highest(app_id: int, livestream: Livestream | None, first: int, last: int) -> int | None:
    """When, within one minute, the count was highest after something happened; None: nothing did."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_HIGHEST, parameters(app_id, first, last, livestream))
        row: tuple[int] | None = cursor.fetchone()
    return row[0] if row else None


def view_changes(app_id: int, first: int, last: int) -> Changes:
    """What begins and ends in the range, of each livestream (numbered from 1 in the order of ids) and, as
    owner 0, of the whole app."""
    return _with_whole_app(*integers(CHANGES, parameters(app_id, first, last)))


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
    with Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, binary=True)
        answer = cursor.pgresult
        if answer is None:
            raise RuntimeError("the statement gave no result")
        return [pgarrays.read_int8s(answer.get_value(0, column)) for column in range(answer.nfields)]


def _edge_of_publishers(app_id: int, livestream: Livestream | None, first: int, last: int) -> Edge:
    net = watched = 0
    for _, at, sign in _union_edges(app_id, livestream, first, last):
        net += sign
        watched += sign * (last - at)
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
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, parameters(app_id, first, last, livestream))
        for owner, start, end in cursor.fetchall():
            runs[owner].append((start, end))
    for owner, intervals in runs.items():
        for start, end in union(intervals):
            if first <= start < last:
                yield owner, start, 1
            if end is not None and first <= end < last:
                yield owner, end, -1
