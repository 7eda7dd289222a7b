"""What could be narrowed down to: the values of each filter, counted under all the others."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from viewers.clustering import mercator
from viewers.clustering.arrays import IntArray
from viewers.snapshot.counts import Totals
from viewers.snapshot.filters import OF_PROFILES, Filters
from viewers.snapshot.profiles import HEALTHS, Mask
from viewers.snapshot.snapshot import Snapshot
from viewers.snapshot.view import StreamTotals, View

# There are some 250 countries, and a database may have several positions for one.
MOST_POSITIONS = 1000
# A value, and its viewers.
Counted = list[tuple[str, int]]


class Facets(NamedTuple):
    """`totals`, and the viewers by the `reasons` why they have no place or none nearer than a country, are of
    all who pass; each list of `profiles`, by its name, and `healths` of those who pass all filters but its
    own. The most come first. `country_only` are the positions, in degrees, that stand for a country.
    """

    totals: Totals
    streams: int
    reasons: dict[str, int]
    profiles: dict[str, Counted]
    healths: dict[str, int]
    country_only: list[tuple[float, float]]


def facets(live: Snapshot, app_ids: Iterable[int], filters: Filters) -> Facets:
    apps = list(app_ids)
    view = live.view(apps, filters)
    # Whoever watches the stream, whatever else they are: the other filters are applied to segments.
    counted = live.view(apps, Filters(stream_key=filters.stream_key))
    return Facets(
        totals=view.totals,
        streams=int(np.count_nonzero(view.by_stream[:, :2].any(axis=1))),
        reasons=dict(_by(counted, "reason", filters)),
        profiles={name: _by(counted, name, filters.without(name)) for name in OF_PROFILES},
        healths=_by_health(counted, filters.without("health")),
        country_only=_positions(view.audience.country_only[:MOST_POSITIONS]),
    )


def streams(
    live: Snapshot, app_ids: Iterable[int], filters: Filters, search: str | None, most: int
) -> list[StreamTotals]:
    """The most watched streams under all filters but that of the stream, of those whose key holds `search`
    in capitals or not.
    """
    view = live.view(app_ids, filters.without("stream_key"))
    keys, rows = view.audience.stream_keys, view.by_stream
    viewers = rows[:, 0] + rows[:, 1]
    if search is not None:
        wanted = search.casefold()
        viewers = viewers * np.array([wanted in key.casefold() for key in keys], dtype=bool)
    ranked = np.argsort(-viewers, kind="stable")[:most]
    return [
        StreamTotals(keys[number], Totals(*rows[number].tolist()))
        for number in ranked.tolist()
        if viewers[number]
    ]


def _positions(codes: IntArray) -> list[tuple[float, float]]:
    latitudes, longitudes = mercator.unproject_array(*mercator.decode(codes))
    return list(zip(latitudes.tolist(), longitudes.tolist(), strict=True))


def _by(view: View, name: str, filters: Filters) -> Counted:
    found = view.audience.profiles.added_up(name, _passing(view, filters).sum(axis=1))
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


def _by_health(view: View, filters: Filters) -> dict[str, int]:
    return dict(zip(HEALTHS, _passing(view, filters).sum(axis=0).tolist(), strict=True))


def _passing(view: View, filters: Filters) -> IntArray:
    """The viewers of each profile and health that pass."""
    segments: Mask = filters.segments(view.audience.profiles)
    counts: IntArray = view.in_segments.astype(np.int64).reshape(-1, len(HEALTHS)) * segments
    return counts
