"""Reading the live table on behalf of somebody: every function is told which apps may be seen."""

import uuid
from collections.abc import Collection, Sequence
from contextlib import suppress
from ipaddress import ip_address

from django.db.models import Q, QuerySet

from viewers.models import ViewerSession

UUID_LENGTH = 32


def at_places(
    app_ids: Collection[int], codes: Sequence[int], stream_key: str | None, limit: int
) -> list[ViewerSession]:
    """Up to ``limit`` counted sessions at these places, oldest first."""
    if not codes:
        return []
    live = _counted(app_ids).filter(place_code__in=list(codes))
    if stream_key is not None:
        live = live.filter(stream_key=stream_key)
    fields = ("place_code", "latitude", "longitude", "connection_id", "stream_key", "bandwidth", "health")
    return list(live.only(*fields).order_by("started_ms", "pk")[:limit])


def matching(
    app_ids: Collection[int],
    *,
    search: str | None = None,
    stream_key: str | None = None,
    country: str | None = None,
    codes: Sequence[int] | None = None,
    addresses: bool = False,
) -> QuerySet[ViewerSession]:
    """Counted sessions that fit, newest first. ``search``: a connection's beginning, a stream, an address."""
    live = _counted(app_ids)
    if stream_key is not None:
        live = live.filter(stream_key=stream_key)
    if country is not None:
        live = live.filter(country=country)
    if codes is not None:
        live = live.filter(place_code__in=list(codes))
    if search is not None:
        live = live.filter(_search(search, addresses))
    return live.select_related("app", "source").order_by("-started_ms", "pk")


def find(app_ids: Collection[int], viewer: str) -> ViewerSession | None:
    """The live session of this id, or the newest of this connection id."""
    live = ViewerSession.objects.filter(app_id__in=app_ids).select_related("app", "source")
    if (key := _uuid(viewer)) and (found := live.filter(pk=key).first()):
        return found
    return live.filter(connection_id=viewer).order_by("-started_ms", "pk").first()


def _counted(app_ids: Collection[int]) -> QuerySet[ViewerSession]:
    return ViewerSession.objects.filter(app_id__in=app_ids, counted=True)


def _search(text: str, addresses: bool) -> Q:
    found = Q(connection_id__startswith=text) | Q(stream_key=text)
    if key := _uuid(text):
        found |= Q(pk=key)
    if addresses:
        with suppress(ValueError):
            found |= Q(ip=str(ip_address(text)))
    return found


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if len(text) >= UUID_LENGTH else None
    except ValueError:
        return None
