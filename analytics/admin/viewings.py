"""Past viewings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from analytics.models import EndReason, Livestream, ViewInterval
from viewers.admin import wording
from viewers.admin.filters import (
    AppFilter,
    CountryFilter,
    HealthFilter,
    PeriodFilter,
    ProtocolFilter,
    StreamFilter,
)
from viewers.admin.scope import visible_apps
from viewers.admin.sightings import SightingAdmin


class EndedFilter(PeriodFilter):
    title = "end"
    column = "ended_ms"


class ReasonFilter(SimpleListFilter):
    title = "why it ended"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label.capitalize()) for value, label in EndReason.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        if value is None:
            return None
        return queryset.filter(reason=value) if value in EndReason.values else queryset.none()


@admin.register(ViewInterval)
class ViewIntervalAdmin(SightingAdmin):
    list_title = "Past viewings"
    list_subtitle = "Viewings that are over, the latest end first, without addresses. Times are UTC."
    empty_text = "No viewing is over yet, or none matches."
    search_help_text = "A connection's id or its beginning, or a stream key."
    noun, nouns, state = "past viewing", "past viewings", "past"
    column = "ended_ms"
    ordering = (f"-{column}",)
    sortable_by = ("ended",)
    list_filter = (
        EndedFilter,
        AppFilter,
        StreamFilter,
        CountryFilter,
        ProtocolFilter,
        HealthFilter,
        ReasonFilter,
    )
    list_display = (
        "connection_name",
        "stream",
        "place",
        "ended",
        "how_long",
        "why",
        "rate",
        "health_badge",
        "client",
        "started_at",
        "source_name",
    )
    fieldsets = (
        (
            "Viewing",
            {
                "fields": (
                    "connection_name",
                    "stream",
                    "app_name",
                    "started_at",
                    "ended",
                    "how_long",
                    "why",
                    "last_sign",
                    "stopped",
                    "health_badge",
                    "worst_health_badge",
                    "rate",
                    "sent",
                )
            },
        ),
        ("Place", {"fields": ("whereabouts", "map")}),
        ("Client", {"fields": ("protocol_name", "player_name")}),
        ("Record", {"fields": ("source_name", "is_counted", "clock", "internal_id")}),
    )

    def apps_of_stream(self, request: HttpRequest, stream_key: str) -> list[int]:
        # Each app costs a look into every week's partition: whether it knows the stream spares that.
        streams = Livestream.objects.filter(app_id__in=list(visible_apps(request)), stream_key=stream_key)
        return list(streams.values_list("app_id", flat=True))

    def of_connection(self, connection: UUID) -> Q:
        return Q(connection=connection)

    def connection_of(self, row: ViewInterval) -> UUID:
        return row.connection

    def end_of(self, row: ViewInterval) -> int:
        return row.ended_ms

    def outcome(self, row: ViewInterval) -> str:
        return row.get_reason_display()

    @admin.display(description="Started")
    def started_at(self, row: ViewInterval) -> str:
        return wording.moment(row.started_ms)

    @admin.display(description="Ended", ordering="ended_ms")
    def ended(self, row: ViewInterval) -> str:
        return wording.moment(row.ended_ms)

    @admin.display(description="Stop reported")
    def stopped(self, row: ViewInterval) -> str:
        return wording.moment(row.stop_ms)

    @admin.display(description="Why it ended")
    def why(self, row: ViewInterval) -> str:
        return row.get_reason_display()
