"""Lists of what the system writes: looked at, never edited, and never counted.

A count of a million rows costs a scan of them. One row more than a page shows is asked for, and says whether
there is a next page. Nothing of a list may take longer than `PATIENCE_MS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.paginator import Paginator
from django.db import OperationalError, connection, transaction
from django.db.models import BigIntegerField, Model, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from psycopg.errors import QueryCanceled

from accounts.clock import now_ms
from viewers.admin.cells import rows
from viewers.admin.scope import sees_everything, visible_apps

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    # Generic only to the type checker.
    ModelAdmin = admin.ModelAdmin

# The database reads every row before the page's: further back, a filter finds more than turning pages.
LAST_PAGE = 1000
# Filters offer what is found among so many of the newest rows, which one index has in order.
SAMPLE = 1000
# Of one statement. Stretches keep lists far below it; this is for a database that is cold or busy.
PATIENCE_MS = 5000


@contextmanager
def patience() -> Iterator[None]:
    """Inside, a statement that takes longer than `PATIENCE_MS` raises OperationalError.

    What a list asks is served by an index. Read in the order of the pages, a big table might hold the few
    rows that are looked for at its very end: the planner takes them for evenly spread, and must not try.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}; SET LOCAL enable_seqscan = off")
        yield


class UncountedChangeList(ChangeList):
    # What the addresses of its other pages keep of its own, besides filters.
    kept: dict[str, Any] = {}
    # Whether rows can be chosen, for something to do with them.
    choosing = False

    def get_results(self, request: HttpRequest) -> None:
        self.page_num = min(max(self.page_num, 1), LAST_PAGE)
        first = (self.page_num - 1) * self.list_per_page
        found = list(self.queryset[first : first + self.list_per_page + 1])
        self.has_next = len(found) > self.list_per_page and self.page_num < LAST_PAGE
        self.beyond_last_page = self.page_num == LAST_PAGE and len(found) > self.list_per_page
        self.result_list = found[: self.list_per_page]
        self.first_number, self.last_number = first + 1, first + len(self.result_list)
        # What Django's own templates ask for.
        self.result_count = self.last_number
        self.full_result_count = None
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all, self.multi_page = False, self.has_next or self.page_num > 1
        self.paginator = Paginator(self.result_list, self.list_per_page)

    def headers(self) -> list[dict[str, Any]]:
        return list(result_headers(self))

    def rows(self) -> Iterator[list[SafeString]]:
        return rows(self)

    @property
    def next_page(self) -> str:
        return self.get_query_string({**self.kept, PAGE_VAR: self.page_num + 1})

    @property
    def previous_page(self) -> str:
        return self.get_query_string({**self.kept, PAGE_VAR: self.page_num - 1})

    @property
    def first_page(self) -> str:
        return self.get_query_string()


class SystemRowsAdmin(ModelAdmin):
    """Rows of the user's apps. Whoever may enter the admin may look: the map shows as much to members.

    `ordering` must be an index's. Column methods read `row.asked_ms`, the time of the request in ms.
    """

    actions = None
    list_per_page = 100
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by: ClassVar[list[str] | tuple[str, ...] | None] = ()
    change_list_template = "admin/turnout/change_list.html"
    change_form_template = "admin/turnout/change_form.html"
    list_title = ""
    list_subtitle = ""
    empty_text = "Nothing here yet."
    # The columns that filters sample, and the relations that a page of rows is completed with.
    sampled: tuple[str, ...] = ("stream_key", "protocol")
    completed: tuple[str, ...] = ("app", "source")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return UncountedChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._default_manager.all()
        if not sees_everything(request.user):
            rows = rows.filter(app_id__in=list(visible_apps(request)))
        # Prefetched and not joined: a page stays one walk along one index, and rows without a source show.
        completed: QuerySet[Any] = (
            rows.annotate(asked_ms=Value(now_ms(), BigIntegerField()))
            .prefetch_related(*self.completed)
            .order_by(*self.get_ordering(request))
        )
        return completed

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        # Only the list's filters, which take their parameters themselves: others could read the whole table.
        return lookup in {getattr(each, "parameter_name", None) for each in self.list_filter or ()}

    def apps_of_stream(self, request: HttpRequest, stream_key: str) -> list[int]:
        """The user's apps that may have rows of the stream."""
        return list(visible_apps(request))

    def of_stream(self, request: HttpRequest, stream_key: str) -> Q:
        """The condition for one stream's rows, in a form that an index of (app, stream) serves."""
        return Q(app_id__in=self.apps_of_stream(request, stream_key), stream_key=stream_key)

    def newest(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows of which the first can be read without reading others."""
        return self.get_queryset(request)

    def sample(self, request: HttpRequest) -> list[dict[str, Any]]:
        """`sampled` of the newest rows; asked once a request."""
        known: list[dict[str, Any]] | None = getattr(request, "sampled_rows", None)
        if known is None:
            rows = self.newest(request).prefetch_related(None)
            known = list(rows.values(*self.sampled)[:SAMPLE]) if self.sampled else []
            request.sampled_rows = known  # type: ignore[attr-defined]
        return known

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        words = {"title": self.list_title, "subtitle": self.list_subtitle, "empty_text": self.empty_text}
        try:
            with patience():
                response = super().changelist_view(request, {**words, **(extra_context or {})})
                changes = _context(response).get("cl")
                if changes is not None:
                    _context(response).update(self.list_context(request, changes))
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            return self.gave_up(request)
        return response

    def gave_up(self, request: HttpRequest) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": self.list_title, "opts": self.opts}
        return TemplateResponse(request, "admin/turnout/gave_up.html", context, status=503)

    def list_context(self, request: HttpRequest, changes: ChangeList) -> dict[str, Any]:
        """More for the list's template."""
        return {}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        row = _context(response).get("original")
        if row is not None:
            _context(response).update(self.row_context(request, row))
        return response

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """More for one row's template."""
        return {}


def _context(response: HttpResponse) -> dict[str, Any]:
    """What an answer that is not rendered yet will be rendered with; of a redirect, nothing."""
    context: dict[str, Any] | None = getattr(response, "context_data", None)
    return {} if context is None else context
