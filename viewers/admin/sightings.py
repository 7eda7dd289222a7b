"""What the lists of living and of past viewings have in common: columns, one search, one page per viewing.

Neither list knows the other: each asks the admin site which lists of viewings there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from viewers.admin import inspector, wording
from viewers.admin.audit import Ending, endings
from viewers.admin.columns import SightingColumns, source_of
from viewers.admin.filters import AppFilter, PeriodFilter, StreamFilter
from viewers.admin.inspector import Moment
from viewers.admin.listing import SAMPLE
from viewers.admin.scope import sees_everything, visible_apps
from viewers.admin.search import Found, find
from viewers.admin.stretches import Stretch, StretchedChangeList, stretch
from viewers.models import Sighting

LONGEST_TERM = 128
# Matches in the other list are counted so far, and other runs of a connection listed.
COUNTED = 100
RUNS = 50


class SightingAdmin(SightingColumns):
    # Makes Django show the box; `ways` says what is searched.
    search_fields = ("connection_id",)
    sampled = ("stream_key", "country", "protocol")
    sortable_by = ("started",)
    # The column, in ms, that the list is ordered by, the latest first.
    column = "started_ms"
    # What one of these rows is called in the other list, and how its run is named there.
    noun, nouns, state = "", "", ""

    def of_connection(self, connection: UUID) -> Q:
        """The condition for all runs of a connection, by its internal id."""
        raise NotImplementedError

    def names(self, request: HttpRequest, term: str) -> Iterator[Q]:
        """What a search term may mean other than a stream. Each has an index of its own."""
        yield Q(connection_id__startswith=term)
        try:
            yield self.of_connection(UUID(term))
        except ValueError:
            return

    def search(self, request: HttpRequest, term: str) -> Found | None:
        if len(term) > LONGEST_TERM:
            return None
        known: dict[tuple[type[Any], str], Found | None] = request.__dict__.setdefault("searched", {})
        if (self.model, term) not in known:
            rows: QuerySet[Any] = self.model._default_manager.all()
            stream, names = self.of_stream(request, term), self.names(request, term)
            known[self.model, term] = find(rows, self.column, stream, names)
        return known[self.model, term]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = self.search(request, term)
        if found is None:
            return queryset.none(), False
        if found.few:
            queryset = queryset.filter(**{f"{self.column}__in": found.times})
        return queryset.filter(found.condition), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StretchedChangeList

    def part(self, request: HttpRequest, changes: StretchedChangeList, ordering: str) -> Stretch | None:
        """The stretch that a page is of; None where the search found so few that all are known."""
        term = changes.query.strip()
        found = self.search(request, term) if term else None
        if term and (found is None or found.few):
            return None
        rows: QuerySet[Any] = self.model._default_manager.all()
        apps, stream = _scope(request), term if found and found.one_stream else None
        for spec in changes.filter_specs:
            if isinstance(spec, AppFilter):
                chosen = spec.chosen(request)
                apps = apps if chosen is None else chosen
            elif isinstance(spec, StreamFilter):
                stream = spec.value() or stream
            elif isinstance(spec, PeriodFilter):
                bounded = spec.queryset(request, rows)
                rows = rows if bounded is None else bounded
        return self._stretch(request, found, rows, ordering, changes.begins, apps, stream)

    def _stretch(
        self,
        request: HttpRequest,
        found: Found | None,
        rows: QuerySet[Any],
        ordering: str,
        begins: int | None,
        apps: list[int] | None,
        stream: str | None,
    ) -> Stretch:
        if stream is not None:
            rows, known = rows.filter(stream_key=stream), self.apps_of_stream(request, stream)
            apps = known if apps is None else [app for app in apps if app in known]
        part = stretch(rows, ordering, begins, apps)
        # Matches by name may be newer than the stream's.
        mixed = found is not None and found.by_stream and not found.one_stream
        return part._replace(first=begins) if mixed else part

    def matches(self, request: HttpRequest, term: str, most: int) -> list[Any]:
        """The newest rows that a search finds; of very many matches those among the newest of all."""
        found = self.search(request, term)
        if found is None:
            return []
        rows, _ = self.get_search_results(request, self.get_queryset(request), term)
        if not found.few:
            all_rows: QuerySet[Any] = self.model._default_manager.all()
            stream = term if found.one_stream else None
            order = f"-{self.column}"
            part = self._stretch(request, found, all_rows, order, None, _scope(request), stream)
            rows = rows.filter(part.condition())
        return list(rows[:most])

    def newest(self, request: HttpRequest) -> QuerySet[Any]:
        rows, apps = super().newest(request), _scope(request)
        if apps is None or len(apps) <= 1:
            return rows
        part = stretch(self.model._default_manager.all(), f"-{self.column}", None, apps, SAMPLE)
        return rows.filter(part.condition())

    def others(self) -> Iterator[SightingAdmin]:
        for model in Sighting.__subclasses__():
            if model is not self.model and self.admin_site.is_registered(model):
                other = self.admin_site.get_model_admin(model)
                if isinstance(other, SightingAdmin):
                    yield other

    def list_context(self, request: HttpRequest, changes: ChangeList) -> dict[str, Any]:
        term = changes.query.strip()
        return {"elsewhere": [other.mention(request, term) for other in self.others()] if term else []}

    def mention(self, request: HttpRequest, term: str) -> dict[str, Any]:
        """How many of this list's rows a search finds, and where: `count`, `words`, `url`."""
        found = self.search(request, term)
        many = found is not None and found.times is None
        newest = many and not sees_everything(request.user)
        if many and not newest:
            # `search.FEW` is more than `COUNTED`.
            count = COUNTED + 1
        else:
            # Where very many match, others' may hide one's own: only the newest are looked at.
            rows = (self.newest(request) if newest else self.get_queryset(request)).prefetch_related(None)
            matches, _ = self.get_search_results(request, rows.order_by(), term)
            count = len(matches.values_list("pk")[: COUNTED + 1])
        number = "No" if not count else f"More than {COUNTED}" if count > COUNTED else str(count)
        words = f"{number} {self.noun} matches" if count == 1 else f"{number} {self.nouns} match"
        within = " among the newest" if newest and count <= COUNTED else ""
        url = f"{self.url()}?{urlencode({SEARCH_VAR: term})}"
        return {"count": count, "words": words + within, "url": url}

    def url(self, row: Any = None) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{name}_changelist") if row is None else reverse(f"{name}_change", args=[row.pk])

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        connection = self.connection_of(row)
        runs = self.runs(request, connection, row.pk)
        for other in self.others():
            runs += other.runs(request, connection)
        runs.sort(key=lambda run: run["started_ms"], reverse=True)
        source, known = source_of(row), endings(connection)
        moments = [*inspector.signs(row, connection, known), *self.outlook(row, known)]
        return {
            "title": f"{self.noun.capitalize()} {row.connection_id}",
            "subtitle": None,
            "verdict": self.verdict(row, known),
            "story": inspector.told(moments),
            **inspector.reporters(request.user, source, row.started_ms, self.end_of(row)),
            "runs": runs[:RUNS],
            "more_runs": len(runs) > RUNS,
            "source": source,
            "stream_key": row.stream_key,
        }

    def verdict(self, row: Any, endings: Sequence[Ending]) -> str:
        """How it stands with the run, in a sentence."""
        raise NotImplementedError

    def outlook(self, row: Any, endings: Sequence[Ending]) -> list[Moment]:
        """How the run stands or why it ended, for its timeline."""
        raise NotImplementedError

    def runs(
        self, request: HttpRequest, connection: UUID, besides: UUID | None = None
    ) -> list[dict[str, Any]]:
        """The connection's runs among this list's rows, the newest first, without the one looked at."""
        rows = self.get_queryset(request).prefetch_related(None).filter(self.of_connection(connection))
        newest = rows.exclude(pk=besides) if besides else rows
        return [
            {
                "url": self.url(row),
                "state": self.state,
                "started_ms": row.started_ms,
                "started": wording.moment(row.started_ms),
                "lasted": wording.duration(self.end_of(row) - row.started_ms),
                "outcome": self.outcome(row),
                "health": wording.health(row.health),
            }
            for row in newest[: RUNS + 1]
        ]

    def outcome(self, row: Any) -> str:
        """Why the run ended, or that it has not."""
        raise NotImplementedError


def _scope(request: HttpRequest) -> list[int] | None:
    """The user's apps; None: all there are."""
    return None if sees_everything(request.user) else list(visible_apps(request))
