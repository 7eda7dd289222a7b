"""Recomputes the ledger from the rows it sums, from each app's purge horizon on.

An hour at a time: its minutes and the hour itself are compared with the rows, in one snapshot of their own,
so that none is long; a day is compared with its hours. Hours in which neither the rows nor the ledger hold
anything are skipped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import OperationalError, connection
from django.db.utils import IntegrityError

from accounts.models import App
from analytics import raw
from analytics.arithmetic import DAY_MS, HOUR_MS, Integers, floor
from analytics.identity import WHOLE_APP
from analytics.ledger import SIZES
from analytics.models import LedgerKind, LedgerLevel, Livestream, PurgeHorizon
from analytics.snapshot import frozen, snapshot
from analytics.sums import PEAK, UNKNOWN, composed, differing, nothing, recounted
from viewers.sessions import pgarrays
from viewers.sessions.pgarrays import raw_cursor

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
SELECT array_agg(number), array_agg(level::bigint), array_agg(bucket_ms), array_agg(starts), array_agg(ends),
    array_agg(area), array_agg(coalesce(peak, %(unknown)s::bigint))
FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS number FROM analytics_livestream WHERE app_id = %(app)s
    UNION ALL SELECT '00000000-0000-0000-0000-000000000000', 0
) AS owner CROSS JOIN LATERAL (
    SELECT level, bucket_ms, starts, ends, area, peak FROM analytics_ledger
    WHERE app_id = %(app)s AND owner = owner.id AND kind = %(kind)s AND level IN (%(level)s, %(below)s)
        AND bucket_ms >= %(first)s AND bucket_ms < %(last)s
) AS entry
"""
_REPLACE = """
INSERT INTO analytics_ledger (app_id, owner, kind, level, bucket_ms, starts, ends, area, peak)
SELECT $1, owner, $2, level, bucket_ms, starts, ends, area, nullif(peak, $3)
FROM unnest($4::uuid[], $5::int8[], $6::int8[], $7::int8[], $8::int8[], $9::int8[], $10::int8[])
    AS correct (owner, level, bucket_ms, starts, ends, area, peak)
ORDER BY owner, level, bucket_ms
ON CONFLICT (app_id, owner, kind, level, bucket_ms) DO UPDATE SET
    starts = EXCLUDED.starts, ends = EXCLUDED.ends, area = EXCLUDED.area, peak = EXCLUDED.peak
"""
_EMPTY_PEAKS = """
UPDATE analytics_ledger SET peak = NULL
WHERE app_id = %s AND owner = ANY(%s) AND kind = 1 AND level = 3 AND bucket_ms = %s
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
    def parts(self) -> int:
        return SIZES[self.level] // SIZES[self.below]

    @property
    def end_ms(self) -> int:
        return self.bucket_ms + SIZES[self.level]

    def differences(self) -> list[Difference]:
        livestreams = Livestream.objects.filter(app_id=self.app_id).order_by("pk")
        owners = [WHOLE_APP, *livestreams.values_list("pk", flat=True)]
        found = self._found(len(owners))
        expected = self._expected(owners, found)
        return [
            Difference(
                self.app_id,
                owners[owner],
                self.kind,
                self.level if place == self.parts else self.below,
                self.bucket_ms + place % self.parts * SIZES[self.below],
                _sums(found[owner, place]),
                _sums(expected[owner, place]),
            )
            for owner, place in sorted(zip(*map(list, differing(found, expected)), strict=True))
        ]

    def _found(self, owners: int) -> Integers:
        """What the ledger says, of each owner: the parts in order, behind them the whole."""
        found = nothing(owners, self.parts + 1)
        values = {
            "app": self.app_id,
            "kind": int(self.kind),
            "level": int(self.level),
            "below": int(self.below),
            "first": self.bucket_ms,
            "last": self.end_ms,
            "unknown": UNKNOWN,
        }
        owner, level, bucket, *sums = raw.integers(_LEDGER, values)
        part = (bucket - self.bucket_ms) // SIZES[self.below]
        found[owner, np.where(level == self.level, self.parts, part)] = np.stack(sums, axis=-1)
        return found

    def _expected(self, owners: Sequence[UUID], found: Integers) -> Integers:
        """Of an hour both levels, from the rows; of a day only the day, from the hours in the ledger."""
        if self.level == LedgerLevel.DAY:
            parts = found[:, : self.parts]
        elif self.kind == LedgerKind.VIEW:
            changes = raw.view_changes(self.app_id, self.bucket_ms, self.end_ms)
            parts = recounted(changes, len(owners), self.bucket_ms, self.parts, SIZES[self.below])
        else:
            changes = raw.ingest_changes(self.app_id, owners[1:], self.bucket_ms, self.end_ms)
            parts = recounted(changes, len(owners), self.bucket_ms, self.parts, SIZES[self.below])
        expected = np.concatenate([parts, composed(parts, SIZES[self.below])], axis=1)
        if self.kind == LedgerKind.INGEST:
            # Peaks are not kept of publishers.
            expected[..., PEAK] = 0
        return expected


def _sums(figures: Integers) -> Sums:
    starts, ends, area, peak = figures.tolist()
    return Sums(starts, ends, area, None if peak == UNKNOWN else peak)


def verify(app: App | None = None, since_ms: int = 0) -> Iterator[Difference]:
    """Where the ledger and the rows differ, of one app or of all, as they are found.

    ``since_ms``, a whole hour, spares what was before it; of its day only the sum over the hours is compared.
    """
    for chunk in _chunks(app, since_ms):
        with snapshot():
            differences = chunk.differences()
        yield from differences


def rebuild(app: App | None = None) -> Iterator[Difference]:
    """Replace what differs, and say what differed. May run beside writers."""
    for chunk in _chunks(app):
        yield from _repaired(chunk)


def _chunks(app: App | None, since: int = 0) -> Iterator[Chunk]:
    """Each hour that holds anything, each day after its last hour."""
    for app_id in App.objects.order_by("pk").values_list("pk", flat=True) if app is None else [app.pk]:
        horizon = PurgeHorizon.objects.filter(app_id=app_id).values_list("horizon_ms", flat=True).first() or 0
        # Publishers' runs are never purged.
        for kind, first in ((LedgerKind.VIEW, horizon), (LedgerKind.INGEST, 0)):
            day: int | None = None
            for hour in _hours(app_id, kind, max(first, since)):
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
        while known and known[-1] < at:
            known.pop()
        hours = known[-1:]
        # Between two hours that follow each other nothing can have been missed.
        if hours != [at] and kind == LedgerKind.VIEW and raw.any_change(app_id, at, at + HOUR_MS):
            hours = [at]
        elif hours != [at]:
            with connection.cursor() as cursor:
                cursor.execute(_NEXT_OF[kind], {"app": app_id, "first": at})
                (happening,) = cursor.fetchone()
            hours += [] if happening is None else [floor(happening, HOUR_MS)]
        if not hours:
            return
        yield min(hours)
        at = min(hours) + HOUR_MS


def _repaired(chunk: Chunk) -> list[Difference]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with frozen():
                differences = chunk.differences()
                _replace(chunk, differences)
        except (OperationalError, IntegrityError):
            # A writer was in the same rows. What it committed, the next snapshot sees.
            if attempt == ATTEMPTS or connection.in_atomic_block:
                raise
        else:
            return differences
    return []


def _replace(chunk: Chunk, differences: Sequence[Difference]) -> None:
    """The peaks that the rows themselves tell are stored with them; that of the day is left to the worker."""
    if not differences:
        return
    owners = pgarrays.uuids([each.owner.bytes for each in differences])
    figures = [
        [int(each.level) for each in differences],
        [each.bucket_ms for each in differences],
        *([getattr(each.expected, name) for each in differences] for name in ("starts", "ends", "area")),
        [UNKNOWN if each.expected.peak is None else each.expected.peak for each in differences],
    ]
    with raw_cursor() as cursor:
        cursor.execute(
            _REPLACE, [chunk.app_id, int(chunk.kind), UNKNOWN, owners, *map(pgarrays.int8s, figures)]
        )
    if chunk.level == LedgerLevel.HOUR and chunk.kind == LedgerKind.VIEW:
        with connection.cursor() as cursor:
            cursor.execute(
                _EMPTY_PEAKS,
                [chunk.app_id, list({each.owner for each in differences}), floor(chunk.bucket_ms, DAY_MS)],
            )
