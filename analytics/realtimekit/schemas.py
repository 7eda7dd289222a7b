"""The RealtimeKit API for OpenAPI: parameters and answers, beside the views so that these stay readable."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, inline_serializer
from rest_framework import serializers

from analytics.parameters import DEFAULT_DAYS, MAX_DAYS


class RealtimeKitProblem(serializers.Serializer[Any]):
    code = serializers.IntegerField()
    message = serializers.CharField()


ERROR = inline_serializer(
    "RealtimeKitError",
    {
        "success": serializers.BooleanField(help_text="false"),
        "error": RealtimeKitProblem(),
        "errors": serializers.ListField(child=RealtimeKitProblem()),
        "messages": serializers.ListField(child=serializers.CharField()),
        "result": serializers.JSONField(allow_null=True, help_text="null"),
    },
)
ERRORS = {code: ERROR for code in (400, 401, 403, 404, 405, 429)}

_ID = {"type": "string", "maxLength": 32}
_MOMENT = (
    "ISO 8601 with T or space, with or without offset (without: in `timezone`), a date (its beginning), "
    "or whole Unix seconds."
)


def _header(name: str, description: str, type: Any = OpenApiTypes.STR) -> OpenApiParameter:
    return OpenApiParameter(name, type, "header", description=description, response=[200])


APP = [
    OpenApiParameter("account_id", _ID, "path", description="The account's public id."),
    OpenApiParameter("app_id", _ID, "path", description="The app's public id."),
]
WINDOW = [
    OpenApiParameter(
        "start_time",
        description=f"The first moment of the window. {_MOMENT}",
        examples=[OpenApiExample("ISO 8601", "2026-01-31T18:00:00Z"), OpenApiExample("Unix", "1769882400")],
    ),
    OpenApiParameter("end_time", description=f"The first moment after the window; default: now. {_MOMENT}"),
    OpenApiParameter(
        "timezone", description="IANA name, default UTC: the zone of days and of times without offset."
    ),
    OpenApiParameter("filters", description="Not supported: leave it out.", deprecated=True),
]
PROVISIONAL = _header(
    "Provisional-Since",
    "From when on viewers who fell silent may still be taken back.",
    OpenApiTypes.DATETIME,
)
SNAPPED = _header(
    "Snapped-To", "The window answered for, start/end: an edge lay where only whole minutes are kept."
)
TOTALS = [*APP, *WINDOW, PROVISIONAL, SNAPPED]


def _figures() -> dict[str, Any]:
    return {
        "count": serializers.IntegerField(help_text="Distinct livestreams on the air."),
        "total_ingest_seconds": serializers.IntegerField(help_text="Time published, overlaps once."),
        "total_viewer_seconds": serializers.IntegerField(help_text="Time watched by all viewers together."),
    }


def envelope(name: str, data: Any) -> serializers.Serializer[Any]:
    return inline_serializer(name, {"data": data, "success": serializers.BooleanField(help_text="true")})


def operation(
    id: str, summary: str, description: str, parameters: list[OpenApiParameter], answer: Any
) -> dict[str, Any]:
    return {
        "operation_id": id,
        "summary": summary,
        "description": f"{description} Also below `/client/v4`.",
        "tags": ["RealtimeKit"],
        "parameters": parameters,
        "responses": {200: answer, **ERRORS},
    }


OVERALL = operation(
    "livestream_analytics_overall",
    "Totals over a range of time",
    "Without `start_time` from the beginning on.",
    TOTALS,
    envelope("LivestreamTotals", inline_serializer("LivestreamFigures", _figures())),
)
DAYWISE = operation(
    "livestream_analytics_daywise",
    "Totals day by day",
    f"Without `start_time` the {DEFAULT_DAYS} days up to the end; at most {MAX_DAYS} days.",
    TOTALS,
    envelope(
        "LivestreamDays",
        inline_serializer("LivestreamDay", {"date": serializers.DateField(), **_figures()}, many=True),
    ),
)
