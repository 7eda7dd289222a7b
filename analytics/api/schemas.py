"""The analytics API for OpenAPI: parameters and answers, beside the views so that these stay readable."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from analytics.concurrency import MOST_POINTS
from analytics.parameters import DEFAULT_DAYS, MAX_DAYS
from viewers.api.schemas import ERRORS, envelope

_MOMENT = (
    "ISO 8601 with T or space, with or without offset (without: in `timezone`), a date (its beginning), "
    "or whole Unix seconds."
)


def _parameter(name: str, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, more.pop("type", OpenApiTypes.STR), description=description, **more)


_APP = _parameter("app", "The app's public id; needed where more than one is visible.")
_ANY_APP = _parameter("app", "The app's public id; without it all visible apps together.")
_WINDOW = [
    _parameter("start", f"The first moment of the window; default: the beginning. {_MOMENT}"),
    _parameter("end", f"The first moment after the window; default, and at the latest: now. {_MOMENT}"),
    _parameter("timezone", "IANA name, default UTC: the zone of days and of times without offset."),
]
_STREAM = _parameter("streamKey", "Only this livestream.")


def integer(help_text: str, **more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(help_text=help_text, **more)


def _window() -> dict[str, Any]:
    return {
        "start": integer("Of the window answered for; null: the beginning.", allow_null=True),
        "end": integer("Unix time in ms."),
    }


def _provisional() -> dict[str, Any]:
    return {
        "provisionalSince": integer(
            "From when on viewers who fell silent may still be taken back; null: all is settled.",
            allow_null=True,
        )
    }


def _figures() -> dict[str, Any]:
    return {
        "count": integer("Distinct livestreams on the air."),
        "ingestSeconds": integer("Time published, overlaps once."),
        "viewerSeconds": integer("Time watched by all viewers together."),
        "peakViewers": integer("The most viewers at once."),
    }


def _peak_at() -> dict[str, Any]:
    return {"peakAt": integer("When first, Unix time in ms; null: nobody watched.", allow_null=True)}


def _operation(id: str, summary: str, answer: Any, parameters: list[OpenApiParameter], **more: Any) -> Any:
    return {
        "operation_id": f"analytics_{id}",
        "tags": ["Analytics"],
        "summary": summary,
        "parameters": parameters,
        "responses": {200: answer, **ERRORS},
        **more,
    }


LIVE = _operation(
    "live",
    "What is on the air now",
    envelope(
        "AnalyticsLive",
        {
            "livestreams": integer("Livestreams on the air."),
            "sources": inline_serializer(
                "AnalyticsSources",
                {
                    "total": integer("Sources that were set up."),
                    "reporting": integer("Those heard so lately that their sessions go on."),
                    "lastReport": integer("Unix time in ms; null: never.", allow_null=True),
                },
            ),
        },
    ),
    [_ANY_APP],
)
OVERVIEW = _operation(
    "overview",
    "Totals of a window, beside those of the window just before",
    envelope(
        "AnalyticsOverview",
        {
            **_window(),
            **_provisional(),
            "totals": inline_serializer("AnalyticsTotals", {**_figures(), **_peak_at()}),
            "previous": inline_serializer(
                "AnalyticsPrevious", {**_window(), **_figures(), **_peak_at()}, allow_null=True
            ),
        },
    ),
    [_APP, *_WINDOW, _STREAM],
)
CONCURRENCY = _operation(
    "concurrency",
    "How many watched at once",
    envelope(
        "AnalyticsConcurrency",
        {
            "start": integer("The first point's, Unix time in ms."),
            "end": integer("The last point's, Unix time in ms."),
            "stepMs": integer("Between points, but for the first and the last."),
            "points": serializers.ListField(
                child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
                help_text="[Unix time in ms, viewers just before it]",
            ),
            "peak": inline_serializer(
                "AnalyticsPeak",
                {"viewers": integer("Exactly."), "at": integer("When first, Unix time in ms.")},
                allow_null=True,
            ),
            **_provisional(),
        },
    ),
    [
        _ANY_APP,
        *_WINDOW,
        _STREAM,
        _parameter("points", f"The most points, 4 to {MOST_POINTS}.", type=OpenApiTypes.INT),
    ],
    description="Of several apps together there is no peak: `null`, as where nobody watched.",
)
DAYS = _operation(
    "days",
    "Totals day by day",
    envelope(
        "AnalyticsDays",
        {
            **_window(),
            **_provisional(),
            "days": inline_serializer(
                "AnalyticsDay",
                {
                    "date": serializers.DateField(),
                    "start": integer("Unix time in ms."),
                    "end": integer("Unix time in ms."),
                    **_figures(),
                },
                many=True,
            ),
        },
    ),
    [_APP, *_WINDOW, _STREAM],
    description=f"Without `start` the {DEFAULT_DAYS} days up to the end; at most {MAX_DAYS} days.",
)
