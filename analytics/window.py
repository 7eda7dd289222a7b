"""The window that a question is answered for."""

from dataclasses import dataclass

from accounts.models import App, Source
from analytics.arithmetic import MINUTE_MS, floor
from analytics.driver import driver_cursor

# How late the worker may be to end what fell silent.
SWEPT_WITHIN_MS = MINUTE_MS
# When a source last reported, and what its silence follows from.
SOURCE = ("last_event_ms", "kind", "interval_s", "heartbeats")

_KNOWN = f"""
SELECT horizon_ms, {", ".join(SOURCE)} FROM accounts_app AS app
LEFT JOIN analytics_purgehorizon AS horizon ON horizon.app_id = app.id
LEFT JOIN accounts_source AS source ON source.app_id = app.id
WHERE app.id = %(app)s
"""


@dataclass(frozen=True, slots=True)
class Window:
    """[start, end) in ms; a start of None is the beginning."""

    start: int | None
    end: int
    horizon: int
    """Before it no single viewings are left."""
    snapped: bool
    """An edge lay in purged time, where only whole minutes are known, and was moved back to its minute."""
    provisional_since: int | None
    """From when on a viewer who is silent now may turn out to have left; None: not within this window."""


def window(app: App, start_ms: int | None, end_ms: int | None, now_ms: int) -> Window:
    """What can be answered: nothing after now, no part of a minute before the app's purge horizon.

    An end before the start gives an empty window at the end.
    """
    end = now_ms if end_ms is None else min(end_ms, now_ms)
    start = None if start_ms is None else min(start_ms, end)
    horizon, since = _known_of(app, now_ms)
    known_end, known_start = _known(end, horizon), None if start is None else _known(start, horizon)
    return Window(
        known_start,
        known_end,
        horizon,
        (known_start, known_end) != (start, end),
        since if since < known_end else None,
    )


def _known_of(app: App, now_ms: int) -> tuple[int, int]:
    """The app's purge horizon, and since when what is known of it is provisional.

    That is T before its sources last reported, of those that may have somebody open: what fell silent longer
    ago than T has been swept.
    """
    with driver_cursor() as cursor:
        rows = cursor.execute(_KNOWN, {"app": app.pk}).fetchall()
    reports = []
    for _, heard, *fields in rows:
        if heard is not None:
            source = Source(**dict(zip(SOURCE[1:], fields, strict=True)))
            reports.append((min(heard, now_ms), source.silence_ms))
    open_since = [at - silence for at, silence in reports if at >= now_ms - silence - SWEPT_WITHIN_MS]
    return rows[0][0] or 0, min(open_since, default=now_ms)


def _known(at: int, horizon: int) -> int:
    return floor(at, MINUTE_MS) if at < horizon else at
