"""Reading the live table on behalf of somebody: every function is told which apps may be seen."""

import uuid
from collections.abc import Collection, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from viewers.models import ViewerSession
from viewers.snapshot.filters import EVERYBODY, OF_PROFILES, Filters
from viewers.snapshot.profiles import RANGES

UUID_LENGTH = 32
_SQL = {"health__isnull": "health IS NULL", "health__range": "health BETWEEN %(least)s AND %(most)s"}
# A list is counted row by row up to here if the snapshot knows about how long it is.
COUNTED = 10_000


# One viewer's marker as JSON, written by PostgreSQL: ten thousand of them would keep Python busy for longer
# than all the rest of the answer. The places are looked up and not estimated, which takes longer for many.
INDIVIDUALS = """
SELECT place_code,
       '{"type":"individual","position":[' || latitude || ',' || longitude
       || '],"data":{"connectionId":' || to_json(connection_id) || ',"streamKey":' || to_json(stream_key)
       || ',"outBandwidth":' || coalesce(bandwidth, 0) || ',"healthScore":' || coalesce(health, 0) || '}}'
FROM (
    SELECT * FROM viewers_viewersession
    WHERE app_id = ANY(%(apps)s) AND counted AND place_code = ANY((SELECT %(codes)s::bigint[])::bigint[])
    {filters}
    ORDER BY place_code, id LIMIT %(limit)s
) AS located
"""


def individuals(
    app_ids: Collection[int], codes: Sequence[int], filters: Filters, limit: int
) -> list[tuple[int, str]]:
    """Up to ``limit`` counted sessions that pass at these places, place by place: (place, marker as JSON)."""
    if not codes:
        return []
    # Django's adapter of lists takes its time over each element.
    array = "{" + ",".join(map(str, codes)) + "}"
    passing, values = _passing(filters)
    with connection.cursor() as cursor:
        cursor.execute(
            INDIVIDUALS.replace("{filters}", passing),
            {"apps": list(app_ids), "codes": array, "limit": limit, **values},
        )
        found: list[tuple[int, str]] = cursor.fetchall()
    return found


def matching(
    app_ids: Collection[int],
    filters: Filters = EVERYBODY,
    *,
    search: str | None = None,
    codes: Sequence[int | None] | None = None,
    addresses: bool = False,
) -> QuerySet[ViewerSession]:
    """Counted sessions that pass, newest first. ``search``: a connection's beginning, stream or address.
    ``codes``: at these places alone, and without one if None is among them.
    """
    live = _counted(app_ids).filter(**_conditions(filters))
    if codes is not None:
        located = [code for code in codes if code is not None]
        nowhere = Q(place_code__isnull=True) if len(located) < len(codes) else Q()
        live = live.filter(Q(place_code__in=located) | nowhere)
    if search is not None:
        live = live.filter(_search(search, addresses))
    return live.select_related("app", "source").order_by("-started_ms", "pk")


def length(found: QuerySet[ViewerSession], most: int, about: int | None) -> int:
    """How many there are: exactly, up to the COUNTED first; then ``about`` as many as the snapshot says.
    Where it cannot say, exactly up to ``most``, and ``most`` for all beyond. Counting them all would take
    the longer the more there are.
    """
    bound = most if about is None else COUNTED
    counted = found.order_by()[:bound].count()
    return counted if counted < bound else max(counted, about or 0)


def find(app_ids: Collection[int], viewer: str) -> ViewerSession | None:
    """The live session of this id, or the newest of this connection id."""
    live = ViewerSession.objects.filter(app_id__in=app_ids).select_related("app", "source")
    if (key := _uuid(viewer)) and (found := live.filter(pk=key).first()):
        return found
    return live.filter(connection_id=viewer).order_by("-started_ms", "pk").first()


def _conditions(filters: Filters) -> dict[str, Any]:
    """The filters as lookups."""
    wanted = {name: getattr(filters, name) for name in ("stream_key", *OF_PROFILES)}
    conditions: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    if filters.health == "none":
        conditions["health__isnull"] = True
    elif filters.health is not None:
        conditions["health__range"] = RANGES[filters.health]
    return conditions


def _passing(filters: Filters) -> tuple[str, dict[str, Any]]:
    """The same in SQL, and its parameters."""
    conditions = _conditions(filters)
    sql = "".join(f" AND {_SQL.get(name, f'{name} = %({name})s')}" for name in conditions)
    if "health__range" in conditions:
        least, most = conditions.pop("health__range")
        conditions |= {"least": least, "most": most}
    return sql, conditions


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
