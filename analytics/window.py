"""The window that a question is answered for."""

from dataclasses import dataclass

from accounts.models import App, Source
from analytics.arithmetic import MINUTE_MS, floor
from analytics.models import PurgeHorizon

# How late the worker may be to end what fell silent.
SWEPT_WITHIN_MS = MINUTE_MS


@dataclass(frozen=True, slots=True)
class Window:
    """[start, end) in ms; a start of None is the beginning."""

    start: int | None
    end: int
    horizon: int
    """Before it no single viewings are left."""
    snapped: bool
    """An edge lay in purged time, where only whole minutes are known, and was moved back to its minute."""

    def provisional_since(self, app: App, now_ms: int) -> int | None:
        """From when on a viewer who is silent now may turn out to have left; None: not within this window.

        T before the app's sources last reported, of those that may have somebody open: what fell silent
        longer ago than T has been swept.
        """
        heard = Source.objects.filter(app=app, last_event_ms__isnull=False)
        reports = [(min(source.last_event_ms or 0, now_ms), source.silence_ms) for source in heard]
        open_since = [at - silence for at, silence in reports if at >= now_ms - silence - SWEPT_WITHIN_MS]
        since = min(open_since, default=now_ms)
        return since if since < self.end else None


def window(app: App, start_ms: int | None, end_ms: int | None, now_ms: int) -> Window:
    """What can be answered: nothing after now, no part of a minute before the app's purge horizon.

    An end before the start gives an empty window at the end.
    """
    end = now_ms if end_ms is None else min(end_ms, now_ms)
    start = None if start_ms is None else min(start_ms, end)
    horizon = PurgeHorizon.objects.filter(app=app).values_list("horizon_ms", flat=True).first() or 0
    known_end, known_start = _known(end, horizon), None if start is None else _known(start, horizon)
    return Window(known_start, known_end, horizon, (known_start, known_end) != (start, end))


def _known(at: int, horizon: int) -> int:
    return floor(at, MINUTE_MS) if at < horizon else at
