"""How far one page of a list of millions may read.

Such a list is read in stretches of some `EXAMINED` rows, in the list's own order, which an index has. What
the filters leave of a stretch is shown, pages turn within it, and a link leads to the next one. So a filter
that nothing passes costs no more than one that everything passes, and the hundredth stretch no more than the
first.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from accounts.models import App
from viewers.admin.listing import UncountedChangeList

# The parameter that says where a stretch begins.
FROM_VAR = "from"
EXAMINED = 20_000
# Of each app's rows at least so many, however many apps there are.
LEAST = 200


class Stretch(NamedTuple):
    """Rows from `first` to `last` in the order of `column`, both included; None: not bounded there."""

    column: str
    descending: bool
    first: int | None = None
    last: int | None = None
    empty: bool = False

    def condition(self) -> Q:
        if self.empty:
            return Q(pk__in=[])
        begins, ends = ("lte", "gte") if self.descending else ("gte", "lte")
        bounds = {begins: self.first, ends: self.last}
        return Q(**{f"{self.column}__{side}": at for side, at in bounds.items() if at is not None})

    def next(self) -> int | None:
        """Where the next stretch begins; None: there is none."""
        if self.last is None:
            return None
        return self.last - 1 if self.descending else self.last + 1


def stretch(
    rows: QuerySet[Any],
    ordering: str,
    first: int | None,
    apps: Collection[int] | None,
    examined: int | None = None,
) -> Stretch:
    """The stretch of `rows` that begins at `first`, of these apps (None: of all, by an index without them).

    `ordering` is the column, with a minus in front if it descends; `examined`, if not `EXAMINED`, how many.
    """
    examined = EXAMINED if examined is None else examined
    part = Stretch(ordering.lstrip("-"), ordering.startswith("-"), first)
    values = rows.filter(part.condition()).order_by(ordering).values(part.column)
    if apps is None or len(apps) <= 1:
        return _of_one(part, values if apps is None else values.filter(app_id__in=apps), examined)
    of_app = values.filter(app_id=OuterRef("pk"))
    of_apps = App.objects.filter(pk__in=apps).order_by()
    begin = {pk: at for pk, at in of_apps.values_list("pk", Subquery(of_app[:1])) if at is not None}
    if not begin:
        return part._replace(empty=True)
    # Where the apps' rows begin, too: other apps' rows may fill all the time before.
    part = part._replace(first=max(begin.values()) if part.descending else min(begin.values()))
    if len(begin) == 1:
        return _of_one(part, values.filter(app_id__in=list(begin)), examined)
    share = max(LEAST, examined // len(begin))
    ends = of_apps.filter(pk__in=list(begin)).values_list(Subquery(of_app[share : share + 1]), flat=True)
    # Each app is read for its share: the one whose share is used up first ends the stretch.
    used_up = [at for at in ends if at is not None]
    return part._replace(last=(max if part.descending else min)(used_up, default=None))


def _of_one(part: Stretch, values: QuerySet[Any, dict[str, int]], examined: int) -> Stretch:
    last = values[examined : examined + 1].first()
    return part._replace(last=last[part.column] if last else None)


class StretchedChangeList(UncountedChangeList):
    """Of an admin whose `part(request, changes, ordering)` says which stretch is shown; None: all rows."""

    begins: int | None = None
    further: int | None = None

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        # The first that reads the parameters: another filter, order or search begins at the list's top.
        for known in (self.params, self.filter_params):
            known.pop(FROM_VAR, None)
        own: dict[str, Any] = super().get_filters_params(params)
        return own

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any | None = None) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        self.begins = _moment(request.GET.get(FROM_VAR))
        self.kept = {FROM_VAR: self.begins}
        part: Stretch | None = self.model_admin.part(request, self, str(rows.query.order_by[0]))  # type: ignore[attr-defined]
        if part is None:
            return rows
        self.further = part.next()
        return rows.filter(part.condition())

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        # What is shown is not all there is.
        self.multi_page |= self.begins is not None or self.further is not None

    @property
    def next_stretch(self) -> str:
        return self.get_query_string({FROM_VAR: self.further})


def _moment(text: str | None) -> int | None:
    """A time in ms that PostgreSQL's bigint holds; None for anything else."""
    found = re.fullmatch(r"-?[0-9]{1,18}", text or "", re.ASCII)
    return int(found[0]) if found else None
