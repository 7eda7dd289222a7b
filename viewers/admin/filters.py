"""Filters whose choices cost one short walk along an index, and that also take what is not among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.clock import now_ms
from viewers.admin import wording
from viewers.admin.scope import visible_apps
from viewers.admin.stretches import FROM_VAR

OFFERED = 10
HOUR_MS = 3_600_000
PERIODS = {
    "hour": ("Past hour", HOUR_MS),
    "day": ("Past 24 hours", 24 * HOUR_MS),
    "week": ("Past 7 days", 168 * HOUR_MS),
    "month": ("Past 30 days", 720 * HOUR_MS),
}


class AppFilter(SimpleListFilter):
    title = "app"
    parameter_name = "app"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        apps = visible_apps(request)
        return [(str(pk), app.name) for pk, app in apps.items()] if len(apps) > 1 else []

    def chosen(self, request: HttpRequest) -> list[int] | None:
        """The one that was chosen, or none of those that may be seen; None: there was no choice."""
        value = self.value()
        return None if value is None else [pk for pk in visible_apps(request) if str(pk) == value]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        chosen = self.chosen(request)
        return None if chosen is None else queryset.filter(app_id__in=chosen)


class SampledFilter(SimpleListFilter):
    """The commonest values among the newest rows; `typed` ones have a box for any other."""

    template = "admin/turnout/filter.html"
    column = ""
    typed = True
    longest = 128
    # What the box is for, in its own words.
    prompt = ""

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Any], model_admin: Any
    ) -> None:
        self.model_admin = model_admin
        own = {PAGE_VAR, FROM_VAR, self.parameter_name}
        self.kept = [(key, value) for key, value in request.GET.items() if key not in own]
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        counts = Counter(row[self.column] for row in model_admin.sample(request) if row[self.column])
        chosen = self.value()
        values = [
            value for value, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:OFFERED]
        ]
        if chosen and chosen not in values:
            values.append(chosen)
        return [(value, self.say(value)) for value in values]

    def say(self, value: str) -> str:
        return value

    def has_output(self) -> bool:
        return self.typed or super().has_output()

    def condition(self, request: HttpRequest, value: str) -> Q:
        return Q(**{self.column: value})

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        if not value:
            return None
        # PostgreSQL refuses to compare with a NUL.
        if len(value) > self.longest or "\0" in value:
            return queryset.none()
        return queryset.filter(self.condition(request, value))

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "selected": not self.value()}
        yield from others


class StreamFilter(SampledFilter):
    title = "stream"
    parameter_name = "stream"
    column = "stream_key"
    prompt = "Stream key"

    def condition(self, request: HttpRequest, value: str) -> Q:
        found: Q = self.model_admin.of_stream(request, value)
        return found


class CountryFilter(SampledFilter):
    title = "country"
    parameter_name = "country"
    column = "country"
    longest = 2
    prompt = "Two letters: DE"

    def value(self) -> str | None:
        value = super().value()
        return value.strip().upper() if value else value

    def say(self, value: str) -> str:
        return wording.country(value)


class ProtocolFilter(SampledFilter):
    title = "protocol"
    parameter_name = "protocol"
    column = "protocol"
    typed = False


class HealthFilter(SimpleListFilter):
    title = "health"
    parameter_name = "health"
    conditions = {
        "good": Q(health__gte=wording.HEALTH_CLASSES["good"]),
        "fair": Q(health__gte=wording.HEALTH_CLASSES["fair"], health__lt=wording.HEALTH_CLASSES["good"]),
        "poor": Q(health__lt=wording.HEALTH_CLASSES["fair"]),
        "none": Q(health__isnull=True),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("good", "Good, 80 and more"),
            ("fair", "Fair, 50 to 79"),
            ("poor", "Poor, below 50"),
            ("none", "No data"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        if value is None:
            return None
        return queryset.filter(self.conditions[value]) if value in self.conditions else queryset.none()


class PeriodFilter(SimpleListFilter):
    """Bounds the column that the list is ordered by, so that only its newest end is read."""

    title = "time"
    parameter_name = "period"
    column = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, words) for name, (words, _) in PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        if value is None:
            return None
        if value not in PERIODS:
            return queryset.none()
        return queryset.filter(**{f"{self.column}__gte": now_ms() - PERIODS[value][1]})
