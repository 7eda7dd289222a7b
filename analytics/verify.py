"""Recomputes the ledger from the rows it sums, from each app's purge horizon on.

An hour at a time: its minutes and the hour itself are compared with the rows, in one snapshot of their own,
so that none is long; a day is compared with its hours. Hours in which neither the rows nor the ledger hold
anything are skipped.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.utils import IntegrityError

from accounts.models import App
from analytics import raw
from analytics.arithmetic import DAY_MS, HOUR_MS, Stretch, floor, highest
from analytics.ledger import SIZES
from analytics.models import LedgerKind, LedgerLevel, PurgeHorizon
from analytics.snapshot import snapshot

ATTEMPTS = 10


class Sums(NamedTuple):
    starts: int = 0
    ends: int = 0
    area: int = 0
    peak: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    app_id: int
    owner: UUID
    kind: LedgerKind
    level: LedgerLevel
    bucket_ms: int
    found: Sums
    expected: Sums

    def __str__(self) -> str:
        return (
            f"app {self.app_id}, owner {self.owner}, {self.kind.label}, {self.level.label} {self.bucket_ms}:"
            f" ledger {tuple(self.found)}, rows {tuple(self.expected)}"
        )


Key = tuple[UUID, LedgerLevel, int]

_KNOWN_HOURS = """
SELECT DISTINCT bucket_ms - bucket_ms %% 3600000 FROM analytics_ledger
WHERE app_id = %s AND kind = %s AND bucket_ms >= %s
"""
_NEXT = """
SELECT min(at) FROM (
    SELECT min(started_ms) AS at FROM {closed} WHERE app_id = %(app)s AND started_ms >= %(first)s
    UNION ALL SELECT min(ended_ms) FROM {closed} WHERE app_id = %(app)s AND ended_ms >= %(first)s
    UNION ALL SELECT min(started_ms) FROM viewers_viewersession
        WHERE app_id = %(app)s AND started_ms >= %(first)s
) AS next
"""
_NEXT_OF = {
    LedgerKind.VIEW: _NEXT.format(closed="analytics_viewinterval"),
    LedgerKind.INGEST: _NEXT.format(closed="analytics_ingestinterval"),
}
_LEDGER = """
SELECT owner.id, entry.level, entry.bucket_ms, entry.starts, entry.ends, entry.area, entry.peak
FROM (
    SELECT id FROM analytics_livestream WHERE app_id = %(app)s
    UNION ALL SELECT '00000000-0000-0000-0000-000000000000'
) AS owner CROSS JOIN LATERAL (
    SELECT level, bucket_ms, starts, ends, area, peak FROM analytics_ledger
    WHERE app_id = %(app)s AND owner = owner.id AND kind = %(kind)s AND level IN (%(level)s, %(below)s)
        AND bucket_ms >= %(first)s AND bucket_ms < %(last)s
) AS entry
"""
_REPLACE = """
INSERT INTO analytics_ledger (app_id, owner, kind, level, bucket_ms, starts, ends, area, peak)
SELECT %s, owner, %s, level, bucket_ms, starts, ends, area, %s
FROM unnest(%s::uuid[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
    AS correct (owner, level, bucket_ms, starts, ends, area)
ORDER BY owner, level, bucket_ms
ON CONFLICT (app_id, owner, kind, level, bucket_ms) DO UPDATE SET
    starts = EXCLUDED.starts, ends = EXCLUDED.ends, area = EXCLUDED.area, peak = EXCLUDED.peak
"""
_EMPTY_PEAKS = """
UPDATE analytics_ledger SET peak = NULL
WHERE app_id = %s AND owner = ANY(%s) AND kind = 1
    AND ((level = 2 AND bucket_ms = %s) OR (level = 3 AND bucket_ms = %s))
"""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One bucket of an app and what it is made of: an hour with its minutes, or a day with its hours."""

    app_id: int
    kind: LedgerKind
    level: LedgerLevel
    bucket_ms: int

    @property
    def below(self) -> LedgerLevel:
        return LedgerLevel(self.level - 1)

    @property
    def end_ms(self) -> int:
        return self.bucket_ms + SIZES[self.level]

    def differences(self) -> list[Difference]:
        found = self._found()
        expected = self._expected(found)
        return [
            Difference(self.app_id, owner, self.kind, level, bucket, now, right)
            for owner, level, bucket in sorted(found.keys() | expected.keys())
            if self._differ(
                now := found.get((owner, level, bucket), Sums()),
                right := expected.get((owner, level, bucket), Sums()),
            )
        ]

    def _differ(self, found: Sums, expected: Sums) -> bool:
        """An empty peak is no difference: it waits for the worker. Publishers have none."""
        if found[:3] != expected[:3]:
            return True
        known = self.kind == LedgerKind.VIEW and None not in (found.peak, expected.peak)
        return known and found.peak != expected.peak

    def _found(self) -> dict[Key, Sums]:
        with connection.cursor() as cursor:
            cursor.execute(
                _LEDGER,
                {
                    "app": self.app_id,
                    "kind": int(self.kind),
                    "level": int(self.level),
                    "below": int(self.below),
                    "first": self.bucket_ms,
                    "last": self.end_ms,
                },
            )
            return {(row[0], LedgerLevel(row[1]), row[2]): Sums(*row[3:]) for row in cursor.fetchall()}

    def _expected(self, found: dict[Key, Sums]) -> dict[Key, Sums]:
        """Of an hour both levels, from the rows; of a day only the day, from the hours in the ledger."""
        if self.level == LedgerLevel.DAY:
            return self._composed({key: sums for key, sums in found.items() if key[1] == self.below}) | {
                key: sums for key, sums in found.items() if key[1] == self.below
            }
        read = raw.view_minutes if self.kind == LedgerKind.VIEW else raw.ingest_minutes
        minutes = {
            (row.owner, LedgerLevel.MINUTE, row.bucket_ms): Sums(row.starts, row.ends, row.area, row.peak)
            for row in read(self.app_id, self.bucket_ms, self.end_ms)
        }
        return minutes | self._composed(minutes)

    def _composed(self, parts: dict[Key, Sums]) -> dict[Key, Sums]:
        by_owner: dict[UUID, list[tuple[int, Sums]]] = defaultdict(list)
        for (owner, _, bucket), sums in sorted(parts.items()):
            by_owner[owner].append((bucket, sums))
        return {(owner, self.level, self.bucket_ms): self._whole(own) for owner, own in by_owner.items()}

    def _whole(self, parts: list[tuple[int, Sums]]) -> Sums:
        size = SIZES[self.below]
        known = [Stretch(at, size, part.starts - part.ends, part.peak or 0) for at, part in parts]
        return Sums(
            sum(part.starts for _, part in parts),
            sum(part.ends for _, part in parts),
            sum(part.area + (part.starts - part.ends) * (self.end_ms - at - size) for at, part in parts),
            None if any(part.peak is None for _, part in parts) else highest(known, self.bucket_ms).peak,
        )


def verify(app: App | None = None) -> Iterator[Difference]:
    """Where the ledger and the rows differ, of one app or of all, as they are found."""
    for chunk in _chunks(app):
        with snapshot():
            differences = chunk.differences()
        yield from differences


def rebuild(app: App | None = None) -> Iterator[Difference]:
    """Replace what differs, and say what differed. May run beside writers.

    The peaks of what differed, and of the hour and the day around it, are left to the worker.
    """
    for chunk in _chunks(app):
        yield from _repaired(chunk)


def _chunks(app: App | None) -> Iterator[Chunk]:
    """Each hour that holds anything, each day after its last hour."""
    for app_id in App.objects.order_by("pk").values_list("pk", flat=True) if app is None else [app.pk]:
        horizon = PurgeHorizon.objects.filter(app_id=app_id).values_list("horizon_ms", flat=True).first() or 0
        # Publishers' runs are never purged.
        for kind, first in ((LedgerKind.VIEW, horizon), (LedgerKind.INGEST, 0)):
            day: int | None = None
            for hour in _hours(app_id, kind, first):
                if day not in (None, floor(hour, DAY_MS)):
                    yield Chunk(app_id, kind, LedgerLevel.DAY, day or 0)
                day = floor(hour, DAY_MS)
                yield Chunk(app_id, kind, LedgerLevel.HOUR, hour)
            if day is not None:
                yield Chunk(app_id, kind, LedgerLevel.DAY, day)


def _hours(app_id: int, kind: LedgerKind, first: int) -> Iterator[int]:
    """The hours from ``first`` on in which the ledger has an entry, or something begins or ends."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN_HOURS, [app_id, int(kind), first])
        known = sorted((hour for (hour,) in cursor.fetchall()), reverse=True)
    at = first
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_NEXT_OF[kind], {"app": app_id, "first": at})
            (happening,) = cursor.fetchone()
        while known and known[-1] < at:
            known.pop()
        hours = [*known[-1:], *([] if happening is None else [floor(happening, HOUR_MS)])]
        if not hours:
            return
        yield min(hours)
        at = min(hours) + HOUR_MS


def _repaired(chunk: Chunk) -> list[Difference]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with _frozen():
                differences = chunk.differences()
                _replace(chunk, differences)
        except (OperationalError, IntegrityError):
            # A writer was in the same rows. What it committed, the next snapshot sees.
            if attempt == ATTEMPTS or connection.in_atomic_block:
                raise
        else:
            return differences
    return []


@contextmanager
def _frozen() -> Iterator[None]:
    """A transaction that sees one snapshot, and fails when it would overwrite what that does not show."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _replace(chunk: Chunk, differences: Iterable[Difference]) -> None:
    wrong = [(each.owner, int(each.level), each.bucket_ms, *each.expected[:3]) for each in differences]
    if not wrong:
        return
    columns = [list(column) for column in zip(*wrong, strict=True)]
    peak = None if chunk.kind == LedgerKind.VIEW else 0
    hour, day = floor(chunk.bucket_ms, HOUR_MS), floor(chunk.bucket_ms, DAY_MS)
    with connection.cursor() as cursor:
        cursor.execute(_REPLACE, [chunk.app_id, int(chunk.kind), peak, *columns])
        if chunk.kind == LedgerKind.VIEW:
            cursor.execute(_EMPTY_PEAKS, [chunk.app_id, columns[0], hour, day])
