"""The map's data as JSON: individuals where they are few, clusters where they are many."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from viewers.api import readers
from viewers.api.parameters import MapQuery, Mode
from viewers.clustering.arrays import IntArray
from viewers.clustering.clusters import Box, Marker, Places, in_view, places_in
from viewers.snapshot import Filters, Snapshot, View
from viewers.snapshot.counts import NOBODY, Totals

# AUTO shows every viewer by itself up to so many in view.
FEW = 200
TOP_STREAMS = 5
POSITION_DIGITS = 6
# So many of the viewers that the snapshot knows may have left, and the list is still full.
LEFT = 0.1


def markers(live: Snapshot | None, app_ids: Sequence[int], query: MapQuery) -> bytes:
    """The ``data`` of the geolocation answer. ``timestamp`` is the snapshot's, 0 if there never was one."""
    if live is None:
        return _answer(query.mode, False, [], NOBODY, 0)
    view = live.view(app_ids, query.filters)
    if query.mode == "NONE" or (query.mode == "AUTO" and _few(view.places, query.box)):
        inside = places_in(view.places, query.box)
        located = _located(view.places, inside)
        shown = _individuals(view, inside, app_ids, query)
        truncated = located > query.limit if query.mode == "NONE" else None
        return _answer(query.mode, False, shown, view.totals, live.taken_ms, truncated)
    found = in_view(view.places, query.box, query.zoom)
    shown = _mixed(found, view, app_ids, query.filters)
    return _answer(query.mode, True, shown, view.totals, live.taken_ms)


def clusters(places: Places, unlocated: int, box: Box, zoom: int, at_ms: int) -> bytes:
    """The same of an audience of which nothing is known but where it was, at ``at_ms``."""
    shown = [as_json(_cluster(marker, [])) for marker in in_view(places, box, zoom)]
    totals = NOBODY._replace(located=places.total, unlocated=unlocated)
    return _answer("CLUSTERED", True, shown, totals, at_ms)


def _few(places: Places, box: Box) -> bool:
    # The whole world is what is asked most, and has no need to be looked through.
    if box == Box.world():
        return places.total <= FEW
    return _located(places, places_in(places, box)) <= FEW


def _located(places: Places, indices: IntArray) -> int:
    return int((places.count[indices + 1] - places.count[indices]).sum())


def _individuals(view: View, inside: IntArray, app_ids: Sequence[int], query: MapQuery) -> list[str]:
    """Of the first places: of no more than hold as many as are shown."""
    each = view.places.count[inside + 1] - view.places.count[inside]
    enough = int(np.searchsorted(np.cumsum(each), query.limit * (1 + LEFT))) + 1
    codes = view.places.codes[inside[:enough]].tolist()
    return [marker for _, marker in readers.individuals(app_ids, codes, query.filters, query.limit)]


def _mixed(found: Sequence[Marker], view: View, app_ids: Sequence[int], filters: Filters) -> list[str]:
    """Clusters, and the viewers that no other is near to as individuals."""
    codes = {
        at: int(view.places.codes[marker.spans[0][0]]) for at, marker in enumerate(found) if marker.count == 1
    }
    alone = dict(readers.individuals(app_ids, list(codes.values()), filters, 4 * len(codes)))
    streams = view.top_streams_of_each([marker.spans for marker in found], TOP_STREAMS)
    shown = []
    for at, marker in enumerate(found):
        # Who has left since the snapshot stays a nameless one, so that the numbers add up.
        individual = alone.get(codes[at]) if at in codes else None
        shown.append(individual or as_json(_cluster(marker, streams[at])))
    return shown


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
    shown: list[str],
    totals: Totals,
    taken_ms: int,
    truncated: bool | None = None,
) -> bytes:
    stats = {
        "isClustered": clustered,
        "totalMarkers": len(shown),
        "totalViewers": totals.viewers,
        "locatedViewers": totals.located,
        "unlocatedViewers": totals.unlocated,
    }
    if truncated is not None:
        stats["truncated"] = truncated
    head = f'{{"dev":{as_json({"aggregationMode": mode})},"stats":{as_json(stats)}'
    return f'{head},"markers":[{",".join(shown)}],"timestamp":{taken_ms}}}'.encode()


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
