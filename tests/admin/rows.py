"""Rows as the system's writers leave them."""

import uuid
from typing import Any

from analytics import partitions
from analytics.identity import livestream_id
from analytics.models import Livestream, ViewInterval
from tests.worlds import World
from viewers.models import ViewerSession

NOW = 1_770_000_000_000
MUNICH = {
    "latitude": 48.137,
    "longitude": 11.575,
    "accuracy_km": 20,
    "country": "DE",
    "region": "Bavaria",
    "city": "Munich",
    "place_code": 1,
}


def livestream(world: World, stream_key: str) -> Livestream:
    found, _ = Livestream.objects.get_or_create(
        id=livestream_id(world.app.pk, stream_key),
        defaults={"app": world.app, "stream_key": stream_key, "created_ms": NOW - 86_400_000},
    )
    return found


def live_row(world: World, connection_id: str, **fields: Any) -> ViewerSession:
    """Not saved."""
    given: dict[str, Any] = {
        "id": uuid.uuid4(),
        "app": world.app,
        "source": world.source,
        "connection_id": connection_id,
        "stream_key": "news",
        "started_ms": NOW,
        "last_ms": NOW,
        **fields,
    }
    return ViewerSession(**given)


def past_row(world: World, connection_id: str, **fields: Any) -> ViewInterval:
    """Not saved."""
    given: dict[str, Any] = {
        "connection": uuid.uuid4(),
        "app": world.app,
        "source": world.source,
        "connection_id": connection_id,
        "stream_key": "news",
        "started_ms": NOW - 60_000,
        "last_ms": NOW,
        "ended_ms": NOW,
        "reason": "silent",
        **fields,
    }
    return ViewInterval(**given)


def live(world: World, connection_id: str, **fields: Any) -> ViewerSession:
    row = live_row(world, connection_id, **fields)
    livestream(world, row.stream_key)
    row.save(force_insert=True)
    return row


def past(world: World, connection_id: str, **fields: Any) -> ViewInterval:
    row = past_row(world, connection_id, **fields)
    livestream(world, row.stream_key)
    partitions.ensure(row.ended_ms, row.ended_ms)
    row.save(force_insert=True)
    return row
