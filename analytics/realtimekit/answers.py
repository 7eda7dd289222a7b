"""Livestreams and sessions as the vendor's SDKs read them: types differ by endpoint, as in the contract.

Of what its types do not let be null, texts that nobody knows are empty, and times are left out.
"""

from collections.abc import Callable
from typing import Any

from analytics.broadcasts import Broadcast
from analytics.instants import iso
from analytics.models import LivestreamSession
from analytics.realtimekit.listing import Page
from analytics.realtimekit.readers import Sessions, Stream, Streams

Body = dict[str, Any]


def listed(found: Streams, page: Page) -> Body:
    """The contract has one object here: the page's first livestream. ``livestreams`` are all of them."""
    livestreams = [livestream(stream) for stream in found.found]
    first = livestreams[0] if livestreams else {}
    return {**first, "paging": _paging(page, len(livestreams), found.total), "livestreams": livestreams}


def with_sessions(found: Sessions, page: Page) -> Body:
    """Here too the contract has room for one session: the page's first. ``sessions`` are all of them."""
    sessions = [_invoked(one, float) for one in found.found]
    first = {"session": sessions[0]} if sessions else {}
    paging = _paging(page, len(sessions), found.total)
    return {"livestream": livestream(found.stream), **first, "paging": paging, "sessions": sessions}


def active(found: Sessions) -> Body:
    """Without a session when the livestream is not on the air."""
    session = {"session": _invoked(found.found[0], str)} if found.found else {}
    return {"livestream": livestream(found.stream), **session}


def details(found: Sessions) -> Body:
    return _session(found.found[0], int)


def livestream(found: Stream) -> Body:
    of = found.livestream
    return {
        "id": of.pk.hex,
        "name": of.name or of.stream_key,
        "stream_key": of.stream_key,
        "status": found.status.value,
        "disabled": "false",
        "ingest_server": "",
        "playback_url": "",
        "meeting_id": "",
        "created_at": iso(of.created_ms),
        "updated_at": iso(max(of.created_ms, _changed(found.latest) if found.latest else 0)),
    }


def _invoked(found: Broadcast, figure: Callable[[int], object]) -> Body:
    return {**_session(found, figure), "invoked_time": iso(found.session.started_ms)}


def _session(found: Broadcast, figure: Callable[[int], object]) -> Body:
    """``figure`` makes whole seconds, rounded down here and nowhere before, of the endpoint's own type."""
    of = found.session
    stopped = {} if of.ended_ms is None else {"stopped_time": iso(of.ended_ms)}
    return {
        "id": of.pk.hex,
        "livestream_id": of.livestream_id.hex,
        "ingest_seconds": figure(found.ingest_ms // 1000),
        "viewer_seconds": figure(found.viewer_ms // 1000),
        "err_message": "",
        "created_at": iso(of.started_ms),
        "started_time": iso(of.started_ms),
        **stopped,
        "updated_at": iso(_changed(of)),
    }


def _changed(broadcast: LivestreamSession) -> int:
    """When it began or, if it is over, ended."""
    return broadcast.started_ms if broadcast.ended_ms is None else broadcast.ended_ms


def _paging(page: Page, shown: int, total: int) -> Body:
    """Offsets count from 1 on, both included; a page that holds nothing has none."""
    before = page.rows.start
    return {
        "total_count": total,
        "start_offset": before + 1 if shown else 0,
        "end_offset": before + shown if shown else 0,
    }
