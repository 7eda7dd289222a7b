"""Weekly partitions of the history of viewings, by the week in which a viewing ended.

A partition is made as a table of its own and then attached: CREATE TABLE … PARTITION OF would lock all
reading and writing of the whole history out (ACCESS EXCLUSIVE), ATTACH PARTITION lets both go on. See
docs/ledger.md for why no library does this.
"""

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from analytics.arithmetic import WEEK_MS, floor_week

TABLE = "analytics_viewinterval"
# An advisory lock: whoever makes or drops partitions holds it to the end of its transaction.
LOCK = 0x7475726E5061
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def name_of(week_ms: int) -> str:
    """Of the partition whose week begins at ``week_ms``, a Monday 00:00 UTC."""
    return f"{TABLE}_{EPOCH + timedelta(milliseconds=week_ms):%Y%m%d}"


def week_of(name: str) -> int:
    """The beginning, in ms, of the week that a partition's name says."""
    day = datetime.strptime(name.rpartition("_")[2], "%Y%m%d").replace(tzinfo=UTC)
    return (day - EPOCH) // timedelta(milliseconds=1)


def ensure(first_ms: int, last_ms: int) -> list[str]:
    """Make the missing partitions for viewings that end in [first_ms, last_ms]; the names of those made.

    Costs one look into the catalogue when none is missing, so it is not cached: a cache would have to survive
    rollbacks and other processes. May stand inside a writer's transaction; two at once are safe.
    """
    weeks = list(range(floor_week(first_ms), last_ms + 1, WEEK_MS))
    if not _missing(weeks):
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        missing = _missing(weeks)
        for week in missing:
            name = name_of(week)
            cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING ALL)")
            cursor.execute(
                f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ({week}) TO ({week + WEEK_MS})"
            )
    return [name_of(week) for week in missing]


def drop_before(before_ms: int) -> list[str]:
    """Drop every partition that lies wholly before ``before_ms``; the names of those dropped.

    Locks the whole history for the moment of the drop. Waits at most two seconds for that lock, since all
    who come later wait behind it: raises OperationalError then, and the next run tries again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        doomed = [name for name in existing() if week_of(name) + WEEK_MS <= before_ms]
        if doomed:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            cursor.execute(f"DROP TABLE {', '.join(doomed)}")
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    return doomed


def existing() -> list[str]:
    """The partitions' names, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
            " WHERE inhparent = %s::regclass ORDER BY relname",
            [TABLE],
        )
        return [name for (name,) in cursor.fetchall()]


def since(ms: int) -> list[str]:
    """The names of those in which something can lie that ended at or after ``ms``, oldest first."""
    return [name for name in existing() if week_of(name) + WEEK_MS > ms]


def _missing(weeks: list[int]) -> list[int]:
    # The rows of pg_inherits, not to_regclass(): its cache can miss what another process has just committed.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
            " WHERE inhparent = %s::regclass AND relname = ANY(%s)",
            [TABLE, [name_of(week) for week in weeks]],
        )
        found = {name for (name,) in cursor.fetchall()}
    return [week for week in weeks if name_of(week) not in found]
