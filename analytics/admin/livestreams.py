"""Livestreams: what there is to watch, and when each was on air."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.clock import now_ms
from analytics import broadcasts
from analytics.broadcasts import Broadcast
from analytics.models import Livestream, LivestreamSession
from analytics.patience import TookTooLong, patience
from analytics.snapshot import snapshot
from viewers.admin import wording
from viewers.admin.filters import AppFilter
from viewers.admin.listing import ModelAdmin, SystemRowsAdmin
from viewers.admin.scope import visible_apps
from viewers.admin.sightings import LONGEST_TERM

SESSIONS = 20


@admin.register(Livestream)
class LivestreamAdmin(SystemRowsAdmin):
    """The system makes them; people only give them a name."""

    list_title = "Livestreams"
    list_subtitle = "Every stream key that was ever published or watched."
    empty_text = "No stream was published or watched yet, or none matches."
    search_fields = ("stream_key",)
    search_help_text = "A stream key or its beginning."
    ordering = ("app_id", "stream_key")
    completed = ("app",)
    sampled = ()
    list_filter = (AppFilter,)
    list_display = ("stream_key", "name", "app_name", "on_air", "created")
    fieldsets = (
        ("Livestream", {"fields": ("stream_key", "name", "app_name", "on_air", "created", "internal_id")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return ModelAdmin.has_change_permission(self, request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> list[str]:
        return [name for name in super().get_readonly_fields(request, obj) if name != "name"]

    def save_model(self, request: HttpRequest, obj: Livestream, form: Any, change: bool) -> None:
        # The name and nothing else: whatever the system wrote meanwhile stays.
        Livestream.objects.filter(pk=obj.pk).update(name=obj.name)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        open_sessions = LivestreamSession.objects.filter(livestream=OuterRef("pk"), ended_ms__isnull=True)
        rows: QuerySet[Any] = super().get_queryset(request).annotate(is_on_air=Exists(open_sessions))
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if len(term) > LONGEST_TERM:
            return queryset.none(), False
        wanted = Q(app_id__in=list(visible_apps(request)), stream_key__startswith=term)
        return (queryset.filter(wanted) if term else queryset), False

    def row_context(self, request: HttpRequest, row: Livestream) -> dict[str, Any]:
        newest = list(broadcasts.newest_first(row, None, None)[: SESSIONS + 1])
        measured = _measured(row, newest[:SESSIONS])
        return {
            "title": f"Livestream {row}",
            "subtitle": None,
            "stream_key": row.stream_key,
            "more_sessions": len(newest) > SESSIONS,
            "sessions": [
                _shown(session, measured.get(session.pk), row.asked_ms)  # type: ignore[attr-defined]
                for session in newest[:SESSIONS]
            ],
        }

    @admin.display(description="App")
    def app_name(self, row: Livestream) -> str:
        return str(row.app)

    @admin.display(description="On air")
    def on_air(self, row: Any) -> str | SafeString:
        return wording.on_air() if row.is_on_air else "no"

    @admin.display(description="Known since")
    def created(self, row: Livestream) -> str:
        return wording.moment(row.created_ms)

    @admin.display(description="Internal id")
    def internal_id(self, row: Livestream) -> SafeString:
        return format_html('<span class="id">{}</span>', row.pk.hex)


def _measured(livestream: Livestream, sessions: list[LivestreamSession]) -> dict[UUID, Broadcast]:
    """The figures of each; none at all where they would take too long."""
    try:
        with snapshot(), patience():
            return {each.session.pk: each for each in broadcasts.measured(livestream, sessions, now_ms())}
    except TookTooLong:
        return {}


def _shown(session: LivestreamSession, found: Broadcast | None, now: int) -> dict[str, Any]:
    return {
        "url": reverse("admin:analytics_livestreamsession_change", args=[session.pk]),
        "hex": session.pk.hex,
        "started": wording.moment(session.started_ms),
        "ended": None if session.ended_ms is None else wording.moment(session.ended_ms),
        "lasted": wording.duration((session.ended_ms or now) - session.started_ms),
        "peak": f"{found.peak:,}" if found else wording.NOTHING,
        "viewings": f"{found.viewings:,}" if found else wording.NOTHING,
        "viewer_time": wording.duration(found.viewer_ms) if found else wording.NOTHING,
        "publisher": "inferred from viewers" if session.inferred else "reported",
    }
