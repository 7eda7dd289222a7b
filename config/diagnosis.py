"""What `manage.py doctor` looks at: each examination answers with one finding in plain words."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Max

from accounts.models import Source
from config import health
from config.checks import OLDEST_POSTGRESQL
from ingest.lead import somebody_leads
from ingest.models import Recount, WorkerState
from viewers.geolocation import geoip

Level = Literal["ok", "warn", "fail"]
GIGABYTE = 1024**3


@dataclass(frozen=True)
class Finding:
    level: Level
    subject: str
    message: str


def examine() -> Iterator[Finding]:
    """Every finding, in an order where later ones depend on earlier ones."""
    found = database()
    yield found
    if found.level != "fail":
        yield from _with_database()
    yield geolocation()
    yield disk()


def _with_database() -> Iterator[Finding]:
    found = migrations()
    yield found
    yield clock()
    examinations: list[Callable[[], Finding]] = [worker, lead, live_snapshot, last_event, ledger]
    if found.level == "ok":
        for examination in examinations:
            yield examination()


def database() -> Finding:
    kind = (
        "embedded" if settings.DATABASES["default"]["ENGINE"] == "config.embedded" else "yours (DATABASE_URL)"
    )
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        advice = "Look at DATABASE_URL, and whether that server runs." if kind != "embedded" else ""
        said = " ".join(str(error).split())
        return Finding("fail", "database", f"{kind}; no connection: {said} {advice}".strip())
    version = getattr(connection, "pg_version", 0)
    name = f"PostgreSQL {version // 10000}.{version % 10000}, {kind}"
    if version // 10000 < OLDEST_POSTGRESQL:
        return Finding("fail", "database", f"{name}: too old, {OLDEST_POSTGRESQL} or newer is needed.")
    return Finding("ok", "database", name)


def migrations() -> Finding:
    if not health.is_migrated():
        missing = health.unapplied_migrations()
        return Finding("fail", "migrations", f"{len(missing)} not applied: run `manage.py migrate`.")
    return Finding("ok", "migrations", "all applied")


def clock() -> Finding:
    before = time.time_ns()
    with connection.cursor() as cursor:
        cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        theirs = int(cursor.fetchone()[0])
    ours = (before + time.time_ns()) // 2_000_000
    message = (
        f"the database's clock is {abs(theirs - ours)} ms {'ahead of' if theirs >= ours else 'behind'} ours"
    )
    if abs(theirs - ours) > 2_000:
        return Finding("warn", "clock", f"{message}: let both machines follow an NTP server.")
    return Finding("ok", "clock", message)


def worker() -> Finding:
    age = health.worker_age_ms(_now())
    if age is None:
        return Finding("fail", "worker", "has never run: start `manage.py worker` (`make run` does).")
    if age >= health.HEARTBEAT_MAX_AGE_MS:
        return Finding("fail", "worker", f"last seen {duration(age)} ago: start `manage.py worker`.")
    return Finding("ok", "worker", f"last seen {duration(age)} ago")


def lead() -> Finding:
    if somebody_leads():
        return Finding("ok", "lead", "held by a worker")
    age = health.worker_age_ms(_now())
    # A worker that has just begun, or taken over, asks for it within seconds.
    level: Level = "fail" if age is None or age >= health.HEARTBEAT_MAX_AGE_MS else "warn"
    return Finding(level, "lead", "no worker leads: nobody ends silent sessions, polls, or fills peaks.")


def live_snapshot() -> Finding:
    known = WorkerState.objects.first()
    if known is None or known.snapshot_ms is None:
        return Finding("fail", "snapshot", "none was published yet: the map is empty until a worker runs.")
    age, took = _now() - known.snapshot_ms, known.snapshot_build_ms or 0
    message = f"published {duration(age)} ago, built in {took} ms"
    if age > max(health.HEARTBEAT_MAX_AGE_MS, 10 * took):
        return Finding("fail", "snapshot", f"{message}: the map shows how it was then.")
    return Finding("ok", "snapshot", message)


def ledger() -> Finding:
    """The worse of what recounts found; the latest of those that found nothing."""
    recounts = list(Recount.objects.order_by("-ran_ms"))
    if not recounts:
        return Finding(
            "warn", "ledger", "never verified: run `manage.py verify_ledger`; the worker looks nightly."
        )
    wrong = next((each for each in recounts if each.differences), None)
    said = "; ".join(_recounted(each) for each in recounts)
    if wrong is not None:
        advice = "`manage.py rebuild_ledger` replaces what is wrong, `manage.py verify_ledger` looks again."
        return Finding("fail", "ledger", f"{said}. {advice}")
    return Finding("ok", "ledger", said)


def _recounted(found: Recount) -> str:
    result = "no difference" if not found.differences else f"{found.differences} differences"
    return f"{found}, {duration(_now() - found.ran_ms)} ago: {result}"


def last_event() -> Finding:
    newest = Source.objects.aggregate(newest=Max("last_event_ms"))["newest"]
    if newest is None:
        return Finding("warn", "events", "none received so far: connect a server or player (see the README).")
    return Finding("ok", "events", f"the last one was received {duration(_now() - newest)} ago")


def geolocation() -> Finding:
    status = geoip.status(_now())
    if not status.ok:
        return Finding("warn", "geolocation", status.message)
    return Finding("ok", "geolocation", f"{status.database_type}, places {status.coverage}. {status.message}")


def disk() -> Finding:
    directory = Path(settings.VAR_DIR)
    usage = shutil.disk_usage(directory if directory.exists() else directory.parent)
    message = f"{usage.free / GIGABYTE:.1f} GB free of {usage.total / GIGABYTE:.0f} GB at {directory}"
    if usage.free < GIGABYTE:
        return Finding("fail", "disk", f"{message}: make room, the database stops when it is full.")
    if usage.free < 5 * GIGABYTE:
        return Finding("warn", "disk", f"{message}: a busy day can take more.")
    return Finding("ok", "disk", message)


def duration(ms: int) -> str:
    """The largest unit that gives at least 1: `4 s`, `3 min`, `2 h`, `5 days`."""
    for unit, name in ((86_400_000, "days"), (3_600_000, "h"), (60_000, "min")):
        if ms >= unit:
            return f"{ms // unit} {name}"
    return f"{max(0, ms) // 1000} s"


def _now() -> int:
    return time.time_ns() // 1_000_000
