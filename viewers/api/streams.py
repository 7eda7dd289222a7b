"""The streams watched now, as clients of Storm's `/api/cluster/streams` read them.

A stream of one key in several apps is one stream with a source in each. What Turnout is not told about a
stream (servers, renditions, the encoder's bitrate) is empty or 0, in the type that the contract gives it.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from accounts.models import App
from viewers.api.answers import paging
from viewers.api.parameters import StreamOrder, StreamsQuery
from viewers.snapshot import Filters, Snapshot, StreamTotals
from viewers.snapshot.counts import Totals
from viewers.stream_ids import livestream_id

# Whoever is watched is on the air, as far as the snapshot knows.
STATE = "PUBLISHED"
# The contract's words for our three levels of health; it gives no bounds.
GRADES = ((80, "Very Good"), (50, "Good"), (1, "Bad"), (0, "No Data"))

ORDERS: dict[StreamOrder, Callable[[StreamTotals], Any]] = {
    "viewerCount": lambda stream: stream.totals.viewers,
    "streamKey": lambda stream: stream.stream_key,
    "healthScore": lambda stream: stream.totals.mean_health or 0,
    "outBandwidth": lambda stream: stream.totals.bandwidth,
}


def page(live: Snapshot | None, app_ids: Sequence[int], query: StreamsQuery) -> bytes:
    found = _found(live, app_ids, query)
    first = (query.page - 1) * query.rows
    apps = _watched(live, app_ids)
    rows = found[first : first + query.rows]
    return _json(
        {
            **paging(len(found), query.page, query.rows),
            "stateList": [STATE] if found else [],
            "applicationList": [
                {"id": app.public_id, "name": app.name, "serverName": "", "type": ""} for app in apps
            ],
            "list": [_row(stream, _sources(live, apps, stream.stream_key)) for stream in rows],
            "timestamp": live.taken_ms if live else 0,
        }
    )


def is_watched(live: Snapshot | None, app_ids: Sequence[int], stream_key: str) -> bool:
    return live is not None and live.view(app_ids, Filters(stream_key)).totals.viewers > 0


def one(live: Snapshot, app_ids: Sequence[int], stream_key: str) -> bytes:
    """A stream that is watched. Its application is the one in which most watch it."""
    totals = live.view(app_ids, Filters(stream_key)).totals
    main = _sources(live, _watched(live, app_ids), stream_key)[0]
    return _json(
        {
            "id": main["id"],
            "state": STATE,
            "streamKey": stream_key,
            **{name: main[name] for name in ("applicationType", "applicationId", "applicationName")},
            "viewerCount": totals.viewers,
            "substreamCount": 0,
            "bitrateCount": 0,
            **_health(totals),
            "aliasList": [],
            "previewList": [],
            "outBandwidth": totals.bandwidth,
            "timestamp": live.taken_ms,
        }
    )


def _found(live: Snapshot | None, app_ids: Sequence[int], query: StreamsQuery) -> list[StreamTotals]:
    if live is None or query.state not in (None, STATE):
        return []
    # The most watched first; sorting keeps that order among equals.
    found = live.view(app_ids).streams()
    if query.search is not None:
        wanted = query.search.casefold()
        found = [stream for stream in found if wanted in stream.stream_key.casefold()]
    return sorted(found, key=ORDERS[query.order_by], reverse=query.descending)


def _row(stream: StreamTotals, sources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "streamKey": stream.stream_key,
        "viewerCount": stream.totals.viewers,
        "outBandwidth": stream.totals.bandwidth,
        **_health(stream.totals),
        "sourceList": sources,
    }


def _sources(live: Snapshot | None, apps: Iterable[App], stream_key: str) -> list[dict[str, Any]]:
    """The stream in each of the apps that it is watched in, most viewers first."""
    if live is None:
        return []
    watched = watched_in(live, apps, stream_key)
    totals = [(app, live.view([app.pk], Filters(stream_key)).totals) for app in watched]
    return [
        _source(app, stream_key, found) for app, found in sorted(totals, key=lambda pair: -pair[1].viewers)
    ]


def watched_in(live: Snapshot, apps: Iterable[App], stream_key: str) -> list[App]:
    """Those of the apps in which somebody watches the stream now."""
    # Asked for every stream of a page: most are watched in one of the apps only.
    audiences = live.audiences
    return [app for app in apps if app.pk in audiences and stream_key in audiences[app.pk].stream_numbers]


def _source(app: App, stream_key: str, totals: Totals) -> dict[str, Any]:
    return {
        "id": livestream_id(app.pk, stream_key).hex,
        "state": STATE,
        "applicationType": "",
        "applicationId": app.public_id,
        "applicationName": app.name,
        "serverName": "",
        "bitrate": 0,
        "resolution": "",
        "viewers": totals.viewers,
        "subStreams": [],
        "priority": 0,
        **_health(totals),
        "createDate": 0,
    }


def _health(totals: Totals) -> dict[str, Any]:
    score = totals.mean_health or 0
    return {"healthScore": score, "healthGrade": next(name for least, name in GRADES if score >= least)}


def _watched(live: Snapshot | None, app_ids: Sequence[int]) -> list[App]:
    """Of these apps those that somebody watches now."""
    watched = [app_id for app_id in app_ids if live is not None and app_id in live.audiences]
    return list(App.objects.filter(pk__in=watched).order_by("name", "pk"))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
