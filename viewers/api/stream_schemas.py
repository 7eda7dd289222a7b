"""The streams of the cluster API for OpenAPI."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from viewers.api import schemas
from viewers.api.parameters import MAX_PAGE_ROWS, STREAM_ORDERS
from viewers.api.schemas import ERRORS, envelope, whole

_UNKNOWN = "Not known here: "
_TAG = ["Cluster"]


def _parameter(name: str, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, more.pop("type", OpenApiTypes.STR), description=description, **more)


_APP = _parameter("app", "Only this app, for a token of a whole account.")
_KEY = _parameter("stream_key", "Percent-encoded; its slashes may stay.", location=OpenApiParameter.PATH)

_HEALTH: dict[str, Any] = {
    "healthScore": serializers.IntegerField(help_text="The viewers' mean, 1 to 100; 0: no data."),
    "healthGrade": serializers.ChoiceField(
        ["Very Good", "Good", "Bad", "No Data"], help_text="From 80, from 50, below 50, without data."
    ),
}
_APPLICATION: dict[str, Any] = {
    "applicationType": serializers.CharField(help_text=f"{_UNKNOWN}empty."),
    "applicationId": serializers.CharField(help_text="The app's public id."),
    "applicationName": serializers.CharField(),
}
_SOURCE: dict[str, Any] = {
    "id": serializers.CharField(help_text="The livestream's, as in the analytics."),
    "state": serializers.ChoiceField(["PUBLISHED"]),
    **_APPLICATION,
    "serverName": serializers.CharField(help_text=f"{_UNKNOWN}empty."),
    "bitrate": serializers.IntegerField(help_text=f"{_UNKNOWN}0."),
    "resolution": serializers.CharField(help_text=f"{_UNKNOWN}empty."),
    "viewers": serializers.IntegerField(),
    "subStreams": serializers.ListField(child=serializers.CharField(), help_text=f"{_UNKNOWN}empty."),
    "priority": serializers.IntegerField(help_text=f"{_UNKNOWN}0."),
    **_HEALTH,
    "createDate": serializers.IntegerField(help_text=f"{_UNKNOWN}0."),
}
_BANDWIDTH = serializers.IntegerField(help_text="Bytes per second to all viewers.")
_TIMESTAMP = serializers.IntegerField(help_text="Unix time in ms of the figures; 0: none yet.")

STREAMS: dict[str, Any] = {
    "operation_id": "cluster_streams",
    "tags": _TAG,
    "summary": "Streams watched now",
    "parameters": [
        _parameter("page", "From 1.", type=whole(1)),
        _parameter("rowsPerPage", "10 unless told otherwise.", type=whole(1, MAX_PAGE_ROWS)),
        _parameter("search", "A part of the stream key, in upper or lower case."),
        _parameter("orderBy", "viewerCount unless given; viewers is the same.", enum=[*STREAM_ORDERS]),
        _parameter("order", "Else desc, and asc by streamKey.", enum=["asc", "desc"]),
        _parameter("streamState", "PUBLISHED is the only state that is known."),
        _APP,
    ],
    "responses": {
        200: envelope(
            "Streams",
            {
                **schemas.PAGING,
                "stateList": serializers.ListField(child=serializers.CharField()),
                "applicationList": serializers.ListField(
                    child=inline_serializer(
                        "StreamApplication",
                        {name: serializers.CharField() for name in ("id", "name", "serverName", "type")},
                    ),
                    help_text="The apps that somebody watches now.",
                ),
                "list": serializers.ListField(
                    child=inline_serializer(
                        "StreamRow",
                        {
                            "streamKey": serializers.CharField(),
                            "viewerCount": serializers.IntegerField(),
                            "outBandwidth": _BANDWIDTH,
                            **_HEALTH,
                            "sourceList": serializers.ListField(
                                child=inline_serializer("StreamSource", _SOURCE),
                                help_text="The stream in each app, the most watched first.",
                            ),
                        },
                    )
                ),
                "timestamp": _TIMESTAMP,
            },
        ),
        304: None,
        **ERRORS,
    },
}

STREAM: dict[str, Any] = {
    "operation_id": "cluster_stream",
    "tags": _TAG,
    "summary": "One stream that is watched now",
    "parameters": [_KEY, _APP],
    "responses": {
        200: envelope(
            "Stream",
            {
                "id": serializers.CharField(help_text="The livestream's, as in the analytics."),
                "state": serializers.ChoiceField(["PUBLISHED"]),
                "streamKey": serializers.CharField(),
                **_APPLICATION,
                "viewerCount": serializers.IntegerField(),
                "substreamCount": serializers.IntegerField(help_text=f"{_UNKNOWN}0."),
                "bitrateCount": serializers.IntegerField(help_text=f"{_UNKNOWN}0."),
                **_HEALTH,
                "aliasList": serializers.ListField(
                    child=serializers.CharField(), help_text=f"{_UNKNOWN}empty."
                ),
                "previewList": serializers.ListField(
                    child=serializers.DictField(), help_text=f"{_UNKNOWN}empty."
                ),
                "outBandwidth": _BANDWIDTH,
                "timestamp": _TIMESTAMP,
            },
        ),
        304: None,
        **ERRORS,
    },
}

GEOLOCATION: dict[str, Any] = {
    **schemas.GEOLOCATION,
    "operation_id": "stream_viewers_geolocation",
    "summary": "Live viewers of one stream as markers for a map",
    "parameters": [
        _parameter("app_name", "The app's public id.", location=OpenApiParameter.PATH),
        _KEY,
        *(given for given in schemas.GEOLOCATION["parameters"] if given.name not in ("streamKey", "app")),
    ],
}
