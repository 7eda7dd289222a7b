"""The cluster API's query parameters. Unknown ones are ignored; a value that says nothing is a 400."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rest_framework.exceptions import ValidationError

from viewers.clustering.clusters import MAX_ZOOM, Box

Mode = Literal["AUTO", "NONE", "CLUSTERED"]
MODES: dict[str, Mode] = {"auto": "AUTO", "none": "NONE", "cluster": "CLUSTERED", "clustered": "CLUSTERED"}

MAX_INDIVIDUALS = 10_000
MAX_TEXT = 128
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
    stream_key: str | None
    app: str | None
    limit: int


def map_query(given: Mapping[str, str]) -> MapQuery:
    box = box_of(given)
    return MapQuery(
        mode=_mode(given.get("aggregation", "auto")),
        box=box or Box.world(),
        zoom=_whole(given, "zoom", 0, MAX_ZOOM, _zoom_for(box)),
        stream_key=text(given, "streamKey"),
        app=text(given, "app"),
        limit=_whole(given, "limit", 1, MAX_INDIVIDUALS, MAX_INDIVIDUALS),
    )


@dataclass(frozen=True, slots=True)
class ListQuery:
    page: int
    rows: int
    search: str | None
    stream_key: str | None
    country: str | None
    app: str | None
    box: Box | None


def list_query(given: Mapping[str, str]) -> ListQuery:
    page = _whole(given, "page", 1, MAX_ROW, 1)
    rows = _whole(given, "rowsPerPage", 1, MAX_PAGE_ROWS, 10)
    if page * rows > MAX_ROW:
        raise ValidationError(
            f"The list ends at row {MAX_ROW}: narrow it by streamKey, country, bbox or search."
        )
    country = text(given, "country")
    if country is not None and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise ValidationError("country must be a two-letter ISO 3166 code such as PL.")
    return ListQuery(
        page=page,
        rows=rows,
        search=text(given, "search"),
        stream_key=text(given, "streamKey"),
        country=country and country.upper(),
        app=text(given, "app"),
        box=box_of(given),
    )


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
