"""The one writer of what is replayed: changes of buckets, and keyframes that add them up.

Whatever happens, in the midst of it or beside it: a keyframe is the one before it and the changes between
them; the first stands for all that was before. Each of these is counted from the rows in one statement and
stored as it is; where a late sign has changed the rows since, the ledger's minute says so and its bucket is
marked (``analytics.replay.marks``). It is then counted anew, and the difference goes into all keyframes after
it. So marks are taken off before the rows are counted, never after. docs/replay.md says more.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import count, groupby, takewhile

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.models import App
from analytics import peaks
from analytics.arithmetic import HOUR_MS, MINUTE_MS, floor
from analytics.identity import WHOLE_APP
from analytics.models import (
    Ledger,
    LedgerKind,
    LedgerLevel,
    PurgeHorizon,
    ReplayChange,
    ReplayKeyframe,
    ReplayRange,
)
from analytics.replay.cells import NOBODY, Counts, added, packed, unpacked
from analytics.replay.recount import STEP_MS, changes, standing
from analytics.snapshot import frozen

# Beyond this a silence is waited for no longer: what it turns out to be is corrected then.
LONGEST_WAIT_MS = 10 * MINUTE_MS
# How late the worker may be to end what fell silent.
SWEPT_WITHIN_MS = MINUTE_MS // 2
# So many hours of an older history are made known at a time.
HOURS_BACK = 24
# So many buckets are corrected in one transaction.
CORRECTED_AT_ONCE = 288

_TAKE_MARKS = """
UPDATE analytics_replaychange SET stale = false
WHERE app_id = %(app)s AND stale AND bucket_ms IN (
    SELECT bucket_ms FROM analytics_replaychange
    WHERE app_id = %(app)s AND stale AND bucket_ms < %(until)s ORDER BY bucket_ms LIMIT %(limit)s FOR UPDATE)
RETURNING bucket_ms, cells
"""
# What is marked stays so: it was marked after it was counted.
_STORE = """
INSERT INTO analytics_replaychange (app_id, bucket_ms, cells)
SELECT %s, * FROM unnest(%s::bigint[], %s::bytea[]) ORDER BY 2
ON CONFLICT (app_id, bucket_ms) DO UPDATE SET cells = EXCLUDED.cells
"""


def fill(now_ms: int) -> int:
    """Bring what can be replayed up to date; the number of steps that it took.

    Restartable, in transactions of an hour of history at most. One call at a time is enough: two do no harm.
    """
    # Of most apps there is nothing to do: what tells is asked once for all of them.
    ranges = {known.app_id: known for known in ReplayRange.objects.all()}
    marked = set(ReplayChange.objects.filter(stale=True).values_list("app_id", flat=True).distinct())
    horizons = dict(PurgeHorizon.objects.values_list("app_id", "horizon_ms"))
    steps = 0
    for app in App.objects.prefetch_related("sources").order_by("pk"):
        settled = settled_ms(app, now_ms)
        if app.pk not in ranges:
            _begin(app.pk, floor(settled, HOUR_MS))
        known = ranges.get(app.pk) or ReplayRange.objects.get(app=app)
        steps += correct(app.pk) if app.pk in marked else 0
        steps += _repeated(partial(_advance, app.pk, settled)) if known.until_ms < settled else 0
        if known.since_ms > horizons.get(app.pk, 0):
            steps += _repeated(partial(_go_back, app.pk), HOURS_BACK)
    return steps


def _repeated(step: Callable[[], bool], most: int | None = None) -> int:
    """How often a step was there to be taken."""
    return sum(1 for _ in takewhile(bool, (step() for _ in (count() if most is None else range(most)))))


def correct(app_id: int) -> int:
    """Count anew what late signs may have changed; the number of buckets."""
    corrected = 0
    while (found := _correct(app_id)) == CORRECTED_AT_ONCE:
        corrected += found
    return corrected + found


def forget(app_id: int) -> None:
    """Drop all of an app's; the next ``fill`` begins again."""
    with transaction.atomic():
        for model in (ReplayChange, ReplayKeyframe, ReplayRange):
            model.objects.filter(app_id=app_id).delete()


