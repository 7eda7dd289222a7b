"""The one writer of the ledger's sums: see ``analytics.arithmetic`` and docs/ledger.md."""

from collections.abc import Iterable, Sequence
from itertools import repeat
from uuid import UUID

import numpy as np
from django.db.backends.utils import CursorWrapper

from analytics.arithmetic import DAY_MS, HOUR_MS, MINUTE_MS, Changes, Integers, Rows, in_buckets, netted
from analytics.identity import WHOLE_APP, livestream_id
from analytics.models import LedgerKind, LedgerLevel

SIZES = {LedgerLevel.MINUTE: MINUTE_MS, LedgerLevel.HOUR: HOUR_MS, LedgerLevel.DAY: DAY_MS}

# Rows are locked in the order of their key, so that writers wait for each other and never deadlock.
# A change leaves its minute, hour and day to be filled again; nobody asks for the peak of publishers.
_UPSERT = """
INSERT INTO analytics_ledger AS ledger
    (app_id, owner, kind, level, bucket_ms, starts, ends, area, peak)
SELECT app_id, owner, kind, level, bucket_ms, starts, ends, area,
    CASE WHEN kind <> 1 /* LedgerKind.VIEW */ THEN 0 END
FROM unnest(%s::int[], %s::uuid[], %s::smallint[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::bigint[]) AS delta (app_id, owner, kind, level, bucket_ms, starts, ends, area)
ORDER BY app_id, owner, kind, level, bucket_ms
ON CONFLICT (app_id, owner, kind, level, bucket_ms) DO UPDATE SET
    starts = ledger.starts + EXCLUDED.starts,
    ends = ledger.ends + EXCLUDED.ends,
    area = ledger.area + EXCLUDED.area,
    peak = EXCLUDED.peak
"""

Owner = tuple[int, UUID, int]


class Deltas:
    """What a transaction changes in the ledger. Collect with ``add``, ``write`` as its last statement."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._owners: dict[Owner, int] = {}
        self._owner: list[int] = []
        self._at: list[int] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._moved: dict[Owner, set[int]] = {}

    def add(
        self,
        app_id: int,
        kind: LedgerKind,
        livestream: UUID,
        *,
        starts: Iterable[int] | Integers = (),
        ends: Iterable[int] | Integers = (),
        sign: int = 1,
    ) -> None:
        """Count starts and ends (ms) for the livestream and its app; ``sign=-1`` takes them back."""
        owner = self._number(app_id, livestream, kind)
        for instants, in_starts, in_ends in ((starts, sign, 0), (ends, 0, sign)):
            before = len(self._at)
            self._at.extend(instants)
            added = len(self._at) - before
            self._owner.extend(repeat(owner, added))
            self._starts.extend(repeat(in_starts, added))
            self._ends.extend(repeat(in_ends, added))

    def add_each(
        self,
        app_id: int,
        kind: LedgerKind,
        stream_keys: Sequence[str],
        *,
        starts: Sequence[int] = (),
        ends: Sequence[int] = (),
        sign: int = 1,
    ) -> None:
        """The same for many: one livestream for each of the starts, and of the ends (those given)."""
        keys = dict.fromkeys(stream_keys)
        numbers = {key: self._number(app_id, livestream_id(app_id, key), kind) for key in keys}
        owners = [numbers[key] for key in stream_keys]
        for instants, in_starts, in_ends in ((starts, sign, 0), (ends, 0, sign)):
            if instants:
                self._owner += owners
                self._at += instants
                self._starts += [in_starts] * len(owners)
                self._ends += [in_ends] * len(owners)

    def _number(self, app_id: int, owner: UUID, kind: LedgerKind) -> int:
        return self._owners.setdefault((app_id, owner, int(kind)), len(self._owners))

    def moved(self, app_id: int, instants: Iterable[int]) -> None:
        """Viewings of the app begin or end elsewhere at these instants (ms). Their minutes are marked as
        changed even where the sums are not."""
        self._moved.setdefault((app_id, WHOLE_APP, int(LedgerKind.VIEW)), set()).update(instants)

    def write(self, cursor: CursorWrapper) -> int:
        """Apply everything at once, and start anew; the number of ledger rows changed."""
        if not self._at:
            return 0
        owners = list(self._owners)
        changes = self._with_moved(netted(self._changes(owners)), owners)
        self._clear()
        rows = {level: in_buckets(changes, size) for level, size in SIZES.items()}
        written = sum(len(each.owner) for each in rows.values())
        if written:
            cursor.execute(_UPSERT, _columns(owners, rows))
        return written

    def _with_moved(self, changes: Changes, owners: list[Owner]) -> Changes:
        if not self._moved:
            return changes
        moved = [(owners.index(owner), at) for owner, instants in self._moved.items() for at in instants]
        owner, at = np.array(moved, dtype=np.int64).reshape(-1, 2).T
        nothing = np.zeros_like(at)
        columns = zip(changes, (owner, at, nothing, nothing), strict=True)
        return Changes(*map(np.concatenate, columns))

    def _changes(self, owners: list[Owner]) -> Changes:
        """Everything twice: for the livestream, and for the whole app, which is appended to ``owners``."""
        columns = [np.array(column, dtype=np.int64) for column in (self._at, self._starts, self._ends)]
        whole: dict[Owner, int] = {}
        for app_id, _, kind in self._owners:
            whole.setdefault((app_id, WHOLE_APP, kind), len(owners) + len(whole))
        of_app = np.array(
            [whole[app_id, WHOLE_APP, kind] for app_id, _, kind in self._owners], dtype=np.int64
        )
        owners.extend(whole)
        owner = np.array(self._owner, dtype=np.int64)
        return Changes(np.concatenate([owner, of_app[owner]]), *(np.tile(column, 2) for column in columns))


def _columns(owners: list[Owner], rows: dict[LedgerLevel, Rows]) -> list[str]:
    """As array literals: the driver's own way of writing lists looks at every element."""
    everywhere = Rows(*(np.concatenate(column) for column in zip(*rows.values(), strict=True)))
    named = [owners[number] for number in everywhere.owner.tolist()]
    levels = np.repeat([int(level) for level in rows], [len(each.owner) for each in rows.values()])
    return [
        _literal([app_id for app_id, _, _ in named]),
        "{" + ",".join([owner.hex for _, owner, _ in named]) + "}",
        _literal([kind for _, _, kind in named]),
        *(_literal(column.tolist()) for column in (levels, *everywhere[1:])),
    ]


def _literal(integers: list[int]) -> str:
    return "{" + str(integers)[1:-1] + "}"
