"""The cluster API's query parameters. Unknown ones are ignored; a value that says nothing is a 400."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

from rest_framework.exceptions import ValidationError

from viewers.clustering.clusters import MAX_ZOOM, Box
from viewers.snapshot.filters import Filters
from viewers.snapshot.profiles import HEALTHS

# The contract's page on one stream calls CLUSTER what its page on the cluster calls CLUSTERED.
Mode = Literal["AUTO", "NONE", "CLUSTERED", "CLUSTER"]
MODES: dict[str, Mode] = {"auto": "AUTO", "none": "NONE", "cluster": "CLUSTERED", "clustered": "CLUSTERED"}
StreamOrder = Literal["viewerCount", "streamKey", "healthScore", "outBandwidth"]
STREAM_ORDERS: dict[str, StreamOrder] = {
    "viewerCount": "viewerCount",
    "viewers": "viewerCount",
    "streamKey": "streamKey",
    "healthScore": "healthScore",
    "outBandwidth": "outBandwidth",
}

MAX_INDIVIDUALS = 10_000
MAX_TEXT = 128
# The word for a country, protocol or player that is not known.
UNKNOWN = "unknown"
Sort = Literal["startTime", "duration", "outBandwidth", "healthScore", "streamKey"]
SORTS: tuple[Sort, ...] = get_args(Sort)
ORDERS = ("asc", "desc")
MAX_PAGE_ROWS = 100
# Deeper pages would make the database count its way past all the earlier ones.
MAX_ROW = 100_000
# The width, in pixels, of the map that a client has in mind who names a box and no zoom.
MAP_WIDTH = 1024


@dataclass(frozen=True, slots=True)
class MapQuery:
    mode: Mode
    box: Box
    zoom: int
    filters: Filters
    app: str | None
    limit: int


def map_query(given: Mapping[str, str]) -> MapQuery:
    box, zoom = area(given)
    return MapQuery(
        mode=_mode(given.get("aggregation", "auto")),
        box=box,
        zoom=zoom,
        filters=filters_of(given),
        app=text(given, "app"),
        limit=_whole(given, "limit", 1, MAX_INDIVIDUALS, MAX_INDIVIDUALS),
    )


def area(given: Mapping[str, str]) -> tuple[Box, int]:
    """What a map shows: without a box the world, without a zoom that at which the box fills it."""
    box = box_of(given)
    return box or Box.world(), _whole(given, "zoom", 0, MAX_ZOOM, _zoom_for(box))


def stream_map_query(given: Mapping[str, str], stream_key: str) -> MapQuery:
    """The same of one stream of one app, both named by the path."""
    query = map_query({name: given[name] for name in given if name not in ("streamKey", "app")})
    filters = replace(query.filters, stream_key=stream_key)
    return replace(query, filters=filters, mode="CLUSTER" if query.mode == "CLUSTERED" else query.mode)


@dataclass(frozen=True, slots=True)
class ListQuery:
    page: int
    rows: int
    search: str | None
    filters: Filters
    app: str | None
    box: Box | None
    sort: Sort
    descending: bool


def list_query(given: Mapping[str, str]) -> ListQuery:
    page, rows = _page(given, "streamKey, country, protocol, player, health, bbox or search")
    return ListQuery(
        page=page,
        rows=rows,
        search=text(given, "search"),
        filters=filters_of(given),
        app=text(given, "app"),
        box=box_of(given),
        sort=choice(given, "sort", SORTS, "startTime"),
        descending=choice(given, "order", ORDERS, "desc") == "desc",
    )


@dataclass(frozen=True, slots=True)
class StreamsQuery:
    page: int
    rows: int
    search: str | None
    state: str | None
    order_by: StreamOrder
    descending: bool
    app: str | None


def streams_query(given: Mapping[str, str]) -> StreamsQuery:
    page, rows = _page(given, "search")
    order_by = STREAM_ORDERS.get(given.get("orderBy") or "viewerCount")
    if order_by is None:
        raise ValidationError(f"orderBy must be one of {', '.join(STREAM_ORDERS)}.")
    # Names begin with the first, figures with the largest.
    order = given.get("order") or ("asc" if order_by == "streamKey" else "desc")
    if order not in ("asc", "desc"):
        raise ValidationError("order must be asc or desc.")
    return StreamsQuery(
        page=page,
        rows=rows,
        search=text(given, "search"),
        state=text(given, "streamState"),
        order_by=order_by,
        descending=order == "desc",
        app=text(given, "app"),
    )


@dataclass(frozen=True, slots=True)
class SummaryQuery:
    filters: Filters
    app: str | None
    search: str | None


def summary_query(given: Mapping[str, str]) -> SummaryQuery:
    return SummaryQuery(filters_of(given), text(given, "app"), text(given, "search"))


def filters_of(given: Mapping[str, str]) -> Filters:
    protocol, player = text(given, "protocol"), text(given, "player")
    return Filters(
        stream_key=text(given, "streamKey"),
        country=_country(given),
        # As they are stored.
        protocol=_known(protocol and protocol.lower()),
        player=_known(player),
        health=choice(given, "health", HEALTHS, None),
    )


def _country(given: Mapping[str, str]) -> str | None:
    country = text(given, "country")
    if country is None or country.lower() == UNKNOWN:
        return _known(country and country.lower())
    if len(country) == 2 and country.isascii() and country.isalpha():
        return country.upper()
    raise ValidationError("country must be a two-letter ISO 3166 code such as PL, or unknown.")


def _known(value: str | None) -> str | None:
    return "" if value == UNKNOWN else value


Choice = TypeVar("Choice")


def choice(given: Mapping[str, str], name: str, choices: Sequence[Choice], default: Choice) -> Choice:
    """One of these words; an empty one is as good as none."""
    value = given.get(name)
    if not value:
        return default
    for each in choices:
        if value == each:
            return each
    *others, last = map(str, choices)
    raise ValidationError(f"{name} must be {', '.join(others)} or {last}.")


def box_of(given: Mapping[str, str]) -> Box | None:
    raw = given.get("bbox")
    if raw is None:
        return None
    parts = raw[:200].split(",")
    try:
        west, south, east, north = (float(part) for part in parts)
        return Box(south=south, west=west, north=north, east=east)
    except ValueError:
        raise ValidationError(
            "bbox must be west,south,east,north: four numbers in degrees, south not greater than north."
        ) from None


def text(given: Mapping[str, str], name: str) -> str | None:
    """A parameter of at most 128 characters; an empty one is as good as none."""
    value = given.get(name)
    if value is not None and len(value) > MAX_TEXT:
        raise ValidationError(f"{name} may have at most {MAX_TEXT} characters.")
    return value or None


def _page(given: Mapping[str, str], narrowed_by: str) -> tuple[int, int]:
    """Its number, from 1, and how many rows it has."""
    page = _whole(given, "page", 1, MAX_ROW, 1)
    rows = _whole(given, "rowsPerPage", 1, MAX_PAGE_ROWS, 10)
    if page * rows > MAX_ROW:
        raise ValidationError(f"The list ends at row {MAX_ROW}: narrow it by {narrowed_by}.")
    return page, rows


def _mode(value: str) -> Mode:
    mode = MODES.get(value.lower())
    if mode is None:
        raise ValidationError("aggregation must be auto, none or cluster.")
    return mode


def _whole(given: Mapping[str, str], name: str, least: int, most: int, default: int) -> int:
    value = given.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
        raise ValidationError(f"{name} must be a whole number from {least} to {most}.")
    return int(value)


def _zoom_for(box: Box | None) -> int:
    """The zoom at which a box fills a map of usual width; the world does at 2."""
    width = 360.0 if box is None else (box.east - box.west) % 360.0 or 360.0
    zoom = 0
    while zoom < MAX_ZOOM and width / 360.0 * 256 * 2 ** (zoom + 1) <= MAP_WIDTH:
        zoom += 1
    return zoom
