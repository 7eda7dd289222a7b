"""The summary for OpenAPI: see `viewers.api.schemas`."""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from viewers.api.schemas import APP, ERRORS, FIGURES, FILTERS, envelope, parameter
from viewers.snapshot.profiles import HEALTHS

_VIEWERS = {"viewers": serializers.IntegerField()}


def _list(name: str, fields: dict[str, Any]) -> serializers.ListField:
    return serializers.ListField(child=inline_serializer(name, fields))


SUMMARY: dict[str, Any] = {
    "operation_id": "cluster_viewers_summary",
    "tags": ["Cluster"],
    "summary": "Live viewers in figures, and what they can be narrowed down to",
    "description": "Each list is counted under all filters but its own, the most watched first.",
    "parameters": [*FILTERS, APP, parameter("search", "Only streams whose key holds this.")],
    "responses": {
        200: envelope(
            "Summary",
            {
                "timestamp": serializers.IntegerField(
                    help_text="Unix time in ms of the figures; 0: none yet."
                ),
                "totals": inline_serializer(
                    "SummaryTotals",
                    {
                        **_VIEWERS,
                        "located": serializers.IntegerField(),
                        "unlocated": serializers.IntegerField(),
                        "unlocatedBecause": inline_serializer(
                            "UnlocatedBecause",
                            {
                                name: serializers.IntegerField()
                                for name in ("privateAddress", "unknownAddress", "noAddress")
                            },
                        ),
                        **FIGURES,
                        "streams": serializers.IntegerField(help_text="How many are watched."),
                    },
                ),
                "countryOnly": inline_serializer(
                    "CountryOnly",
                    {
                        "viewers": serializers.IntegerField(
                            help_text="Located viewers of whom nothing nearer than the country is known."
                        ),
                        "positions": serializers.ListField(
                            child=serializers.ListField(
                                child=serializers.FloatField(), min_length=2, max_length=2
                            ),
                            help_text="[latitude, longitude]: markers there stand for a whole country.",
                        ),
                    },
                ),
                "streams": _list(
                    "StreamFigures", {"streamKey": serializers.CharField(), **_VIEWERS, **FIGURES}
                ),
                "countries": _list("CountryViewers", {"country": serializers.CharField(), **_VIEWERS}),
                "protocols": _list("ProtocolViewers", {"protocol": serializers.CharField(), **_VIEWERS}),
                "players": _list("PlayerViewers", {"player": serializers.CharField(), **_VIEWERS}),
                "health": inline_serializer(
                    "HealthViewers", {name: serializers.IntegerField() for name in HEALTHS}
                ),
            },
        ),
        304: None,
        **ERRORS,
    },
}
