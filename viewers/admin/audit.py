"""Which sessions an operator ended: entries of Django's own log, beside all else that people did here.

An entry outlives its session, so it names the connection by its hash and says nothing of the viewer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from viewers.admin.wording import EPOCH
from viewers.models import ViewerSession

MESSAGE = "Ended by an operator."
# Of one connection: nobody ends it more often in earnest.
MOST = 20


class Ending(NamedTuple):
    at_ms: int
    by: str

    def made(self, last_ms: int, stop_ms: int | None) -> bool:
        """Whether this is what ended a run of these signs, and not a stop of the player's own."""
        return stop_ms == max(self.at_ms, last_ms)


def note(user: User, ended: Iterable[tuple[UUID, str]], now: int) -> None:
    """That `user` ended these connections, each with its stream key, at `now` (ms)."""
    kind = ContentType.objects.get_for_model(ViewerSession)
    LogEntry.objects.bulk_create(
        LogEntry(
            action_time=EPOCH + timedelta(milliseconds=now),
            user_id=user.pk,
            content_type=kind,
            object_id=str(connection),
            object_repr=f"viewer of {stream_key}",
            action_flag=CHANGE,
            change_message=MESSAGE,
        )
        for connection, stream_key in ended
    )


def endings(connection: UUID) -> list[Ending]:
    """When the connection was ended and by whom, the latest first."""
    kind = ContentType.objects.get_for_model(ViewerSession)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(connection), change_message=MESSAGE)
    found = entries.select_related("user").order_by("-action_time")[:MOST]
    return [Ending(_ms(entry.action_time), entry.user.get_username()) for entry in found]


def _ms(at: datetime) -> int:
    return (at.astimezone(UTC) - EPOCH) // timedelta(milliseconds=1)
