"""Single broadcasts for OpenAPI."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from analytics.api.schemas import (
    ANY_APP,
    PAGING,
    POINTS,
    WINDOW,
    curve,
    figures_of_one,
    integer,
    operation,
    page,
    peak_at,
    provisional,
)
from analytics.staying import MOST_POINTS
from viewers.api.schemas import ERROR, envelope

_ID = {"type": "string", "maxLength": 36}
_LIVESTREAM = OpenApiParameter("livestream", _ID, "path", description="The livestream's id.")
_SESSION = OpenApiParameter("session", _ID, "path", description="The session's id.")


def _broadcast() -> dict[str, Any]:
    return {
        "id": serializers.CharField(),
        "start": integer("Unix time in ms."),
        "end": integer("Unix time in ms; null: it goes on.", allow_null=True),
        **figures_of_one(),
        **peak_at(),
        "inferred": serializers.BooleanField(help_text="Nobody reported a publisher: from its viewers."),
    }


class Whose(serializers.Serializer[Any]):
    id = serializers.CharField()
    streamKey = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    app = serializers.CharField(help_text="The app's public id.")


SESSIONS = operation(
    "sessions",
    "The broadcasts of a livestream, the newest first",
    envelope(
        "AnalyticsSessions",
        {
            "livestream": Whose(),
            **page(inline_serializer("AnalyticsSessionRow", _broadcast(), many=True)),
        },
        # A file is sent while it is made: how long that takes is not known yet.
        required=False,
    ),
    [_LIVESTREAM, ANY_APP, *WINDOW, *PAGING],
    description="Those that overlap the window; the figures are those of whole broadcasts.",
)
SESSION = operation(
    "session",
    "One broadcast",
    envelope("AnalyticsSession", {**_broadcast(), **provisional(), "livestream": Whose()}),
    [_SESSION, ANY_APP],
)
SESSION_CONCURRENCY = operation(
    "session_concurrency",
    "How many watched a broadcast at once",
    curve("AnalyticsSessionConcurrency"),
    [_SESSION, ANY_APP, POINTS],
)
SESSION_RETENTION = operation(
    "session_retention",
    "How long the viewers of a broadcast stay",
    envelope(
        "AnalyticsRetention",
        {
            "viewings": integer("Those that began during the broadcast."),
            "points": serializers.ListField(
                child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
                help_text=f"[minutes, share still watching], at most {MOST_POINTS} beside the first.",
            ),
            "rule": serializers.CharField(help_text="What exactly the share is."),
        },
    ),
    [_SESSION, ANY_APP],
)
SESSION_RETENTION["responses"][503] = ERROR
