"""Ending a live session by hand. Here and not beside the list: a stop enters by the door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.clock import now_ms
from ingest.ending import end
from viewers.admin import ViewerSessionAdmin, wording
from viewers.admin.cells import CHOICE
from viewers.models import ViewerSession

END = "viewers_viewersession_end"

admin.site.unregister(ViewerSession)


@admin.register(ViewerSession)
class LiveSessionAdmin(ViewerSessionAdmin):
    def has_end_permission(self, request: HttpRequest) -> bool:
        """Within the user's own accounts; what can be met at all is for the queryset to say."""
        return isinstance(request.user, User) and request.user.has_perm("viewers.change_viewersession")

    def get_urls(self) -> list[URLPattern]:
        ours: list[URLPattern] = [path("end/", self.admin_site.admin_view(self.end_view), name=END)]
        return [*ours, *super().get_urls()]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changes: ChangeList = super().get_changelist_instance(request)
        changes.choosing = self.has_end_permission(request)  # type: ignore[attr-defined]
        return changes

    def list_context(self, request: HttpRequest, changes: ChangeList) -> dict[str, Any]:
        return {**super().list_context(request, changes), **self._way_to_end(request)}

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {**super().row_context(request, row), **self._way_to_end(request)}

    def _way_to_end(self, request: HttpRequest) -> dict[str, Any]:
        return {"end_url": reverse(f"admin:{END}") if self.has_end_permission(request) else ""}

    def end_view(self, request: HttpRequest) -> HttpResponse:
        """Asks first; ends the chosen sessions once that is confirmed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_end_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        chosen = list(_ids(request.POST.getlist(CHOICE)))[: self.list_per_page]
        rows = list(self.get_queryset(request).filter(pk__in=chosen))
        if not rows:
            self.message_user(request, "None of them is live any more, or none was chosen.", messages.WARNING)
            return HttpResponseRedirect(self.url())
        if "confirmed" not in request.POST:
            return self._ask(request, rows)
        ended = end([row.pk for row in rows], request.user, now_ms())
        self._tell(request, len(ended), len(rows))
        # The page of a session that is over leads on to its past viewing.
        return HttpResponseRedirect(self.url(rows[0] if len(rows) == 1 else None))

    def _ask(self, request: HttpRequest, rows: list[Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "End this session?" if len(rows) == 1 else f"End these {len(rows)} sessions?",
            "opts": self.opts,
            "choice": CHOICE,
            "rows": [self._shown(row) for row in rows],
            "back": self.url(rows[0] if len(rows) == 1 else None),
        }
        return TemplateResponse(request, "admin/turnout/end_sessions.html", context)

    def _shown(self, row: Any) -> dict[str, Any]:
        source = getattr(row, "source", None)
        return {
            "pk": row.pk,
            "url": self.url(row),
            "connection": row.connection_id,
            "stream": row.stream_key,
            "place": self.place(row),
            "lasted": self.how_long(row),
            "seen": self.seen(row),
            "silence": wording.span(source.silence_ms) if source else wording.NOTHING,
        }

    def _tell(self, request: HttpRequest, ended: int, chosen: int) -> None:
        if ended:
            words = "The session is" if ended == 1 else f"{ended} sessions are"
            self.message_user(request, f"{words} ended, as of now.", messages.SUCCESS)
        if left := chosen - ended:
            words = "One had" if left == 1 else f"{left} had"
            over = f"{words} fallen silent or ended meanwhile: over already, at the last sign."
            self.message_user(request, over, messages.WARNING)


def _ids(texts: Iterable[str]) -> Iterator[UUID]:
    for text in texts:
        try:
            yield UUID(text)
        except ValueError:
            continue
