"""What publishers sent: their runs, and the broadcasts made of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from analytics.identity import livestream_id
from analytics.models import IngestInterval, LivestreamSession
from viewers.admin import wording
from viewers.admin.filters import AppFilter, PeriodFilter, ProtocolFilter, StreamFilter
from viewers.admin.listing import SystemRowsAdmin
from viewers.admin.scope import visible_apps
from viewers.admin.sightings import LONGEST_TERM


class StartedFilter(PeriodFilter):
    title = "start"
    column = "started_ms"


class OpenFilter(SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "On air"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        if value is None:
            return None
        return (
            queryset.filter(ended_ms__isnull=value == "open")
            if value in {"open", "over"}
            else queryset.none()
        )


class BroadcastRowsAdmin(SystemRowsAdmin):
    ordering = ("-started_ms",)
    title = ""

    def of_stream(self, request: HttpRequest, stream_key: str) -> Q:
        # Livestreams' ids are computed: their index is reached without asking for them.
        return Q(livestream_id__in=[livestream_id(app, stream_key) for app in visible_apps(request)])

    def ways(self, term: str) -> Iterator[Q]:
        """What else a search term may mean than a stream."""
        yield from ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if len(term) > LONGEST_TERM:
            return queryset.none(), False
        wanted = self.of_stream(request, term)
        for way in self.ways(term):
            wanted |= way
        return queryset.filter(wanted), False

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        livestream = getattr(row, "livestream", None)
        return {
            "title": f"{self.title} of {livestream or 'a livestream which is gone'}",
            "subtitle": None,
            "source": getattr(row, "source", None),
            "stream_key": getattr(livestream, "stream_key", ""),
        }

    @admin.display(description="App")
    def app_name(self, row: Any) -> str:
        return str(getattr(row, "app", None) or f"app {row.app_id}, which is gone")

    @admin.display(description="Started")
    def started(self, row: Any) -> str:
        return wording.moment(row.started_ms)

    @admin.display(description="Ended")
    def ended(self, row: Any) -> str | SafeString:
        return wording.on_air() if row.ended_ms is None else wording.moment(row.ended_ms)

    @admin.display(description="How long")
    def how_long(self, row: Any) -> str:
        end = row.asked_ms if row.ended_ms is None else row.ended_ms
        return wording.duration(end - row.started_ms)

    @admin.display(description="Publisher")
    def seen_or_inferred(self, row: Any) -> str:
        return "inferred from viewers" if row.inferred else "reported"

    @admin.display(description="Internal id")
    def internal_id(self, row: Any) -> SafeString:
        return format_html('<span class="id">{}</span>', row.pk.hex)


@admin.register(IngestInterval)
class IngestIntervalAdmin(BroadcastRowsAdmin):
    title = "Publisher's run"
    list_title = "Publishers' runs"
    list_subtitle = "Each from a publisher's first sign to its last, the latest start first. Times are UTC."
    empty_text = "No publisher was reported yet, or none matches."
    search_fields = ("connection_id",)
    search_help_text = "A stream key, or a publisher's connection id or its beginning."
    completed = ("app", "source", "livestream")
    list_filter = (StartedFilter, OpenFilter, AppFilter, StreamFilter, ProtocolFilter)
    list_display = (
        "connection_name",
        "stream",
        "app_name",
        "started",
        "ended",
        "how_long",
        "why",
        "client",
        "seen_or_inferred",
        "source_name",
    )
    fieldsets = (
        (
            "Ingest",
            {
                "fields": (
                    "connection_name",
                    "stream",
                    "app_name",
                    "started",
                    "ended",
                    "how_long",
                    "why",
                    "last_sign",
                )
            },
        ),
        ("Client", {"fields": ("client",)}),
        ("Record", {"fields": ("source_name", "seen_or_inferred", "clock", "internal_id")}),
    )

    def ways(self, term: str) -> Iterator[Q]:
        yield Q(connection_id__startswith=term)
        try:
            yield Q(connection=UUID(term))
        except ValueError:
            return

    @admin.display(description="Connection")
    def connection_name(self, row: IngestInterval) -> SafeString:
        return format_html('<span class="id">{}</span>', row.connection_id or wording.NOTHING)

    @admin.display(description="Stream")
    def stream(self, row: IngestInterval) -> SafeString:
        return format_html('<span class="id">{}</span>', row.stream_key)

    @admin.display(description="Why it ended")
    def why(self, row: IngestInterval) -> str:
        return row.get_reason_display() if row.reason else wording.NOTHING

    @admin.display(description="Last sign of life")
    def last_sign(self, row: IngestInterval) -> str:
        return wording.moment(row.last_ms)

    @admin.display(description="Client")
    def client(self, row: IngestInterval) -> str:
        return " · ".join(filter(None, (row.player, row.protocol.upper()))) or wording.NOTHING

    @admin.display(description="Source")
    def source_name(self, row: IngestInterval) -> str:
        return str(getattr(row, "source", None) or f"source {row.source_id}, which is gone")

    @admin.display(description="Clock")
    def clock(self, row: IngestInterval) -> str:
        return "off: the time of receipt was used" if row.skewed else "plausible"


@admin.register(LivestreamSession)
class LivestreamSessionAdmin(BroadcastRowsAdmin):
    title = "Broadcast"
    list_title = "Broadcasts"
    list_subtitle = (
        "Publishers' runs with gaps of at most a minute make one; the latest start first. Times are UTC."
    )
    empty_text = "Nothing was broadcast yet, or nothing matches."
    search_fields = ("livestream__stream_key",)
    search_help_text = "A stream key, or a session's id."
    completed = ("app", "livestream")
    sampled = ("livestream__stream_key",)
    list_filter = (
        StartedFilter,
        OpenFilter,
        AppFilter,
        type("Stream", (StreamFilter,), {"column": sampled[0]}),
    )
    list_display = ("stream", "app_name", "started", "ended", "how_long", "seen_or_inferred")
    fieldsets = (
        ("Broadcast", {"fields": ("stream", "app_name", "started", "ended", "how_long")}),
        ("Record", {"fields": ("seen_or_inferred", "internal_id")}),
    )

    def ways(self, term: str) -> Iterator[Q]:
        try:
            yield Q(pk=UUID(term))
        except ValueError:
            return

    @admin.display(description="Stream")
    def stream(self, row: LivestreamSession) -> str:
        return str(getattr(row, "livestream", None) or f"livestream {row.livestream_id.hex}, which is gone")
