"""Live sessions as the cluster API's clients read them. Contract: Storm's ``/api/cluster/viewers``."""

from collections.abc import Iterable
from typing import Any

from viewers.models import ViewerSession
from viewers.sessions.change_feed import COUNTRY_KM

HARNESSES = {"hls": "GENERIC_HLS_VIEWER", "llhls": "GENERIC_HLS_VIEWER", "dash": "GENERIC_DASH_VIEWER"}


def page(
    rows: Iterable[ViewerSession], total: int, number: int, size: int, now: int, addresses: bool
) -> dict[str, Any]:
    return {**paging(total, number, size), "list": [row_of(row, now, addresses) for row in rows]}


def paging(total: int, number: int, size: int) -> dict[str, Any]:
    """Where page `number`, from 1, of so many items stands."""
    pages = max(1, -(-total // size))
    return {
        "totalItems": total,
        "itemsPerPage": size,
        "totalPages": pages,
        "currentPage": number,
        "hasPrevious": number > 1,
        "hasNext": number < pages,
    }


def row_of(row: ViewerSession, now: int, addresses: bool) -> dict[str, Any]:
    return {
        "id": row.pk.hex,
        "connectionId": row.connection_id,
        "streamKey": row.stream_key,
        "state": "PLAYING",
        "harnessType": harness(row),
        "applicationId": row.app.public_id,
        "remoteAddress": row.ip if addresses else None,
        "protocol": row.protocol,
        "player": row.player,
        "countryCode": row.country,
        "city": row.city,
        "startTime": row.started_ms,
        "duration": max(0, now - row.started_ms),
        "outBandwidth": row.bandwidth or 0,
        "healthScore": row.health or 0,
    }


def viewer(row: ViewerSession, now: int, addresses: bool) -> dict[str, Any]:
    """One session whole: bandwidths in bytes/s, times in ms, health 0 without data."""
    return {
        **row_of(row, now, addresses),
        "lastSeen": row.last_ms,
        "userAgent": row.user_agent,
        "source": row.source.name,
        "connectionData": {
            "remoteAddress": row.ip if addresses else None,
            "outBandwidth": row.bandwidth or 0,
            "outTotalBytes": row.bytes_out or 0,
        },
        "healthData": {"healthScore": row.health or 0, "worstHealthScore": row.worst_health or 0},
        "place": None
        if row.place_code is None
        else {
            "latitude": row.latitude,
            "longitude": row.longitude,
            "accuracyKm": row.accuracy_km,
            "countryOnly": country_only(row),
            "countryCode": row.country,
            "region": row.region,
            "city": row.city,
        },
    }


def country_only(row: ViewerSession) -> bool:
    """Whether nothing nearer than the country is known: its position is then no more than a middle."""
    vague = row.accuracy_km is None or row.accuracy_km >= COUNTRY_KM
    return bool(row.country) and not row.region and not row.city and vague


def harness(row: ViewerSession) -> str:
    return HARNESSES.get(row.protocol, f"{row.protocol.upper() or 'GENERIC'}_VIEWER")
