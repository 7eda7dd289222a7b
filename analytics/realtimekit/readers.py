"""Livestreams and their broadcasts, which the RealtimeKit API calls sessions. Times are ms (Unix)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import App
from analytics.broadcasts import Broadcast, measured, newest_first
from analytics.identity import WHOLE_APP
from analytics.models import Livestream, LivestreamSession
from analytics.parameters import Window
from analytics.realtimekit.listing import Listing, Page, Status
from analytics.snapshot import snapshot
from analytics.standing import BEGINNING
from analytics.window import Window as Answered
from analytics.window import window

# With the hyphens too that clients put into what they take for a UUID.
ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stream:
    """A livestream, and its latest broadcast: the one that goes on, if any does."""

    livestream: Livestream
    latest: LivestreamSession | None

    @property
    def status(self) -> Status:
        if self.latest is None:
            return Status.INVOKED
        return Status.LIVE if self.latest.ended_ms is None else Status.IDLE


@dataclass(frozen=True, slots=True)
class Streams:
    """A page of livestreams, and how many there are on all pages."""

    found: list[Stream]
    total: int


@dataclass(frozen=True, slots=True)
class Sessions:
    """A page of a livestream's broadcasts, the newest first, and how many there are on all pages."""

    stream: Stream
    found: list[Broadcast]
    total: int

    @property
    def provisional_since_ms(self) -> int | None:
        """From when on the figures found may still turn out smaller; None: all are settled."""
        since = (broadcast.provisional_since_ms for broadcast in self.found)
        return min((at for at in since if at is not None), default=None)


def livestreams(app: App, asked: Listing, now: int) -> Streams:
    with snapshot():
        matching = _matching(app, asked, now)
        by = ("-created_ms", "pk") if asked.newest_first else ("created_ms", "pk")
        return Streams(_with_latest(list(matching.order_by(*by)[asked.page.rows])), matching.count())


def sessions(app: App, livestream_id: str, page: Page, now: int) -> Sessions:
    """Raises Http404."""
    with snapshot():
        livestream = _livestream(app, livestream_id)
        all_of_it = newest_first(livestream, None, None)
        return _sessions(livestream, list(all_of_it[page.rows]), all_of_it.count(), now)


def active_session(app: App, livestream_id: str, now: int) -> Sessions:
    """The broadcast that goes on, or none. Raises Http404."""
    with snapshot():
        livestream = _livestream(app, livestream_id)
        found = list(LivestreamSession.objects.filter(livestream=livestream, ended_ms=None))
        return _sessions(livestream, found, len(found), now)


def session(app: App, session_id: str, now: int) -> Sessions:
    """The one broadcast. Raises Http404."""
    with snapshot():
        known = LivestreamSession.objects.select_related("livestream__app")
        found = known.filter(app=app, pk=_key(session_id)).first()
        if found is None:
            raise Http404("No such livestream session in this app.")
        return _sessions(found.livestream, [found], 1, now)


def _matching(app: App, asked: Listing, now: int) -> QuerySet[Livestream]:
    broadcasts = LivestreamSession.objects.filter(livestream=OuterRef("pk"))
    found = Livestream.objects.filter(app=app)
    if asked.window != Window(None, None):
        within = _within(window(app, asked.window.start_ms, asked.window.end_ms, now))
        found = found.filter(Exists(broadcasts.filter(within)))
    going_on = Exists(broadcasts.filter(ended_ms=None))
    match asked.status:
        case Status.LIVE:
            return found.filter(going_on)
        case Status.IDLE:
            return found.filter(Exists(broadcasts), ~going_on)
        case Status.INVOKED:
            return found.filter(~Exists(broadcasts))
        case Status.ERRORED:
            return found.none()
        case None:
            return found


def _within(asked: Answered) -> Q:
    """Broadcasts that the window touches, as ``analytics.on_air`` counts them."""
    if asked.start is None:
        return Q(started_ms__lt=asked.end)
    reaching = Q(ended_ms=None) | Q(ended_ms__gt=asked.start) | Q(started_ms__gte=asked.start)
    # An empty window touches nothing.
    return reaching & Q(started_ms__lt=asked.end if asked.start < asked.end else BEGINNING)


def _with_latest(livestreams: Sequence[Livestream]) -> list[Stream]:
    broadcasts = LivestreamSession.objects.filter(livestream__in=livestreams)
    latest = broadcasts.order_by("livestream_id", "-started_ms").distinct("livestream_id")
    of = {broadcast.livestream_id: broadcast for broadcast in latest}
    return [Stream(livestream, of.get(livestream.pk)) for livestream in livestreams]


def _sessions(livestream: Livestream, found: Sequence[LivestreamSession], total: int, now: int) -> Sessions:
    [stream] = _with_latest([livestream])
    return Sessions(stream, measured(livestream, found, now), total)


def _livestream(app: App, livestream_id: str) -> Livestream:
    found = Livestream.objects.select_related("app").filter(app=app, pk=_key(livestream_id)).first()
    if found is None:
        raise Http404("No such livestream in this app.")
    return found


def _key(public_id: str) -> UUID:
    """Nobody's, where no id can be meant."""
    return UUID(public_id) if ID.fullmatch(public_id) else WHOLE_APP
