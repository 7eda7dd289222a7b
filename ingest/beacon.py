"""What a token that anybody can read from a public page may report: views, from the sender's own address."""

from collections.abc import Sequence

from django.conf import settings
from msgspec.structs import replace

from accounts.models import App
from analytics.models import Livestream
from ingest.bodies import BodyTooLarge
from ingest.events import Event
from ingest.parsing import Batch, Rejected

# A page reports its own player; more at once is no page.
MAX_EVENTS = 20


def restrict(batch: Batch, app: App, address: str | None) -> Batch:
    """The batch as far as a beacon is believed: not its times, and nothing about where it is.

    ``rejected`` gains what is no view, and streams that the app does not know, once it has
    BEACON_NEW_STREAMS of them. Raises BodyTooLarge.
    """
    if len(batch.events) > MAX_EVENTS:
        raise BodyTooLarge(f"A beacon token reports at most {MAX_EVENTS} events at once: send them in parts.")
    known = _known_streams(app, {event.stream_key for event in batch.events})
    rejected = list(batch.rejected)
    events: list[Event] = []
    for index, event in _indexed(batch):
        if event.type[0] != "v":
            rejected.append(Rejected(index, "type must be a view's: a beacon token reports no publishers"))
        elif event.stream_key not in known:
            rejected.append(Rejected(index, "streamKey is not a stream of this app"))
        else:
            events.append(replace(event, ip=address, position=None, at=None, since=None, epoch=""))
    return Batch(events, sorted(rejected))


def _indexed(batch: Batch) -> list[tuple[int, Event]]:
    """Each event with its place in the body: those that the rejected ones leave free."""
    taken = {index for index, _ in batch.rejected}
    free = (index for index in range(len(taken) + len(batch.events)) if index not in taken)
    return list(zip(free, batch.events, strict=True))


def _known_streams(app: App, keys: Sequence[str] | set[str]) -> set[str]:
    livestreams = Livestream.objects.filter(app=app)
    known = set(livestreams.filter(stream_key__in=keys).values_list("stream_key", flat=True))
    if new := sorted(set(keys) - known):
        known.update(new[: max(settings.BEACON_NEW_STREAMS - livestreams.count(), 0)])
    return known
