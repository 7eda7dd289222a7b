"""The cluster API for OpenAPI: parameters and answers, beside the views so that these stay readable."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from viewers.api.parameters import MAX_INDIVIDUALS, MAX_PAGE_ROWS, SORTS
from viewers.clustering.clusters import MAX_ZOOM
from viewers.snapshot.profiles import HEALTHS

ERROR = inline_serializer(
    "Error", {"message": serializers.CharField(help_text="What is wrong, and what to do.")}
)
ERRORS = {400: ERROR, 401: ERROR, 403: ERROR, 404: ERROR, 429: ERROR}


class Meta(serializers.Serializer[Any]):
    executionTime = serializers.IntegerField(help_text="ms")
    generatedAt = serializers.IntegerField(help_text="Unix time in ms")


def envelope(name: str, fields: dict[str, Any], **meta: Any) -> serializers.Serializer[Any]:
    """``{"data": …, "meta": {"executionTime": ms, "generatedAt": ms}}``; ``meta`` is said of the latter."""
    return inline_serializer(name, {"data": inline_serializer(f"{name}Data", fields), "meta": Meta(**meta)})


def parameter(name: str, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, more.pop("type", OpenApiTypes.STR), description=description, **more)


def whole(least: int, most: int | None = None) -> dict[str, Any]:
    """The type of a parameter that is a whole number of a range."""
    return {"type": "integer", "minimum": least, **({} if most is None else {"maximum": most})}


FILTERS = [
    parameter("streamKey", "Only viewers of this stream."),
    parameter("country", "Only viewers in this country: an ISO 3166 code of two letters, or unknown."),
    parameter("protocol", "Only viewers with this protocol, or unknown."),
    parameter("player", "Only viewers with this player, or unknown."),
    parameter(
        "health",
        "Only viewers of this health: good from 80 on, fair from 50 on, poor below, none without data.",
        enum=list(HEALTHS),
    ),
]
APP = parameter("app", "Only this app, for a token of a whole account.")
BBOX = parameter("bbox", "west,south,east,north in degrees; west > east crosses the antimeridian.")

FIGURES: dict[str, Any] = {
    "outBandwidth": serializers.IntegerField(help_text="Bytes per second; a cluster's sum."),
    "healthScore": serializers.IntegerField(help_text="1 to 100, 0: no data; a cluster's mean."),
}
_MARKER_DATA: dict[str, Any] = {
    "connectionId": serializers.CharField(required=False, help_text="Of an individual."),
    "streamKey": serializers.CharField(required=False, help_text="Of an individual."),
    **FIGURES,
    "count": serializers.IntegerField(required=False, help_text="Of a cluster."),
    "streamKeys": serializers.ListField(
        child=inline_serializer(
            "StreamCount", {"streamKey": serializers.CharField(), "count": serializers.IntegerField()}
        ),
        required=False,
        help_text="A cluster's five most watched streams.",
    ),
    "bounds": serializers.ListField(
        child=serializers.FloatField(), required=False, help_text="A cluster's south, west, north, east."
    ),
    "expansionZoom": serializers.IntegerField(
        required=False, allow_null=True, help_text="The zoom at which a cluster splits; null: it never does."
    ),
}

GEOLOCATION: dict[str, Any] = {
    "operation_id": "cluster_viewers_geolocation",
    "tags": ["Cluster"],
    "summary": "Live viewers as markers for a map",
    "parameters": [
        parameter(
            "aggregation",
            "auto: individuals up to 200 in view, else clusters.",
            enum=["auto", "none", "cluster"],
        ),
        BBOX,
        parameter("zoom", "Of 256-pixel tiles.", type=whole(0, MAX_ZOOM)),
        *FILTERS,
        APP,
        parameter("limit", "The most individuals.", type=whole(1, MAX_INDIVIDUALS)),
    ],
    "responses": {
        200: envelope(
            "Geolocation",
            {
                "dev": inline_serializer(
                    "Dev",
                    {"aggregationMode": serializers.ChoiceField(["AUTO", "NONE", "CLUSTERED", "CLUSTER"])},
                ),
                "stats": inline_serializer(
                    "Stats",
                    {
                        "isClustered": serializers.BooleanField(),
                        "totalMarkers": serializers.IntegerField(),
                        "totalViewers": serializers.IntegerField(),
                        "locatedViewers": serializers.IntegerField(),
                        "unlocatedViewers": serializers.IntegerField(),
                        "truncated": serializers.BooleanField(required=False),
                    },
                ),
                "markers": serializers.ListField(
                    child=inline_serializer(
                        "Marker",
                        {
                            "type": serializers.ChoiceField(["individual", "cluster"]),
                            "position": serializers.ListField(
                                child=serializers.FloatField(), help_text="Latitude, longitude."
                            ),
                            "data": inline_serializer("MarkerData", _MARKER_DATA),
                        },
                    )
                ),
                "timestamp": serializers.IntegerField(
                    help_text="Unix time in ms of the figures; 0: none yet."
                ),
            },
        ),
        304: None,
        **ERRORS,
    },
}

PAGING: dict[str, Any] = {
    "totalItems": serializers.IntegerField(),
    "itemsPerPage": serializers.IntegerField(),
    "totalPages": serializers.IntegerField(),
    "currentPage": serializers.IntegerField(),
    "hasPrevious": serializers.BooleanField(),
    "hasNext": serializers.BooleanField(),
}

_ROW: dict[str, Any] = {
    "id": serializers.CharField(),
    "connectionId": serializers.CharField(),
    "streamKey": serializers.CharField(),
    "state": serializers.CharField(),
    "harnessType": serializers.CharField(),
    "applicationId": serializers.CharField(),
    "remoteAddress": serializers.CharField(allow_null=True, help_text="Only for the scope admin."),
    "protocol": serializers.CharField(),
    "player": serializers.CharField(),
    "countryCode": serializers.CharField(),
    "city": serializers.CharField(),
    "startTime": serializers.IntegerField(help_text="Unix time in ms"),
    "duration": serializers.IntegerField(help_text="ms"),
    **FIGURES,
}

VIEWERS: dict[str, Any] = {
    "operation_id": "cluster_viewers",
    "tags": ["Cluster"],
    "summary": "Live viewers, page by page",
    "parameters": [
        parameter("page", "From 1.", type=whole(1)),
        parameter("rowsPerPage", "10 unless told otherwise.", type=whole(1, MAX_PAGE_ROWS)),
        parameter("search", "The beginning of a connection id, a stream key, or an address (scope admin)."),
        *FILTERS,
        BBOX,
        APP,
        parameter(
            "sort",
            "startTime (default) and duration always; the others while at most 10,000 viewers are selected.",
            enum=list(SORTS),
        ),
        parameter("order", "desc (default) or asc.", enum=["asc", "desc"]),
    ],
    "responses": {
        200: envelope(
            "Viewers",
            {
                **PAGING,
                "list": serializers.ListField(child=inline_serializer("ViewerRow", _ROW)),
            },
        ),
        **ERRORS,
    },
}

_PLACE: dict[str, Any] = {
    "latitude": serializers.FloatField(),
    "longitude": serializers.FloatField(),
    "accuracyKm": serializers.IntegerField(allow_null=True, help_text="A radius; null: not known."),
    "countryOnly": serializers.BooleanField(help_text="Nothing nearer than the country is known."),
    "countryCode": serializers.CharField(),
    "region": serializers.CharField(),
    "city": serializers.CharField(),
}

VIEWER: dict[str, Any] = {
    "operation_id": "cluster_viewer",
    "tags": ["Cluster"],
    "summary": "One live viewer",
    "responses": {
        200: envelope(
            "Viewer",
            {
                **_ROW,
                "lastSeen": serializers.IntegerField(help_text="Unix time in ms"),
                "userAgent": serializers.CharField(),
                "source": serializers.CharField(),
                "connectionData": serializers.DictField(),
                "healthData": serializers.DictField(),
                "place": inline_serializer("ViewerPlace", _PLACE, allow_null=True),
            },
        ),
        **ERRORS,
    },
}
