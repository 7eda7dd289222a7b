"""The one writer of ingest intervals: publishers' runs, by the same rule as viewers'.

Ingest time is the union of a livestream's runs. Every run stays a row of its own; when one changes, the union
around it is taken before and after, and the difference goes to the ledger. (Joined rows could not be taken
apart again when an open publisher turns out to have ended earlier.)
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from django.db.models import Q

from accounts.models import Source
from analytics import livestreams
from analytics.arithmetic import union
from analytics.history import reason
from analytics.identity import livestream_id
from analytics.ledger import Deltas
from analytics.livestreams import FOREVER, RECONNECT_MS
from analytics.models import EndReason, IngestInterval, LedgerKind
from viewers.sessions import pgarrays
from viewers.sessions.pgarrays import raw_cursor
from viewers.sessions.runs import Run, Watched, joined
from viewers.sessions.settle import Settled, settle

# An inferred publisher is on the air as long as its stream has viewers.
INFERRED_SILENCE_MS = RECONNECT_MS

# Nearly every viewer who comes or goes watches a stream that has viewers already.
_EXTEND = """
UPDATE analytics_ingestinterval AS run SET last_ms = GREATEST(run.last_ms, sign.last_ms)
FROM unnest($1::uuid[], $2::int8[], $3::int8[]) AS sign (connection, started_ms, last_ms)
WHERE run.connection = sign.connection AND run.inferred AND run.ended_ms IS NULL
    AND sign.started_ms BETWEEN run.started_ms AND run.last_ms + $4
RETURNING uuid_send(run.connection)
"""


@dataclass(slots=True)
class _Change:
    """What becomes of one livestream's rows."""

    removed: list[IngestInterval] = field(default_factory=list)
    added: list[IngestInterval] = field(default_factory=list)

    @property
    def span(self) -> tuple[int, int]:
        rows = [*self.removed, *self.added]
        return min(row.started_ms for row in rows), max(_end(row) for row in rows)


def apply(runs: Sequence[Run], source: Source, now: int, deltas: Deltas) -> None:
    """Write the runs of publishers that a source reports. Their livestreams exist."""
    if not source.sees_publishers:
        # From the first reported publisher on, nobody has to be inferred in this app.
        Source.objects.filter(pk=source.pk, sees_publishers=False).update(sees_publishers=True)
        source.sees_publishers = True
    _apply(runs, source, source.silence_ms, now, deltas, inferred=False)


def infer(signs: Sequence[Watched], source: Source, now: int, deltas: Deltas) -> None:
    """Let viewers stand in for a publisher, in an app that has no source which sees publishers.

    Such runs make livestream sessions, but no ingest time.
    """
    if not signs or Source.objects.filter(app_id=source.app_id, sees_publishers=True).exists():
        return
    by_stream: dict[str, list[Run]] = defaultdict(list)
    for sign in signs:
        by_stream[sign.stream_key].append(_stand_in(source.app_id, sign))
    groups = [joined(group, INFERRED_SILENCE_MS) for group in by_stream.values()]
    livestreams.lock(livestream_id(source.app_id, key) for key in by_stream)
    extended = _extended([group[0] for group in groups if len(group) == 1])
    runs = [run for group in groups for run in group if run.id not in extended]
    if runs:
        _apply(runs, source, INFERRED_SILENCE_MS, now, deltas, inferred=True)


def close_silent(now: int, sources: Iterable[Source], deltas: Deltas, limit: int = 500) -> int:
    """End open runs of these sources, silent for longer than T, at their last sign. Returns how many."""
    silent = Q(inferred=True, last_ms__lt=now - INFERRED_SILENCE_MS)
    for source in sources:
        silent |= Q(inferred=False, source_id=source.pk, last_ms__lt=now - source.silence_ms)
    open_runs = IngestInterval.objects.filter(silent, ended_ms__isnull=True)
    streams = set(open_runs.order_by().values_list("livestream_id", flat=True)[:limit])
    livestreams.lock(streams)
    closed = 0
    for pk in sorted(streams):
        change = _Change()
        for row in open_runs.filter(livestream_id=pk):
            over = _row(_run(row), row, EndReason.SILENT)
            change.removed.append(row)
            change.added.append(over)
            closed += 1
        _rewrite(pk, change, deltas)
    return closed


def _extended(runs: Sequence[Run]) -> set[bytes]:
    """Those of the inferred runs, one a connection, that open ones go on with. Livestreams are locked."""
    columns = (
        pgarrays.uuids([run.id for run in runs]),
        pgarrays.int8s([run.started for run in runs]),
        pgarrays.int8s([run.last for run in runs]),
    )
    with raw_cursor() as cursor:
        cursor.execute(_EXTEND, [*columns, INFERRED_SILENCE_MS])
        return {id for (id,) in cursor}


def _stand_in(app_id: int, sign: Watched) -> Run:
    key = f"inferred\0{app_id}\0{sign.stream_key}".encode()
    return Run(
        id=blake2b(key, digest_size=16).digest(),
        connection_id="inferred",
        stream_key=sign.stream_key,
        started=sign.started,
        last=sign.end,
    )


