"""How the worker is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import BigIntegerField, QuerySet, Value
from django.http import HttpRequest, HttpResponse

from accounts.clock import now_ms
from ingest.models import WorkerState
from viewers.admin import wording

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[WorkerState]
else:
    # Generic only to the type checker.
    ModelAdmin = admin.ModelAdmin


@admin.register(WorkerState)
class WorkerStateAdmin(ModelAdmin):
    """It belongs to no account: who may see it is for Django's permissions to say."""

    actions = None
    list_display = ("name", "ticked", "started", "snapshot")
    sortable_by = ()
    fields = ("name", "ticked", "started", "resumed", "snapshot")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkerState]:
        return super().get_queryset(request).annotate(asked_ms=Value(now_ms(), BigIntegerField()))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": "Worker", **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    @admin.display(description="Last heartbeat")
    def ticked(self, row: Any) -> str:
        return wording.ago(row.asked_ms - row.ticked_ms)

    @admin.display(description="Running since")
    def started(self, row: WorkerState) -> str:
        return wording.moment(row.started_ms)

    @admin.display(description="Waits for silent sources since")
    def resumed(self, row: WorkerState) -> str:
        return wording.moment(row.resumed_ms)

    @admin.display(description="Live snapshot")
    def snapshot(self, row: Any) -> str:
        if row.snapshot_ms is None:
            return "none yet"
        took = f", built in {row.snapshot_build_ms} ms" if row.snapshot_build_ms is not None else ""
        return f"{wording.ago(row.asked_ms - row.snapshot_ms)}{took}"
