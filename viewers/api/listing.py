"""One page of the live viewers who pass, as far as a list can be had without reading everybody."""

from collections.abc import Sequence

import numpy as np
from django.db.models import F, OrderBy, QuerySet
from django.db.models.functions import Coalesce
from rest_framework.exceptions import ValidationError

from viewers.api import readers
from viewers.api.parameters import MAX_ROW, ListQuery, Sort
from viewers.clustering.clusters import places_in
from viewers.models import ViewerSession
from viewers.snapshot import Snapshot, View

# An index keeps sessions in the order of their beginnings; in any other order so many can be sorted.
SORTED = 10_000
# No index knows players. Where few viewers are at the places of those who pass, they alone are looked
# through, as long as the snapshot is no older than this.
FRESH_MS = 10_000
LOOKED_THROUGH = 50_000


def page(
    live: Snapshot | None, app_ids: Sequence[int], query: ListQuery, addresses: bool, now: int
) -> tuple[list[ViewerSession], int]:
    """The page's rows, and how many there are on all pages. Raises ValidationError."""
    view = live.view(app_ids, query.filters) if live else None
    about = view.totals.viewers if view else None
    codes: Sequence[int | None] | None = None
    if live and view and query.filters.by_segment and now - live.taken_ms <= FRESH_MS:
        codes = _whereabouts(view)
    if query.box is not None:
        inside = places_in(view.places, query.box) if view else np.zeros(0, dtype=np.int64)
        codes = view.places.codes[inside].tolist() if view else []
        about = int((view.places.count[inside + 1] - view.places.count[inside]).sum()) if view else 0
    found = readers.matching(app_ids, query.filters, search=query.search, codes=codes, addresses=addresses)
    about = None if query.search else about
    found = _ordered(found, query.sort, query.descending, about)
    first = (query.page - 1) * query.rows
    rows = list(found[first : first + query.rows])
    return rows, readers.length(found, MAX_ROW, None if query.box else about)


def _whereabouts(view: View) -> list[int | None] | None:
    """The places of those who pass, None for nowhere among them; None where too many viewers are there."""
    places, codes = view.audience.places, view.places.codes
    at = np.searchsorted(places.codes, codes)
    there = int((places.count[at + 1] - places.count[at]).sum())
    nowhere: list[None] = [None] if view.totals.unlocated else []
    there += view.audience.total.unlocated if nowhere else 0
    return None if there > LOOKED_THROUGH else [*codes.tolist(), *nowhere]


def _ordered(
    found: QuerySet[ViewerSession], sort: Sort, descending: bool, about: int | None
) -> QuerySet[ViewerSession]:
    """``about`` as many as there are; None has them counted. Newest first they are already."""
    if sort in ("startTime", "duration"):
        newest_first = descending == (sort == "startTime")
        return found if newest_first else found.order_by("started_ms", "pk")
    if about is None:
        about = found.order_by()[: SORTED + 1].count()
    if about > SORTED:
        raise ValidationError(
            f"At most {SORTED} viewers can be sorted by {sort}: narrow them by streamKey, country, protocol, "
            "player, health, bbox or search, or sort by startTime."
        )
    return found.order_by(_key(sort, descending), "-started_ms", "pk")


def _key(sort: Sort, descending: bool) -> OrderBy:
    if sort == "healthScore":
        # No data is neither good nor bad: last either way.
        health = F("health")
        return health.desc(nulls_last=True) if descending else health.asc(nulls_last=True)
    figure = F("stream_key") if sort == "streamKey" else Coalesce("bandwidth", 0)
    return figure.desc() if descending else figure.asc()
