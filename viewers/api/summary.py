"""The map's figures and lists as JSON."""

from collections.abc import Sequence
from typing import Any

from viewers.api.markers import POSITION_DIGITS, as_json
from viewers.api.parameters import SummaryQuery
from viewers.sessions.change_feed import COUNTRY_ONLY, NO_ADDRESS, PRIVATE_ADDRESS, UNKNOWN_ADDRESS
from viewers.snapshot import Snapshot, StreamTotals
from viewers.snapshot.counts import NOBODY, Totals
from viewers.snapshot.facets import Facets, facets, streams
from viewers.snapshot.profiles import HEALTHS

MOST_STREAMS = 500
MOST_PLAYERS = 100
REASONS = {
    "privateAddress": PRIVATE_ADDRESS,
    "unknownAddress": UNKNOWN_ADDRESS,
    "noAddress": NO_ADDRESS,
}
_NOTHING = Facets(NOBODY, 0, {}, {}, dict.fromkeys(HEALTHS, 0), [])


def summary(live: Snapshot | None, app_ids: Sequence[int], query: SummaryQuery) -> bytes:
    """The ``data`` of the summary. ``timestamp`` is the snapshot's, 0 if there never was one."""
    if live is None:
        return as_json(_answer(_NOTHING, [], 0)).encode()
    found = facets(live, app_ids, query.filters)
    listed = streams(live, app_ids, query.filters, query.search, MOST_STREAMS)
    return as_json(_answer(found, listed, live.taken_ms)).encode()


def _answer(found: Facets, listed: Sequence[StreamTotals], taken_ms: int) -> dict[str, Any]:
    countries, protocols, players = (
        found.profiles.get(name, []) for name in ("country", "protocol", "player")
    )
    return {
        "timestamp": taken_ms,
        "totals": _totals(found),
        "countryOnly": {
            "viewers": found.reasons.get(COUNTRY_ONLY, 0),
            "positions": [[round(degrees, POSITION_DIGITS) for degrees in at] for at in found.country_only],
        },
        "streams": [{"streamKey": key, **_figures(totals)} for key, totals in listed],
        "countries": [{"country": country, "viewers": n} for country, n in countries],
        "protocols": [{"protocol": protocol, "viewers": n} for protocol, n in protocols],
        "players": [{"player": player, "viewers": n} for player, n in players[:MOST_PLAYERS]],
        "health": found.healths,
    }


def _totals(found: Facets) -> dict[str, Any]:
    return {
        "located": found.totals.located,
        "unlocated": found.totals.unlocated,
        "unlocatedBecause": {name: found.reasons.get(reason, 0) for name, reason in REASONS.items()},
        **_figures(found.totals),
        "streams": found.streams,
    }


def _figures(totals: Totals) -> dict[str, int]:
    return {
        "viewers": totals.viewers,
        "outBandwidth": totals.bandwidth,
        "healthScore": totals.mean_health or 0,
    }
