"""Recomputes what is replayed from the rows, an hour at a time, each hour in a snapshot of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts.models import App
from analytics.arithmetic import HOUR_MS, floor
from analytics.models import ReplayChange, ReplayKeyframe, ReplayRange
from analytics.replay import frames
from analytics.replay.cells import NOBODY, Counts, added, unpacked
from analytics.replay.recount import changes, standing
from analytics.snapshot import snapshot


@dataclass(frozen=True, slots=True)
class Difference:
    app_id: int
    what: str
    at_ms: int
    cells: int

    def __str__(self) -> str:
        return f"app {self.app_id}, {self.what} {self.at_ms}: {self.cells} cells are not what the rows say"


def verify(app: App | None = None) -> Iterator[Difference]:
    """Where what is stored and the rows differ, of one app or of all. What is marked is left to the worker.

    Every bucket is counted again, each keyframe added up from the one before it, and the last one counted.
    """
    for known in ReplayRange.objects.order_by("app") if app is None else ReplayRange.objects.filter(app=app):
        for hour in _hours(known):
            with snapshot():
                differences = list(_differences(known.app_id, hour))
            yield from differences
        with snapshot():
            yield from _latest(known.app_id)


def rebuild(app: App, now_ms: int) -> int:
    """Begin again from the rows, as far back as they are kept; the number of steps."""
    frames.forget(app.pk)
    steps = 0
    while taken := frames.fill(now_ms):
        steps += taken
    return steps


def _hours(known: ReplayRange) -> list[int]:
    rows = ReplayChange.objects.filter(app_id=known.app_id, bucket_ms__gte=known.since_ms)
    buckets = rows.filter(bucket_ms__lt=known.until_ms).values_list("bucket_ms", flat=True)
    keyframes = ReplayKeyframe.objects.filter(app_id=known.app_id).values_list("at_ms", flat=True)
    return sorted({floor(at, HOUR_MS) for at in buckets} | {at - HOUR_MS for at in keyframes})


def _differences(app_id: int, hour: int) -> Iterator[Difference]:
    known = ReplayRange.objects.get(app_id=app_id)
    first, last = max(hour, known.since_ms), min(hour + HOUR_MS, known.until_ms)
    rows = ReplayChange.objects.filter(app_id=app_id, bucket_ms__gte=first, bucket_ms__lt=last)
    stored = {row.bucket_ms: row for row in rows}
    correct = changes(app_id, first, last) if first < last else {}
    for bucket in sorted(stored.keys() | correct.keys()):
        row = stored.get(bucket)
        if row is None or not row.stale:
            found = unpacked(row.cells) if row else NOBODY
            yield from _difference(app_id, "bucket", bucket, found, correct.get(bucket, NOBODY))
    keyframe = ReplayKeyframe.objects.filter(app_id=app_id, at_ms=hour + HOUR_MS).first()
    if keyframe is not None and known.since_ms < keyframe.at_ms:
        added_up = frames.before(app_id, keyframe.at_ms - 1)
        yield from _difference(app_id, "keyframe", keyframe.at_ms, unpacked(keyframe.cells), added_up)


def _latest(app_id: int) -> Iterator[Difference]:
    known = ReplayRange.objects.filter(app_id=app_id).first()
    if known is None or ReplayChange.objects.filter(app_id=app_id, stale=True).exists():
        return
    at = known.until_ms
    yield from _difference(app_id, "end", at, frames.before(app_id, at), standing(app_id, at))


def _difference(app_id: int, what: str, at_ms: int, found: Counts, correct: Counts) -> Iterator[Difference]:
    if different := added([found, -correct]):
        yield Difference(app_id, what, at_ms, len(different.cells))
