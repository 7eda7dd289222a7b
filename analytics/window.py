"""The window that a question is answered for."""

from dataclasses import dataclass

from accounts.models import App, Source
from analytics.arithmetic import MINUTE_MS, floor
from analytics.models import PurgeHorizon


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

        Now less the largest T of the app's sources that reported within their own T: others have nobody open.
        """
        sources = Source.objects.filter(app=app, last_event_ms__isnull=False)
        silences = [s.silence_ms for s in sources if (s.last_event_ms or 0) >= now_ms - s.silence_ms]
        since = now_ms - max(silences, default=0)
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
