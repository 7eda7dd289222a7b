"""The same viewings in databases made for analysis, and the same questions in their SQL.

All three are asked alike; what differs is how a dialect unfolds a viewing into days, and rounds down.
PostgreSQL's plain SQL is one of them. Each has two threads.
"""

import json
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import duckdb
from chdb.session import Session
from django.db import connection

from benchmarks.viewings import NEVER_MS, Viewings

THREADS = 2

_OVERLAPPING = "app_id = {app} AND started_ms < {end} AND ended_ms > {start}"
_OVERALL = (
    "SELECT sum(least(ended_ms, {end}) - greatest(started_ms, {start})) FROM {viewing} AS v WHERE "
    + _OVERLAPPING
)
# A viewing counts in every day that it reaches into.
_DAYWISE = (
    """
SELECT day, sum(least(ended_ms, (day + 1) * 86400000, {end}) - greatest(started_ms, day * 86400000, {start}))
FROM (SELECT started_ms, ended_ms, {days} AS day FROM {viewing} AS v WHERE """
    + _OVERLAPPING
    + """) AS d
GROUP BY day ORDER BY day
"""
)
# What begins and ends inside the window, on top of who watches just before it.
_EVENTS = """
SELECT started_ms AS instant, 1 AS net FROM {viewing} AS v
WHERE app_id = {app} AND started_ms >= {start} AND started_ms < {end}
UNION ALL
SELECT ended_ms, -1 FROM {viewing} AS v WHERE app_id = {app} AND ended_ms >= {start} AND ended_ms < {end}
"""
_BEFORE = """
SELECT count(*) FROM {viewing} AS v
WHERE app_id = {app} AND started_ms < {start} AND ended_ms >= {start}
"""
_CURVE = "SELECT {step_of} AS step, sum(net) FROM (" + _EVENTS + ") AS e GROUP BY 1 ORDER BY 1"
_PEAK = (
    """
SELECT max(running) FROM (SELECT sum(net) OVER (ORDER BY instant ROWS UNBOUNDED PRECEDING) AS running
FROM (SELECT instant, sum(net) AS net FROM ("""
    + _EVENTS
    + ") AS e GROUP BY instant) AS i) AS r"
)


class Engine(Protocol):
    name: str
    viewing: str
    days: str
    step: str

    def rows(self, sql: str) -> Sequence[Sequence[Any]]: ...


class Plain:
    """PostgreSQL's own tables, without the ledger."""

    name = "PostgreSQL"
    viewing = f"""(
        SELECT app_id, started_ms, ended_ms FROM analytics_viewinterval WHERE counted
        UNION ALL SELECT app_id, started_ms, {NEVER_MS} FROM viewers_viewersession WHERE counted)"""
    days = (
        "generate_series(greatest(started_ms, {start}) / 86400000, (least(ended_ms, {end}) - 1) / 86400000)"
    )
    step = "instant / {step}"

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            found: Sequence[Sequence[Any]] = cursor.fetchall()
            return found


class DuckDB:
    name = "DuckDB"
    viewing = "viewing"
    days = (
        "unnest(range(greatest(started_ms, {start}) // 86400000,"
        " (least(ended_ms, {end}) - 1) // 86400000 + 1))"
    )
    step = "instant // {step}"

    def __init__(self, directory: Path) -> None:
        self.connection = duckdb.connect(str(directory / "duckdb"), config={"threads": THREADS})
        self.connection.execute(f"SET temp_directory = '{directory / 'duckdb.tmp'}'")
        self.connection.execute(
            "CREATE TABLE viewing (app_id INTEGER, stream_key VARCHAR, started_ms BIGINT, ended_ms BIGINT)"
        )

    def add(self, app_id: int, viewings: Viewings, parquet: Path) -> None:
        """Also as a file, for whom numpy's arrays are foreign."""
        batch = {"stream": viewings.stream, "started_ms": viewings.started, "ended_ms": viewings.ended}
        self.connection.register("batch", batch)
        stream_key = "printf('s%02d', stream) AS stream_key"
        selected = f"SELECT {app_id} AS app_id, {stream_key}, started_ms, ended_ms FROM batch"
        self.connection.execute(f"INSERT INTO viewing {selected}")
        self.connection.execute(f"COPY ({selected}) TO '{parquet}' (FORMAT parquet)")

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        return self.connection.execute(sql).fetchall()


class ClickHouse:
    name = "chdb"
    viewing = "viewing"
    days = (
        "toInt64(arrayJoin(range(toUInt64(intDiv(greatest(started_ms, {start}), 86400000)),"
        " toUInt64(intDiv(least(ended_ms, {end}) - 1, 86400000) + 1))))"
    )
    step = "intDiv(instant, {step})"

    def __init__(self, directory: Path) -> None:
        made: Any = Session
        self.session = made(str(directory / "chdb"))
        self.session.query(f"SET max_threads = {THREADS}")
        self.session.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
        self.session.query("USE bench")
        self.session.query(
            "CREATE TABLE viewing (app_id Int32, stream_key LowCardinality(String),"
            " started_ms Int64, ended_ms Int64) ENGINE = MergeTree ORDER BY (app_id, ended_ms)"
        )

    def add(self, parquet: Path) -> None:
        self.session.query(f"INSERT INTO viewing SELECT * FROM file('{parquet}')")

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        answer = str(self.session.query(f"{sql} SETTINGS max_threads = {THREADS}", "JSONCompactEachRow"))
        return [[int(value) for value in json.loads(line)] for line in answer.splitlines() if line]


def asked(engine: Engine, question: str, **values: int) -> Any:
    """The engine's answer: a number, or numbers by day or step."""
    alike = {"watched": "overall"}.get(question, question)
    sql = {"overall": _OVERALL, "daywise": _DAYWISE, "curve": _CURVE, "peak": _PEAK}[alike]
    names = {
        "viewing": engine.viewing,
        "days": engine.days.format(**values),
        "step_of": engine.step.format(**values),
        **values,
    }
    rows = engine.rows(sql.format(**names))
    if alike == "overall":
        return int(rows[0][0])
    if question == "daywise":
        return [int(watched) for _, watched in rows]
    ((before,),) = engine.rows(_BEFORE.format(**names))
    if question == "peak":
        return int(before) + max(0, int(rows[0][0]))
    return _curve(int(before), [(int(step), int(net)) for step, net in rows])


def _curve(before: int, nets: Sequence[tuple[int, int]]) -> dict[int, int]:
    """How many watch at the end of each step, by its number."""
    running = accumulate((net for _, net in nets), initial=before)
    return dict(zip([step for step, _ in nets], list(running)[1:], strict=True))
