"""The ingest API for OpenAPI, beside the views so that these stay readable."""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from ingest.bodies import JSON_TYPE, NDJSON_TYPE
from ingest.events import EVENT_TYPES
from viewers.api.schemas import ERROR, envelope

_EVENT = inline_serializer(
    "IngestEvent",
    {
        "type": serializers.ChoiceField(EVENT_TYPES),
        "connectionId": serializers.CharField(max_length=128),
        "streamKey": serializers.CharField(max_length=128),
        "at": serializers.IntegerField(
            required=False, help_text="Unix time in ms, or ISO 8601; else when received."
        ),
        "since": serializers.IntegerField(required=False, help_text="When the connection began, like at."),
        "ip": serializers.IPAddressField(required=False, help_text="The viewer's address, to locate it."),
        "position": serializers.ListField(
            child=serializers.FloatField(), required=False, help_text="Latitude, longitude; wins over ip."
        ),
        "userAgent": serializers.CharField(required=False, max_length=256),
        "player": serializers.CharField(
            required=False, max_length=64, help_text="Without it, as the user agent tells."
        ),
        "protocol": serializers.CharField(required=False, max_length=16),
        "outBandwidth": serializers.IntegerField(required=False, help_text="Bytes per second."),
        "bytesOut": serializers.IntegerField(required=False, help_text="Bytes since the connection began."),
        "healthScore": serializers.IntegerField(required=False, min_value=0, max_value=100),
        "epoch": serializers.CharField(
            required=False, max_length=64, help_text="Names the run of a server whose ids begin again."
        ),
        "reason": serializers.CharField(required=False, max_length=64),
    },
    many=True,
)
_REJECTED = inline_serializer(
    "RejectedEvent", {"index": serializers.IntegerField(), "message": serializers.CharField()}, many=True
)

EVENTS: dict[str, Any] = {
    "operation_id": "ingest_events",
    "tags": ["Ingest"],
    "summary": "Report what viewers and publishers do",
    "description": "An array, {events: [...]}, or one event per line; gzip is accepted; at most 10,000 "
    "events and 8 MiB unpacked. The answer follows the commit. A bad event is rejected alone.",
    "request": {JSON_TYPE: _EVENT, NDJSON_TYPE: _EVENT},
    "responses": {
        200: envelope("IngestAnswer", {"accepted": serializers.IntegerField(), "rejected": _REJECTED}),
        **dict.fromkeys((400, 401, 403, 411, 413, 415, 429, 503), ERROR),
    },
}

WHOAMI: dict[str, Any] = {
    "operation_id": "ingest_whoami",
    "tags": ["Ingest"],
    "summary": "What the server sees of its caller",
    "responses": {
        200: envelope(
            "Whoami",
            {
                "address": serializers.CharField(allow_null=True, help_text="Through trusted proxies."),
                "place": inline_serializer(
                    "WhoamiPlace",
                    {
                        "position": serializers.ListField(child=serializers.FloatField()),
                        "accuracyKm": serializers.IntegerField(allow_null=True),
                        "countryCode": serializers.CharField(),
                        "region": serializers.CharField(),
                        "city": serializers.CharField(),
                    },
                    allow_null=True,
                ),
                "account": serializers.CharField(),
                "app": serializers.CharField(allow_null=True),
                "source": serializers.CharField(allow_null=True),
                "scopes": serializers.ListField(child=serializers.CharField()),
                "time": serializers.IntegerField(help_text="The server's time, Unix ms."),
            },
        ),
        **dict.fromkeys((401, 403, 429), ERROR),
    },
}
