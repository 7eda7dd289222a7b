"""One search for somebody of whom a support engineer knows a little: live first, then past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import admin
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from psycopg.errors import QueryCanceled

from accounts.access import may_see_addresses
from analytics.models import Livestream, LivestreamSession, ViewInterval
from viewers.admin.listing import SystemRowsAdmin, patience
from viewers.admin.sightings import LONGEST_TERM, SightingAdmin
from viewers.models import ViewerSession

# Of each list; a link leads to the others.
SHOWN = 20
VIEWINGS = {
    ViewerSession: (
        "Live",
        ("connection_name", "stream", "place", "started", "seen", "health_badge", "client"),
    ),
    ViewInterval: ("Past", ("connection_name", "stream", "place", "ended", "how_long", "why", "client")),
}


class Section(NamedTuple):
    """What one list knows. `late`: it was broken off, and what it holds is not known."""

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[tuple[str, Sequence[Any]]] = ()
    more: str = ""
    late: bool = False


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """GET /admin/find?q="""
    term = request.GET.get("q", "").strip()
    sections = list(found(request, term)) if term else []
    context = {
        **admin.site.each_context(request),
        "title": f"Find “{term[:LONGEST_TERM]}”" if term else "Find",
        "term": term[:LONGEST_TERM],
        "sections": sections,
        "nothing": not any(section.rows or section.late for section in sections),
        "addresses": may_see_addresses(request.user),
    }
    return TemplateResponse(request, "admin/turnout/find.html", context)


def found(request: HttpRequest, term: str) -> Iterator[Section]:
    # PostgreSQL refuses to compare with a NUL.
    if len(term) > LONGEST_TERM or "\0" in term:
        return
    for model, (title, columns) in VIEWINGS.items():
        yield _bounded(title, request, term, model, columns)
    yield _bounded("Livestreams", request, term, Livestream, ("stream_key", "name", "app_name", "on_air"))
    if _is_id(term):
        yield _bounded(
            "Broadcasts", request, term, LivestreamSession, ("stream", "started", "ended", "how_long")
        )


def _bounded(title: str, request: HttpRequest, term: str, model: Any, columns: Sequence[str]) -> Section:
    """What a list finds, or that it took too long: the others are shown all the same."""
    rows_admin = admin.site.get_model_admin(model)
    if not isinstance(rows_admin, SystemRowsAdmin):
        raise TypeError(f"{rows_admin} is no list of what the system writes")
    try:
        with patience():
            rows = _matches(rows_admin, request, term)
            cells = [(_url(model, row), _cells(rows_admin, row, columns)) for row in rows[:SHOWN]]
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return Section(rows_admin.list_title, late=True)
    headings = [_heading(rows_admin, name) for name in columns]
    everything = f"{reverse(_name(model, 'changelist'))}?{urlencode({'q': term})}"
    return Section(rows_admin.list_title, headings, cells, everything if len(rows) > SHOWN else "")


def _matches(rows_admin: SystemRowsAdmin, request: HttpRequest, term: str) -> list[Any]:
    if isinstance(rows_admin, SightingAdmin):
        return rows_admin.matches(request, term, SHOWN + 1)
    rows, _ = rows_admin.get_search_results(request, rows_admin.get_queryset(request), term)
    return list(rows[: SHOWN + 1])


def _cells(rows_admin: SystemRowsAdmin, row: Any, columns: Sequence[str]) -> list[Any]:
    return [
        getattr(rows_admin, name)(row) if hasattr(rows_admin, name) else getattr(row, name)
        for name in columns
    ]


def _heading(rows_admin: SystemRowsAdmin, name: str) -> str:
    method = getattr(rows_admin, name, None)
    described = getattr(method, "short_description", None)
    return str(described or rows_admin.model._meta.get_field(name).verbose_name).capitalize()


def _url(model: Any, row: Any) -> str:
    return reverse(_name(model, "change"), args=[row.pk])


def _name(model: Any, view: str) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"


def _is_id(term: str) -> bool:
    try:
        return bool(UUID(term))
    except ValueError:
        return False
