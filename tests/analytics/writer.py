"""Viewings and broadcasts straight into the tables and the ledger, as the writers would put them."""

import uuid

from analytics.models import ViewInterval
from viewers.models import ViewerSession


def view_row(app_id: int, stream_key: str, start: int, end: int, counted: bool = True) -> ViewInterval:
    return ViewInterval(
        connection=uuid.uuid4(),
        app_id=app_id,
        source_id=1,
        connection_id="v",
        stream_key=stream_key,
        started_ms=start,
        last_ms=end,
        ended_ms=end,
        reason="stop",
        counted=counted,
    )


def live_row(app_id: int, stream_key: str, start: int, counted: bool = True) -> ViewerSession:
    return ViewerSession(
        id=uuid.uuid4(),
        app_id=app_id,
        source_id=1,
        connection_id="v",
        stream_key=stream_key,
        started_ms=start,
        last_ms=start,
        counted=counted,
    )
