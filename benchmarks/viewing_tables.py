"""The benchmark's viewings in Turnout's own tables, and the ledger of them."""

from collections.abc import Sequence

import numpy as np
from django.db import connection, transaction

from accounts.models import Account, App
from analytics import peaks
from analytics.arithmetic import WEEK_MS
from analytics.identity import livestream_id
from analytics.models import IngestInterval, Livestream, LivestreamSession
from analytics.partitions import TABLE, name_of
from analytics.verify import rebuild
from benchmarks.viewings import STREAMS, Viewings, broadcasts, stream_key

BLOCK = 200_000

# The columns of PostgreSQL's binary COPY. Each has one width in all rows.
PAST = {
    "id": "V16",
    "connection": "V16",
    "app_id": ">i8",
    "source_id": ">i8",
    "connection_id": "S6",
    "stream_key": "S3",
    "started_ms": ">i8",
    "ended_ms": ">i8",
    "last_ms": ">i8",
    "reason": "S4",
}
LIVE = {name: kind for name, kind in PAST.items() if name not in {"connection", "ended_ms", "reason"}}

# No answer asks for them: 12 GB less at 100 million viewings, and half of the time to fill them.
_UNASKED = f"""
DROP INDEX analytics_view_newest, analytics_view_connection, analytics_view_connection_id;
ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_pkey
"""


def without_unasked_indexes() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_UNASKED)


def made(name: str, now: int) -> App:
    """An app with its livestreams; each turn on the air is a publisher's run and a broadcast."""
    account = Account.objects.create(public_id=name, name=name)
    app = App.objects.create(public_id=name, account=account, name=name)
    ids = {key: livestream_id(app.pk, key) for key in map(stream_key, range(STREAMS))}
    Livestream.objects.bulk_create(
        Livestream(id=id, app=app, stream_key=key, created_ms=0) for key, id in ids.items()
    )
    turns = list(broadcasts(now))
    LivestreamSession.objects.bulk_create(
        LivestreamSession(app=app, livestream_id=ids[key], started_ms=start, ended_ms=end)
        for key, start, end in turns
    )
    IngestInterval.objects.bulk_create(
        IngestInterval(
            connection=ids[key],
            app=app,
            source_id=1,
            livestream_id=ids[key],
            connection_id="encoder",
            stream_key=key,
            started_ms=start,
            last_ms=end,
            ended_ms=end,
            reason="stop",
        )
        for key, start, end in turns
    )
    return app


def fill_week(week: int, each: Sequence[tuple[App, Viewings]]) -> None:
    """A partition made, filled, then attached: what a transaction fills that it made is neither logged nor
    vacuumed, and its indexes are built at once."""
    name = name_of(week)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS)")
        for app, viewings in each:
            _copy(f"{name} ({', '.join(PAST)}) FROM STDIN (FORMAT binary, FREEZE)", PAST, app.pk, viewings)
        cursor.execute(
            f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ({week}) TO ({week + WEEK_MS})"
        )
        cursor.execute(f"ANALYZE {name}")


def fill_live(app: App, viewings: Viewings) -> None:
    with connection.cursor() as cursor:
        _copy(f"viewers_viewersession ({', '.join(LIVE)}) FROM STDIN (FORMAT binary)", LIVE, app.pk, viewings)
        cursor.execute("VACUUM (ANALYZE) viewers_viewersession")


def sum_up(apps: Sequence[App], now: int) -> int:
    """The ledger of all viewings, and its peaks; the number of its rows that were written."""
    written = sum(1 for app in apps for _ in rebuild(app))
    while peaks.fill(now):
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    return written


def _copy(target: str, columns: dict[str, str], app_id: int, viewings: Viewings) -> None:
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY {target}") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for first in range(0, len(viewings), BLOCK):
            copy.write(_rows(columns, app_id, viewings.part(first, first + BLOCK)))
        copy.write(b"\xff\xff")


def _rows(columns: dict[str, str], app_id: int, viewings: Viewings) -> bytes:
    """As COPY wants them: the number of fields, then each behind its length."""
    fields = [
        (f"{name}{part}", kind)
        for name, of in columns.items()
        for part, kind in ((" bytes", ">i4"), ("", of))
    ]
    rows = np.zeros(len(viewings), dtype=[("fields", ">i2"), *fields])
    keys = np.array([stream_key(number).encode() for number in range(STREAMS)])
    draw = np.random.default_rng()
    values = {
        "id": np.frombuffer(draw.bytes(16 * len(viewings)), "V16"),
        "connection": np.frombuffer(draw.bytes(16 * len(viewings)), "V16"),
        "app_id": app_id,
        "source_id": 1,
        "connection_id": b"viewer",
        "stream_key": keys[viewings.stream],
        "started_ms": viewings.started,
        "ended_ms": viewings.ended,
        "last_ms": viewings.ended,
        "reason": b"stop",
    }
    rows["fields"] = len(columns)
    for name in columns:
        rows[f"{name} bytes"] = rows.dtype[name].itemsize
        rows[name] = values[name]
    return rows.tobytes()
