"""Livestreams and their sessions for OpenAPI: parameters and answers, beside the views.

What the contract's types let be left out is not required.
"""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from analytics.realtimekit.listing import (
    DEFAULT_PER_PAGE,
    MAX_PAGE,
    MAX_PER_PAGE,
    NEWEST_FIRST,
    ORDERS,
    Status,
)
from analytics.realtimekit.schemas import APP, PROVISIONAL, WINDOW, envelope, operation


def _id(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        {"type": "string", "maxLength": 36},
        "path",
        description=f"{description}, with or without hyphens.",
    )


def _whole(name: str, most: int, default: int, description: str) -> OpenApiParameter:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return OpenApiParameter(name, schema, description=description)


LIVESTREAM_ID = _id("livestream_id", "The livestream's id")
PAGE = [
    _whole("page_no", MAX_PAGE, 1, "Pages count from 1."),
    _whole("per_page", MAX_PER_PAGE, DEFAULT_PER_PAGE, "The most rows of a page."),
]
FILTERS = [
    OpenApiParameter(
        "status",
        enum=list(Status),
        description="Only livestreams on the air (LIVE), off the air (IDLE), or never on the air (INVOKED). "
        "None is ever ERRORED.",
    ),
    OpenApiParameter(
        "sort_order", enum=ORDERS, default=NEWEST_FIRST, description="By when they were first heard of."
    ),
    OpenApiParameter(
        "exclude_meetings", OpenApiTypes.BOOL, description="Changes nothing: no livestream is a meeting."
    ),
]


def _text(help_text: str = "", **more: Any) -> serializers.CharField:
    return serializers.CharField(help_text=help_text, **more)


def _time(help_text: str = "", **more: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(help_text=help_text, **more)


def _livestream(**more: Any) -> dict[str, Any]:
    unknown = {**more, "allow_blank": True}
    return {
        "id": _text("32 hexadecimal digits.", **more),
        "name": _text("Its name or, without one, its stream key.", **more),
        "stream_key": _text(**more),
        "status": serializers.ChoiceField(list(Status), **more),
        "disabled": _text('Always "false".', **more),
        "ingest_server": _text("Not known: empty.", **unknown),
        "playback_url": _text("Not known: empty.", **unknown),
        "meeting_id": _text("Not known: empty.", **unknown),
        "created_at": _time("When it was first heard of.", **more),
        "updated_at": _time("When its latest session began or ended.", **more),
    }


def _session(seconds: type[serializers.Field[Any, Any, Any, Any]], **more: Any) -> dict[str, Any]:
    return {
        "id": _text("32 hexadecimal digits."),
        "livestream_id": _text(),
        "ingest_seconds": seconds(help_text="Whole seconds published."),
        "viewer_seconds": seconds(help_text="Whole seconds watched by all viewers together."),
        "err_message": _text("Always empty.", allow_blank=True),
        "created_at": _time("When it began."),
        "started_time": _time("When it began."),
        "stopped_time": _time("Left out while it goes on.", required=False),
        "updated_at": _time("When it began or, if it is over, ended."),
        **more,
    }


def _part(name: str, fields: dict[str, Any]) -> type[serializers.Serializer[Any]]:
    """One class for all places: of one name there may be one only."""
    return type(inline_serializer(f"RealtimeKit{name}", fields))


def _envelope(name: str, fields: dict[str, Any]) -> serializers.Serializer[Any]:
    return envelope(f"RealtimeKit{name}", _part(f"{name}Data", fields)())


_INVOKED = {"invoked_time": _time("When it began.")}
_Livestream = _part("Livestream", _livestream())
_Session = _part("Session", _session(serializers.FloatField, **_INVOKED))
_ActiveSession = _part("ActiveSession", _session(serializers.CharField, **_INVOKED))
_Paging = _part(
    "Paging",
    {
        "total_count": serializers.IntegerField(help_text="On all pages."),
        "start_offset": serializers.IntegerField(help_text="Of the page's first, from 1; 0: it is empty."),
        "end_offset": serializers.IntegerField(help_text="Of the page's last; 0: it is empty."),
    },
)

LIVESTREAMS = operation(
    "livestreams",
    "Livestreams",
    "Without `start_time` and `end_time` all that were ever heard of, else those on the air in the window. "
    "`data` holds the page's first livestream, as the contract has it, and all of them in `livestreams`.",
    [*APP, *WINDOW, *FILTERS, *PAGE],
    _envelope(
        "Livestreams",
        {**_livestream(required=False), "paging": _Paging(), "livestreams": _Livestream(many=True)},
    ),
)
LIVESTREAM = operation(
    "livestream",
    "A livestream with its sessions",
    "Newest first. `session` is the page's first, as the contract has it; `sessions` are all of them.",
    [*APP, LIVESTREAM_ID, *PAGE, PROVISIONAL],
    _envelope(
        "LivestreamSessions",
        {
            "livestream": _Livestream(),
            "paging": _Paging(),
            "session": _Session(required=False),
            "sessions": _Session(many=True),
        },
    ),
)
ACTIVE_SESSION = operation(
    "livestream_active_session",
    "The session of a livestream that is on the air",
    "Off the air there is no `session`.",
    [*APP, LIVESTREAM_ID, PROVISIONAL],
    _envelope(
        "LivestreamActiveSession",
        {"livestream": _Livestream(), "session": _ActiveSession(required=False)},
    ),
)
SESSION = operation(
    "livestream_session",
    "One session of a livestream",
    "What goes on counts up to now.",
    [*APP, _id("session_id", "The session's id"), PROVISIONAL],
    _envelope("LivestreamSession", _session(serializers.IntegerField)),
)
