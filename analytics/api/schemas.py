"""The analytics API for OpenAPI: parameters and answers, beside the views so that these stay readable."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from analytics.api.exports import FORMS
from analytics.api.parameters import LEAST_POINTS, MOST_PAGE_ROWS, ORDERS, TOPS
from analytics.api.sorting import SORTS
from analytics.concurrency import MOST_POINTS
from analytics.models import EndReason
from analytics.parameters import DEFAULT_DAYS, MAX_DAYS
from analytics.patience import MOST_MS
from viewers.api.schemas import ERRORS, envelope, whole

_MOMENT = (
    "ISO 8601 with T or space, with or without offset (without: in `timezone`), a date (its beginning), "
    "or whole Unix seconds."
)


def parameter(name: str, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, more.pop("type", OpenApiTypes.STR), description=description, **more)


APP = parameter("app", "The app's public id; needed where more than one is visible.")
ANY_APP = parameter("app", "The app's public id; without it all visible apps together.")
WINDOW = [
    parameter("start", f"The first moment of the window; default: the beginning. {_MOMENT}"),
    parameter("end", f"The first moment after the window; default, and at the latest: now. {_MOMENT}"),
    parameter("timezone", "IANA name, default UTC: the zone of days and of times without offset."),
]
FORMAT = parameter(
    "format",
    "The answer as a file to keep, tables whole and not by pages: csv has instants in ISO 8601 (UTC).",
    enum=list(FORMS),
)
STREAM = parameter("streamKey", "Only this livestream.")


def integer(help_text: str, **more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(help_text=help_text, **more)


def window() -> dict[str, Any]:
    return {
        "start": integer("Of the window answered for; null: the beginning.", allow_null=True),
        "end": integer("Unix time in ms."),
    }


def provisional() -> dict[str, Any]:
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


def peak_at() -> dict[str, Any]:
    return {"peakAt": integer("When first, Unix time in ms; null: nobody watched.", allow_null=True)}


def operation(id: str, summary: str, answer: Any, parameters: list[OpenApiParameter], **more: Any) -> Any:
    return {
        "operation_id": f"analytics_{id}",
        "tags": ["Analytics"],
        "summary": summary,
        "parameters": [*parameters, FORMAT],
        "responses": {
            (200, "application/json"): answer,
            (200, "text/csv"): OpenApiTypes.STR,
            **ERRORS,
        },
        **more,
    }


LIVE = operation(
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
    [ANY_APP],
)
OVERVIEW = operation(
    "overview",
    "Totals of a window, beside those of the window just before",
    envelope(
        "AnalyticsOverview",
        {
            **window(),
            **provisional(),
            "totals": inline_serializer("AnalyticsTotals", {**_figures(), **peak_at()}),
            "previous": inline_serializer(
                "AnalyticsPrevious", {**window(), **_figures(), **peak_at()}, allow_null=True
            ),
        },
    ),
    [APP, *WINDOW, STREAM],
)


class Peak(serializers.Serializer[Any]):
    viewers = integer("Exactly.")
    at = integer("When first, Unix time in ms.")


POINTS = parameter("points", "The most points.", type=whole(LEAST_POINTS, MOST_POINTS))


def curve(name: str) -> serializers.Serializer[Any]:
    return envelope(
        name,
        {
            "start": integer("The first point's, Unix time in ms."),
            "end": integer("The last point's, Unix time in ms."),
            "stepMs": integer("Between points, but for the first and the last."),
            "points": serializers.ListField(
                child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
                help_text="[Unix time in ms, viewers just before it]",
            ),
            "peak": Peak(allow_null=True),
            **provisional(),
        },
    )


CONCURRENCY = operation(
    "concurrency",
    "How many watched at once",
    curve("AnalyticsConcurrency"),
    [ANY_APP, *WINDOW, STREAM, POINTS],
    description="Of several apps together there is no peak: `null`, as where nobody watched.",
)
DAYS = operation(
    "days",
    "Totals day by day",
    envelope(
        "AnalyticsDays",
        {
            **window(),
            **provisional(),
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
    [APP, *WINDOW, STREAM],
    description=f"Without `start` the {DEFAULT_DAYS} days up to the end; at most {MAX_DAYS} days.",
)


def figures_of_one() -> dict[str, Any]:
    return {
        "ingestSeconds": integer("Time published, overlaps once."),
        "viewerSeconds": integer("Time watched by all viewers together."),
        "viewings": integer("View intervals that overlap it."),
        "peakViewers": integer("The most viewers at once."),
        "meanWatchSeconds": integer("Viewer time by viewings, rounded down."),
    }


def page(row: serializers.Serializer[Any]) -> dict[str, Any]:
    """A file (``format=json``) holds all rows, and nothing of pages."""
    return {
        "totalItems": serializers.IntegerField(required=False, help_text="Not in a file."),
        "itemsPerPage": serializers.IntegerField(required=False, help_text="Not in a file."),
        "totalPages": serializers.IntegerField(required=False, help_text="Not in a file."),
        "currentPage": serializers.IntegerField(required=False, help_text="Not in a file."),
        "hasPrevious": serializers.BooleanField(required=False, help_text="Not in a file."),
        "hasNext": serializers.BooleanField(required=False, help_text="Not in a file."),
        "list": row,
    }


PAGING = [
    parameter("page", "From 1.", type=whole(1)),
    parameter("rowsPerPage", "10 unless told otherwise.", type=whole(1, MOST_PAGE_ROWS)),
]

LIVESTREAMS = operation(
    "livestreams",
    "The livestreams with anything in a window",
    envelope(
        "AnalyticsLivestreams",
        {
            **window(),
            **provisional(),
            **page(
                inline_serializer(
                    "AnalyticsLivestream",
                    {
                        "id": serializers.CharField(),
                        "streamKey": serializers.CharField(),
                        "name": serializers.CharField(allow_blank=True),
                        "sessions": integer("Broadcasts that overlap the window."),
                        **figures_of_one(),
                        "lastStarted": integer(
                            "When the last of the broadcasts began, Unix time in ms; null: there is none.",
                            allow_null=True,
                        ),
                        "live": serializers.BooleanField(help_text="On the air now."),
                    },
                    many=True,
                )
            ),
        },
    ),
    [
        APP,
        *WINDOW,
        STREAM,
        parameter("search", "Only those whose name or stream key contains it, in any case."),
        parameter("sort", "Else viewerSeconds.", enum=list(SORTS)),
        parameter("order", "Else desc.", enum=list(ORDERS)),
        *PAGING,
    ],
)
TOP = operation(
    "top",
    "What was watched most, by country, player or protocol",
    envelope(
        "AnalyticsTop",
        {
            "by": serializers.ChoiceField(TOPS),
            **window(),
            **provisional(),
            "viewings": integer("All that overlap the window."),
            "rows": inline_serializer(
                "AnalyticsTopRow",
                {
                    "value": serializers.CharField(allow_blank=True, help_text="Empty: not known."),
                    "viewings": integer("View intervals that overlap the window."),
                    "viewerSeconds": integer("Time watched by all of them together."),
                },
                many=True,
            ),
            "complete": serializers.BooleanField(help_text="Whether the rows add up to all viewings."),
        },
    ),
    [
        APP,
        *WINDOW,
        STREAM,
        parameter("by", "What to group by.", enum=list(TOPS), required=True),
        parameter("session", "Of one broadcast, by its id, instead of a window."),
    ],
    description=(
        "Counted from single viewings. Where there are more than can be gone through in "
        f"{MOST_MS // 1000} seconds, or where they are purged, `complete` is false."
    ),
)
VIEWINGS = operation(
    "viewings",
    "Single past viewings, all of a window",
    inline_serializer(
        "AnalyticsViewings",
        {
            "data": inline_serializer(
                "AnalyticsViewingsData",
                {
                    **window(),
                    **provisional(),
                    "list": inline_serializer(
                        "AnalyticsViewing",
                        {
                            "id": serializers.CharField(),
                            "connectionId": serializers.CharField(),
                            "streamKey": serializers.CharField(),
                            "start": integer("Unix time in ms."),
                            "end": integer("Unix time in ms."),
                            "durationMs": integer("From start to end."),
                            "watchedMs": integer("As far as it lies in the window."),
                            "protocol": serializers.CharField(allow_blank=True),
                            "player": serializers.CharField(allow_blank=True),
                            "countryCode": serializers.CharField(allow_blank=True),
                            "region": serializers.CharField(allow_blank=True),
                            "city": serializers.CharField(allow_blank=True),
                            "bytesOut": integer("Bytes sent; null: not known.", allow_null=True),
                            "worstHealthScore": integer("0 to 100; null: not known.", allow_null=True),
                            "reason": serializers.ChoiceField(EndReason.values, help_text="Why it ended."),
                        },
                        many=True,
                    ),
                },
            )
        },
    ),
    [APP, *WINDOW, STREAM],
    description=(
        "In the order in which they ended, as a file (json unless `format` says csv). Those that still go on "
        "are not among them, nor are purged ones. There are no addresses."
    ),
)
