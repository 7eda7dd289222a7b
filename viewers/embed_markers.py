"""What an embedded map shows: the part of a stream's audience that may be shown to everybody."""

from functools import partial
from typing import Any

import numpy as np

from accounts.models import EmbedLink
from viewers.api.markers import POSITION_DIGITS, as_json
from viewers.api.parameters import MapQuery
from viewers.clustering.clusters import Marker, Places, in_view
from viewers.clustering.coarse import as_places, shown_cells, shown_total
from viewers.snapshot import Filters, Snapshot


def markers(live: Snapshot | None, link: EmbedLink, query: MapQuery) -> bytes:
    """The `data` of the answer, of the shape that the geolocation answer has. `totalViewers` null: fewer
    than five.
    """
    if live is None:
        return _answer(None, [], 0)
    viewers, cells = _public(live, link)
    shown = [_cluster(marker) for marker in in_view(cells, query.box, query.zoom)]
    return _answer(shown_total(viewers, cells.total), shown, live.taken_ms)


def _public(live: Snapshot, link: EmbedLink) -> tuple[int, Places]:
    """All viewers, and the cells that are shown. Found once: many ask for many views of one stream."""
    key = ((link.app_id,), "public", link.stream_key)
    numbers = np.frombuffer(live.kept.get(key, partial(_counted, live, link)), dtype=np.int64)
    middles, counts = np.split(numbers[1:], 2)
    return int(numbers[0]), as_places(middles, counts)


def _counted(live: Snapshot, link: EmbedLink) -> bytes:
    view = live.view([link.app_id], Filters(link.stream_key))
    return np.concatenate(([view.totals.viewers], *shown_cells(view.places))).astype(np.int64).tobytes()


def _cluster(marker: Marker) -> dict[str, Any]:
    return {
        "type": "cluster",
        "position": [round(marker.latitude, POSITION_DIGITS), round(marker.longitude, POSITION_DIGITS)],
        "data": {
            "count": marker.count,
            "bounds": [round(edge, POSITION_DIGITS) for edge in marker.bounds],
        },
    }


def _answer(total: int | None, shown: list[dict[str, Any]], taken_ms: int) -> bytes:
    stats = {"isClustered": True, "totalMarkers": len(shown), "totalViewers": total}
    return as_json({"stats": stats, "markers": shown, "timestamp": taken_ms}).encode()