def drop_before(app_id: int, before_ms: int) -> None:
    """What lay before an hour goes, as the viewings do that it was counted from."""
    with transaction.atomic():
        known = _locked(app_id)
        if known is None or known.since_ms >= before_ms:
            return
        if known.until_ms < before_ms:
            forget(app_id)
            return
        _put_keyframe(app_id, before_ms, before(app_id, before_ms))
        gone = ReplayChange.objects.filter(app_id=app_id, bucket_ms__lt=before_ms)
        marked = gone.filter(stale=True).exists()
        gone.delete()
        ReplayKeyframe.objects.filter(app_id=app_id, at_ms__lt=before_ms).delete()
        ReplayRange.objects.filter(app_id=app_id).update(since_ms=before_ms)
        if marked:
            _rebase(app_id, before_ms)


def before(app_id: int, at: int) -> Counts:
    """The viewers just before an instant of the app's range, as they are stored."""
    key = ReplayKeyframe.objects.filter(app_id=app_id, at_ms__lte=at).order_by("-at_ms")
    key_ms, cells = key.values_list("at_ms", "cells")[0]
    since = ReplayChange.objects.filter(app_id=app_id, bucket_ms__gte=key_ms, bucket_ms__lt=at)
    return added(map(unpacked, [cells, *since.values_list("cells", flat=True)]))


def settled_ms(app: App, now_ms: int) -> int:
    """Up to where a silence has been told from a viewing that goes on, but for very patient sources."""
    silences = [source.silence_ms for source in app.sources.all() if source.heartbeats]
    wait = min(max(silences, default=MINUTE_MS), LONGEST_WAIT_MS) + SWEPT_WITHIN_MS
    return floor(now_ms - wait, STEP_MS)


def _begin(app_id: int, at: int) -> None:
    """An app that is new here is known at one instant, from its rows."""
    with transaction.atomic():
        if ReplayRange.objects.bulk_create(
            [ReplayRange(app_id=app_id, since_ms=at, until_ms=at)], ignore_conflicts=True
        ):
            _put_keyframe(app_id, at, standing(app_id, at))


def _advance(app_id: int, settled: int) -> bool:
    """The buckets that follow, to the end of the hour at most. False when nothing follows yet."""
    known = ReplayRange.objects.get(app_id=app_id)
    first, last = known.until_ms, min(floor(known.until_ms, HOUR_MS) + HOUR_MS, settled)
    if first >= last:
        return False
    if not _minutes(app_id, first, settled).exists():
        return bool(ReplayRange.objects.filter(app_id=app_id, until_ms=first).update(until_ms=settled))
    # Now, or they would all be marked when it is done. Not within: its locks are for the shortest time.
    peaks.fill_minutes(app_id, first, last)
    with transaction.atomic():
        still = _locked(app_id)
        if still is None or still.until_ms != first:
            return False
        ReplayChange.objects.filter(app_id=app_id, bucket_ms__gte=first, bucket_ms__lt=last).update(
            stale=False
        )
        _store(app_id, changes(app_id, first, last))
        if last % HOUR_MS == 0:
            _put_keyframe(app_id, last, before(app_id, last))
        ReplayRange.objects.filter(app_id=app_id).update(until_ms=last)
    return True


def _go_back(app_id: int) -> bool:
    """The hour with a viewing's beginning or end that lies before all that is known. False: there is none.

    In one view of the database, in which nothing of it is marked or about to be: what changed later than the
    first keyframe was counted would else be missing in one of the two.
    """
    with frozen():
        known = _locked(app_id)
        horizon = PurgeHorizon.objects.filter(app_id=app_id).values_list("horizon_ms", flat=True).first() or 0
        if known is None or known.since_ms <= horizon:
            return False
        latest = _minutes(app_id, horizon, known.since_ms).order_by("-bucket_ms").first()
        hour = horizon if latest is None else floor(latest.bucket_ms, HOUR_MS)
        if _pending(app_id, hour, known.since_ms):
            return False
        found = {} if latest is None else changes(app_id, hour, hour + HOUR_MS)
        _store(app_id, found)
        base = before(app_id, known.since_ms)
        _put_keyframe(app_id, hour, added([base, *(-change for change in found.values())]))
        ReplayRange.objects.filter(app_id=app_id).update(since_ms=hour)
    return True


