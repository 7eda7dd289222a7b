"""Signs of whole viewings and broadcasts, told through the one door that real ones come in by."""

from accounts.models import Source
from ingest.events import Event
from ingest.record import record

# Saturday 2026-01-31, 18:00:00.000 UTC.
START = 1_769_882_400_000
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def watched(who: str, since: int, until: int, stream: str = "live") -> Event:
    """A viewing that is over."""
    return Event("view.stop", who, stream, at=until, since=since)


def watching(who: str, since: int, last: int, stream: str = "live") -> Event:
    """A viewing that goes on."""
    return Event("view.update", who, stream, at=last, since=since)


def published(who: str, since: int, until: int, stream: str = "live") -> Event:
    """A publisher who stopped."""
    return Event("publish.stop", who, stream, at=until, since=since)


def publishing(who: str, since: int, last: int, stream: str = "live") -> Event:
    """A publisher who goes on."""
    return Event("publish.update", who, stream, at=last, since=since)


def tell(source: Source, *events: Event, now: int | None = None) -> None:
    """Record the events, received at ``now`` (ms) or as soon as the last of them happened."""
    record(events, source, max(event.at or 0 for event in events) if now is None else now)