def _apply(
    runs: Sequence[Run], source: Source, silence_ms: int, now: int, deltas: Deltas, *, inferred: bool
) -> None:
    by_connection: dict[uuid.UUID, list[Run]] = defaultdict(list)
    for run in runs:
        by_connection[uuid.UUID(bytes=run.id)].append(run)
    livestreams.lock(livestream_id(source.app_id, run.stream_key) for run in runs)
    standing = _standing(by_connection, min(run.started for run in runs) - silence_ms)
    extended: list[IngestInterval] = []
    changes: dict[uuid.UUID, _Change] = defaultdict(_Change)
    for connection, news in by_connection.items():
        rows = standing[connection]
        if _extends(rows, news, silence_ms):
            rows[0].last_ms = max(rows[0].last_ms, news[0].last)
            extended.append(rows[0])
            continue
        change = changes[livestream_id(source.app_id, news[0].stream_key)]
        settled = settle([*map(_run, rows), *news], silence_ms, now, weekly=False)
        _difference(change, rows, settled, source, inferred)
    IngestInterval.objects.bulk_update(extended, ["last_ms"], batch_size=1000)
    for pk, change in sorted(changes.items()):
        _rewrite(pk, change, deltas)


def _standing(connections: Iterable[uuid.UUID], since: int) -> dict[uuid.UUID, list[IngestInterval]]:
    found: dict[uuid.UUID, list[IngestInterval]] = defaultdict(list)
    near = IngestInterval.objects.filter(connection__in=list(connections)).exclude(ended_ms__lt=since)
    for row in near.order_by("started_ms"):
        found[row.connection].append(row)
    return found


def _extends(rows: list[IngestInterval], news: list[Run], silence_ms: int) -> bool:
    """Whether the news is no more than that the one open run goes on."""
    if len(rows) != 1 or len(news) != 1 or rows[0].ended_ms is not None or news[0].stop is not None:
        return False
    return rows[0].started_ms <= news[0].started <= rows[0].last_ms + silence_ms and not news[0].skewed


def _difference(
    change: _Change, rows: list[IngestInterval], settled: Settled, source: Source, inferred: bool
) -> None:
    wanted = [(run, reason(run) if run.over else EndReason.SILENT) for run in settled.past]
    outcome = [_new(run, why, source, inferred) for run, why in wanted]
    if settled.live:
        outcome.append(_new(settled.live, None, source, inferred))
    before = {_content(row): row for row in rows}
    after = {_content(row): row for row in outcome}
    change.removed += [row for content, row in before.items() if content not in after]
    change.added += [row for content, row in after.items() if content not in before]


def _rewrite(pk: uuid.UUID, change: _Change, deltas: Deltas) -> None:
    """Replace the livestream's rows, whose lock is held; carry the change into union, ledger and sessions."""
    if not change.removed and not change.added:
        return
    first, last = change.span
    beside = IngestInterval.objects.filter(livestream_id=pk, started_ms__lte=last).exclude(ended_ms__lt=first)
    before = list(beside)
    for old, new in zip(change.removed, change.added, strict=False):
        new.pk = old.pk
    gone = {row.pk for row in change.removed}
    after = [row for row in before if row.pk not in gone] + change.added
    IngestInterval.objects.filter(pk__in=gone).delete()
    IngestInterval.objects.bulk_create(change.added)
    app_id = (change.added or change.removed)[0].app_id
    for rows, sign in ((before, -1), (after, 1)):
        covered = union((row.started_ms, row.ended_ms) for row in rows if not row.inferred)
        deltas.add(
            app_id,
            LedgerKind.INGEST,
            pk,
            starts=[start for start, _ in covered],
            ends=[end for _, end in covered if end is not None],
            sign=sign,
        )
    livestreams.rebuild_sessions(pk, first, min(last, FOREVER))


def _content(row: IngestInterval) -> tuple[object, ...]:
    return (row.connection, row.started_ms, row.last_ms, row.stop_ms, row.ended_ms, row.skewed)


def _end(row: IngestInterval) -> int:
    return FOREVER if row.ended_ms is None else row.ended_ms


def _run(row: IngestInterval) -> Run:
    return Run(
        id=row.connection.bytes,
        connection_id=row.connection_id,
        stream_key=row.stream_key,
        started=row.started_ms,
        last=row.last_ms,
        stop=row.stop_ms,
        protocol=row.protocol,
        player=row.player,
        skewed=row.skewed,
    )


def _new(run: Run, why: EndReason | None, source: Source, inferred: bool) -> IngestInterval:
    return IngestInterval(
        connection=uuid.UUID(bytes=run.id),
        app_id=source.app_id,
        source_id=source.pk,
        livestream_id=livestream_id(source.app_id, run.stream_key),
        connection_id=run.connection_id,
        stream_key=run.stream_key,
        started_ms=run.started,
        last_ms=run.last,
        stop_ms=run.stop,
        ended_ms=None if why is None else run.end,
        reason=why or "",
        protocol=run.protocol,
        player=run.player,
        inferred=inferred,
        skewed=run.skewed,
    )


def _row(run: Run, like: IngestInterval, why: EndReason) -> IngestInterval:
    over = IngestInterval(
        **{f.attname: getattr(like, f.attname) for f in IngestInterval._meta.fields if not f.primary_key}
    )
    over.ended_ms = run.end
    over.reason = why
    return over
