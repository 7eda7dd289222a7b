"""Past viewings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from analytics.identity import livestream_id
from analytics.models import EndReason, Livestream, LivestreamSession, ViewInterval
from viewers.admin import wording
from viewers.admin.audit import Ending
from viewers.admin.columns import source_of
from viewers.admin.filters import (
    AppFilter,
    CountryFilter,
    HealthFilter,
    PeriodFilter,
    ProtocolFilter,
    StreamFilter,
)
from viewers.admin.inspector import Moment
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

    def verdict(self, row: ViewInterval, endings: Sequence[Ending]) -> str:
        what = "It goes on in another piece" if row.reason == EndReason.CUT else "It is over"
        return f"Watched for {self.how_long(row)}. {what}: {self.end_in_words(row, endings)[0]}."

    def outlook(self, row: ViewInterval, endings: Sequence[Ending]) -> list[Moment]:
        words, note = self.end_in_words(row, endings)
        return [Moment(row.ended_ms, "ended", words[0].upper() + words[1:], note)]

    def end_in_words(self, row: ViewInterval, endings: Sequence[Ending]) -> tuple[str, str]:
        """Why the run ended, and what that means."""
        source = source_of(row)
        if row.reason == EndReason.CUT:
            return "cut here", "Viewings are cut every seven days; totals are the same without it."
        if row.reason == EndReason.SILENT:
            patience = f" for {wording.span(source.silence_ms)}" if source else ""
            return "fell silent", f"Nothing more was heard{patience}: it counts to its last sign."
        for ending in endings:
            if ending.made(row.last_ms, row.stop_ms):
                return f"ended by {ending.by}, an operator", "A sign soon after would have taken it back."
        if source and not source.heartbeats and _broadcast_ended(row):
            return "the broadcast ended", "Its source sends no heartbeats: viewers end with the broadcast."
        return "said it stopped", "Its player or server reported the end."

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


def _broadcast_ended(row: ViewInterval) -> bool:
    """Whether a broadcast of its livestream ended at the instant of its stop."""
    livestream = livestream_id(row.app_id, row.stream_key)
    return LivestreamSession.objects.filter(livestream_id=livestream, ended_ms=row.stop_ms).exists()
