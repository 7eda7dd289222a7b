"""The map's data: individuals where they are few, clusters where they are many."""

from collections.abc import Sequence
from typing import Any

from viewers.api import readers
from viewers.api.parameters import MapQuery, Mode
from viewers.clustering.arrays import IntArray
from viewers.clustering.clusters import Box, Marker, Places, in_view, places_in
from viewers.models import ViewerSession
from viewers.snapshot import Snapshot, View
from viewers.snapshot.counts import Totals

# AUTO shows every viewer by itself up to so many in view.
FEW = 200
TOP_STREAMS = 5
POSITION_DIGITS = 6
_NOBODY = Totals(0, 0, 0, 0, 0)


def markers(live: Snapshot | None, app_ids: Sequence[int], query: MapQuery) -> dict[str, Any]:
    """The ``data`` of the geolocation answer. ``timestamp`` is the snapshot's, 0 if there never was one."""
    if live is None:
        return _answer(query.mode, False, [], _NOBODY, 0)
    view = live.view(app_ids, query.stream_key)
    shown: list[dict[str, Any]]
    if query.mode == "NONE" or (query.mode == "AUTO" and _few(view.places, query.box)):
        inside = places_in(view.places, query.box)
        located = _located(view.places, inside)
        limit = query.limit
        shown = [_individual(row) for row in _at(view, inside, app_ids, query.stream_key, limit)]
        truncated = located > limit if query.mode == "NONE" else None
        return _answer(query.mode, False, shown, view.totals, live.taken_ms, truncated)
    found = in_view(view.places, query.box, query.zoom)
    shown = _mixed(found, view, app_ids, query.stream_key)
    return _answer(query.mode, True, shown, view.totals, live.taken_ms)


def _few(places: Places, box: Box) -> bool:
    # The whole world is what is asked most, and has no need to be looked through.
    if box == Box.world():
        return places.total <= FEW
    return _located(places, places_in(places, box)) <= FEW


def _located(places: Places, indices: IntArray) -> int:
    return int((places.count[indices + 1] - places.count[indices]).sum())


def _at(
    view: View, places: IntArray, app_ids: Sequence[int], stream_key: str | None, limit: int
) -> list[ViewerSession]:
    return readers.at_places(app_ids, view.places.codes[places[:limit]].tolist(), stream_key, limit)


def _mixed(
    found: Sequence[Marker], view: View, app_ids: Sequence[int], stream_key: str | None
) -> list[dict[str, Any]]:
    """Clusters, and the viewers that no other is near to as individuals."""
    codes = {
        at: int(view.places.codes[marker.spans[0][0]]) for at, marker in enumerate(found) if marker.count == 1
    }
    rows = readers.at_places(app_ids, list(codes.values()), stream_key, 4 * len(codes))
    streams = view.top_streams_of_each([marker.spans for marker in found], TOP_STREAMS)
    alone: dict[int | None, ViewerSession] = {}
    for found_row in rows:
        alone.setdefault(found_row.place_code, found_row)
    shown = []
    for at, marker in enumerate(found):
        # Who has left since the snapshot stays a nameless one, so that the numbers add up.
        row = alone.get(codes[at]) if at in codes else None
        shown.append(_individual(row) if row is not None else _cluster(marker, streams[at]))
    return shown


def _individual(row: ViewerSession) -> dict[str, Any]:
    return {
        "type": "individual",
        "position": [row.latitude, row.longitude],
        "data": {
            "connectionId": row.connection_id,
            "streamKey": row.stream_key,
            "outBandwidth": row.bandwidth or 0,
            "healthScore": row.health or 0,
        },
    }


def _cluster(marker: Marker, streams: Sequence[tuple[str, int]]) -> dict[str, Any]:
    return {
        "type": "cluster",
        "position": [round(marker.latitude, POSITION_DIGITS), round(marker.longitude, POSITION_DIGITS)],
        "data": {
            "count": marker.count,
            "outBandwidth": marker.bandwidth,
            "healthScore": marker.health or 0,
            "streamKeys": [{"streamKey": key, "count": count} for key, count in streams],
            "bounds": [round(edge, POSITION_DIGITS) for edge in marker.bounds],
            "expansionZoom": marker.expansion_zoom,
        },
    }


def _answer(
    mode: Mode,
    clustered: bool,
    shown: list[dict[str, Any]],
    totals: Totals,
    taken_ms: int,
    truncated: bool | None = None,
) -> dict[str, Any]:
    stats = {
        "isClustered": clustered,
        "totalMarkers": len(shown),
        "totalViewers": totals.viewers,
        "locatedViewers": totals.located,
        "unlocatedViewers": totals.unlocated,
    }
    if truncated is not None:
        stats["truncated"] = truncated
    return {"dev": {"aggregationMode": mode}, "stats": stats, "markers": shown, "timestamp": taken_ms}
