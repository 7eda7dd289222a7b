"""Windows as stretches of time with a known highest count: the ledger's buckets, and rows where it has none.

What happens in a stretch is relative to the count just before it; see ``analytics.arithmetic.highest``.
"""

from collections.abc import Collection, Sequence

from django.db import connection

from analytics import raw
from analytics.arithmetic import DAY_MS, MINUTE_MS, Stretch, ceil, floor, highest
from analytics.ledger import SIZES
from analytics.models import LedgerLevel, Livestream
from analytics.standing import owner_of

Span = tuple[int, int]

_BUCKETS = """
SELECT bucket_ms, starts - ends, peak
FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[]) AS span (first, last)
CROSS JOIN LATERAL (
    SELECT bucket_ms, starts, ends, peak FROM analytics_ledger
    WHERE app_id = %(app)s AND owner = %(owner)s AND kind = 1 AND level = %(level)s
        AND bucket_ms >= span.first AND bucket_ms < span.last
) AS bucket
"""


def first_highest(
    app_id: int, livestream: Livestream | None, start: int, end: int, horizon: int
) -> tuple[int, int]:
    """The highest count above the one just before ``start``, and its first instant.

    Before ``horizon`` there are no single viewings: the instant is its minute there.
    """
    above, within = highest(stretches(app_id, livestream, [(start, end)]), start)
    at = start
    while within is not None:
        at = within.start
        end = min(end, floor(at, within.size) + within.size)
        if within.size == MINUTE_MS and at < horizon:
            return above, at
        if within.size == MINUTE_MS:
            return above, raw.first_highest(app_id, livestream, at, end)
        within = highest(stretches(app_id, livestream, [(at, end)], below=within.size), at).within
    return above, at


def stretches(
    app_id: int, livestream: Livestream | None, windows: Sequence[Span], below: int = 2 * DAY_MS
) -> list[Stretch]:
    """The windows, one after the other, in the largest buckets under ``below`` ms whose peak is known, the
    rest from the rows. No stretch reaches from one window into the next.
    """
    found: list[Stretch] = []
    spans = list(windows)
    borders = {start for start, _ in windows}
    for level in (level for level in reversed(LedgerLevel) if SIZES[level] < below):
        size = SIZES[level]
        inside = [_whole(span, size) for span in spans]
        rest = [part for span, inner in zip(spans, inside, strict=True) for part in _outside(span, inner)]
        for bucket, net, top in _buckets(app_id, livestream, level, inside):
            if top is None:
                rest.append((bucket, bucket + size))
            else:
                found.append(Stretch(bucket, size, net, top))
        spans = _joined(rest, borders)
    for first, last in spans:
        found += raw.stretches(app_id, livestream, first, last)
    return sorted(found)


def _whole(span: Span, size: int) -> Span:
    """The whole buckets in a span; none are an empty span at its start."""
    first, last = ceil(span[0], size), floor(span[1], size)
    return (first, last) if first < last else (span[0], span[0])


def _outside(span: Span, inner: Span) -> list[Span]:
    return [(span[0], inner[0]), (inner[1], span[1])]


def _joined(spans: list[Span], borders: Collection[int]) -> list[Span]:
    joined: list[Span] = []
    for first, last in sorted(span for span in spans if span[0] < span[1]):
        if joined and joined[-1][1] == first and first not in borders:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _buckets(
    app_id: int, livestream: Livestream | None, level: LedgerLevel, spans: Sequence[Span]
) -> list[tuple[int, int, int | None]]:
    spans = [(first, last) for first, last in spans if first < last]
    if not spans:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _BUCKETS,
            {
                "app": app_id,
                "owner": owner_of(livestream),
                "level": int(level),
                "firsts": [first for first, _ in spans],
                "lasts": [last for _, last in spans],
            },
        )
        rows: list[tuple[int, int, int | None]] = cursor.fetchall()
    return rows