def _pending(app_id: int, first: int, last: int) -> bool:
    return (
        _minutes(app_id, first, last).filter(peak__isnull=True).exists()
        or ReplayChange.objects.filter(app_id=app_id, stale=True, bucket_ms__lt=last).exists()
    )


def _correct(app_id: int) -> int:
    with transaction.atomic():
        known = _locked(app_id)
        if known is None:
            return 0
        values = {"app": app_id, "until": known.until_ms, "limit": CORRECTED_AT_ONCE}
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_MARKS, values)
            marked = {bucket: unpacked(cells) for bucket, cells in sorted(cursor.fetchall())}
        inside = {bucket: counts for bucket, counts in marked.items() if bucket >= known.since_ms}
        correct = {bucket: counts for part in _recounted(app_id, inside) for bucket, counts in part.items()}
        _store(app_id, correct)
        _shift(app_id, {bucket: added([correct[bucket], -counts]) for bucket, counts in inside.items()})
        # What lay before a purge is marked at its horizon.
        if marked and min(marked) <= known.since_ms:
            ReplayChange.objects.filter(app_id=app_id, bucket_ms__lt=known.since_ms).delete()
            _rebase(app_id, known.since_ms)
    return len(marked)


def _recounted(app_id: int, buckets: Iterable[int]) -> Iterable[Mapping[int, Counts]]:
    for _, hour in groupby(buckets, key=lambda bucket: floor(bucket, HOUR_MS)):
        own = list(hour)
        found = changes(app_id, own[0], own[-1] + STEP_MS)
        yield {bucket: found.get(bucket, NOBODY) for bucket in own}


def _rebase(app_id: int, since: int) -> None:
    """Something before all that is known has changed: the first keyframe is counted anew."""
    _shift(app_id, {since - 1: added([standing(app_id, since), -before(app_id, since)])})


def _shift(app_id: int, differences: Mapping[int, Counts]) -> None:
    """Add what buckets have come to differ by to the keyframes after them, until it is made up for."""
    left = deque(sorted((bucket, counts) for bucket, counts in differences.items() if counts))
    if not left:
        return
    running = NOBODY
    after = ReplayKeyframe.objects.filter(app_id=app_id, at_ms__gt=left[0][0]).order_by("at_ms")
    for at, cells in after.values_list("at_ms", "cells").iterator(chunk_size=24):
        while left and left[0][0] < at:
            running = added([running, left.popleft()[1]])
        if running:
            _put_keyframe(app_id, at, added([unpacked(cells), running]))
        elif not left:
            return


def _store(app_id: int, counted: Mapping[int, Counts]) -> None:
    if counted:
        with connection.cursor() as cursor:
            cursor.execute(_STORE, [app_id, list(counted), [packed(each) for each in counted.values()]])


def _put_keyframe(app_id: int, at: int, viewers: Counts) -> None:
    ReplayKeyframe.objects.bulk_create(
        [ReplayKeyframe(app_id=app_id, at_ms=at, cells=packed(viewers))],
        update_conflicts=True,
        unique_fields=["app_id", "at_ms"],
        update_fields=["cells"],
    )


def _locked(app_id: int) -> ReplayRange | None:
    """The app's range, which no other transaction changes from now on."""
    return ReplayRange.objects.select_for_update().filter(app_id=app_id).first()


def _minutes(app_id: int, first: int, last: int) -> QuerySet[Ledger]:
    """In which viewings of the app began or ended."""
    return Ledger.objects.filter(
        app_id=app_id,
        owner=WHOLE_APP,
        kind=LedgerKind.VIEW,
        level=LedgerLevel.MINUTE,
        bucket_ms__gte=first,
        bucket_ms__lt=last,
    )
