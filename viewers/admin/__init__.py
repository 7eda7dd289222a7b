"""Who is here now, for those who ask what happened to a viewer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.access import may_see_addresses
from viewers.admin import wording
from viewers.admin.audit import Ending
from viewers.admin.columns import source_of
from viewers.admin.filters import AppFilter, CountryFilter, HealthFilter, ProtocolFilter, StreamFilter
from viewers.admin.inspector import Moment, outlook
from viewers.admin.sightings import SightingAdmin
from viewers.geolocation import addresses
from viewers.models import ViewerSession


@admin.register(ViewerSession)
class ViewerSessionAdmin(SightingAdmin):
    list_title = "Live sessions"
    list_subtitle = "One row per connection that is watching now, the newest first. Times are UTC."
    empty_text = "Nobody is watching, or nobody who matches."
    search_help_text = "A connection's id or its beginning, a stream key, or an IP address."
    noun, nouns, state = "live session", "live sessions", "live"
    ordering = ("-started_ms",)
    list_filter = (AppFilter, StreamFilter, CountryFilter, ProtocolFilter, HealthFilter)
    list_display = (
        "connection_name",
        "stream",
        "place",
        "how_long",
        "seen",
        "rate",
        "health_badge",
        "client",
        "started",
        "source_name",
    )

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return (*self.list_display, "address") if may_see_addresses(request.user) else self.list_display

    def get_fieldsets(self, request: HttpRequest, obj: Any | None = None) -> Any:
        seen = ("address",) if may_see_addresses(request.user) else ()
        return [
            (
                "Viewing",
                {
                    "fields": (
                        "connection_name",
                        "stream",
                        "app_name",
                        "started",
                        "how_long",
                        "last_sign",
                        "health_badge",
                        "worst_health_badge",
                        "rate",
                        "sent",
                    )
                },
            ),
            ("Place", {"fields": ("whereabouts", "map")}),
            ("Client", {"fields": (*seen, "protocol_name", "player_name", "agent")}),
            ("Record", {"fields": ("source_name", "is_counted", "clock", "internal_id")}),
        ]

    def names(self, request: HttpRequest, term: str) -> Iterator[Q]:
        yield from super().names(request, term)
        address = addresses.parse(term)
        if address is not None and may_see_addresses(request.user):
            yield Q(ip=str(address))

    def of_connection(self, connection: UUID) -> Q:
        return Q(pk=connection)

    def connection_of(self, row: ViewerSession) -> UUID:
        return row.pk

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        gone = self._page_of_past(request, object_id)
        return gone or super().change_view(request, object_id, form_url, extra_context)

    def _page_of_past(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """Where to read on about somebody who has left: links to the living outlive them."""
        connection = _id(object_id)
        if connection is None or self.get_queryset(request).filter(pk=connection).exists():
            return None
        runs = [run for other in self.others() for run in other.runs(request, connection)]
        return HttpResponseRedirect(runs[0]["url"]) if runs else None

    def end_of(self, row: Any) -> int:
        return int(row.stop_ms if _stopped(row) else max(row.asked_ms, row.last_ms))

    def outcome(self, row: Any) -> str:
        return "said it stopped" if _stopped(row) else "watching"

    def verdict(self, row: Any, endings: Sequence[Ending]) -> str:
        if _stopped(row):
            return "Said it stopped; about to move to the past viewings."
        source, heard = source_of(row), wording.ago(row.asked_ms - row.last_ms)
        limit = f" Counts as gone after {wording.span(source.silence_ms)} of silence." if source else ""
        return f"Watching for {self.how_long(row)}, last heard {heard}.{limit}"

    def outlook(self, row: Any, endings: Sequence[Ending]) -> list[Moment]:
        source = source_of(row)
        if source is None or _stopped(row):
            return []
        return outlook(max(row.last_ms, row.stop_ms or 0), source.silence_ms, row.asked_ms)

    def why_unlocated(self, row: ViewerSession) -> str:
        address = addresses.parse(row.ip)
        if address is None:
            return "neither an address nor a position was reported."
        if not addresses.is_public(address):
            return "a private address has no place in the world."
        return "the geolocation data does not know the address."

    @admin.display(description="Last sign")
    def seen(self, row: Any) -> str:
        return wording.ago(row.asked_ms - row.last_ms)

    @admin.display(description="Address")
    def address(self, row: ViewerSession) -> str:
        return row.ip or wording.NOTHING

    @admin.display(description="User agent")
    def agent(self, row: ViewerSession) -> str:
        return row.user_agent or wording.NOTHING


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _stopped(row: Any) -> bool:
    return row.stop_ms is not None and row.stop_ms >= row.last_ms
