"""The replay for OpenAPI."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers

from viewers.api.schemas import BBOX, ERRORS, GEOLOCATION, envelope, parameter

_MOMENT = "Unix time in ms, or ISO 8601."


_APP = parameter("app", "Only this app; without it all visible apps together.")

REPLAY: dict[str, Any] = {
    "operation_id": "analytics_replay",
    "tags": ["Analytics"],
    "summary": "Viewers as markers for a map, as they were at one moment",
    "description": "Always clusters, of which nothing is known but where they were and how many. `timestamp` "
    "is the frame's moment: the last five minutes' boundary up to `at`.",
    "parameters": [
        parameter("at", f"The moment. {_MOMENT}", required=True),
        BBOX,
        parameter("zoom", "0 to 20, of 256-pixel tiles.", type=OpenApiTypes.INT),
        _APP,
    ],
    "responses": GEOLOCATION["responses"],
}

RANGE: dict[str, Any] = {
    "operation_id": "analytics_replay_range",
    "tags": ["Analytics"],
    "summary": "What can be replayed, and how many watched then",
    "parameters": [
        _APP,
        parameter("start", f"Where the curve begins; default: a day before its end. {_MOMENT}"),
        parameter("end", f"Where the curve ends; default: the end of what can be replayed. {_MOMENT}"),
    ],
    "responses": {
        200: envelope(
            "AnalyticsReplayRange",
            {
                "start": serializers.IntegerField(
                    allow_null=True, help_text="The first moment, Unix time in ms; null: nothing yet."
                ),
                "end": serializers.IntegerField(allow_null=True, help_text="The last moment."),
                "stepMs": serializers.IntegerField(help_text="Between two frames."),
                "curve": serializers.ListField(
                    child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
                    help_text="[Unix time in ms, viewers just before it], at most 500 of them",
                ),
            },
        ),
        **ERRORS,
    },
}
