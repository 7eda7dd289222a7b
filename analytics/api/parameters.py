"""The analytics API's own query parameters; windows are read by ``analytics.parameters``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, get_args

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from analytics.api.exports import FORMS, Form
from analytics.concurrency import MOST_POINTS
from analytics.parameters import one, whole
from analytics.top import By

Name = TypeVar("Name", bound=str)

# What a window's start and end are called here.
NAMES = ("start", "end")
MAX_TEXT = 128
LEAST_POINTS = 4
MOST_PAGE_ROWS = 100
MOST_PAGES = 100_000

ORDERS = ("asc", "desc")
TOPS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    """From 1."""
    rows: int

    @property
    def first(self) -> int:
        """How many rows come before it."""
        return (self.number - 1) * self.rows


def text(given: QueryDict, name: str) -> str | None:
    """At most 128 characters; an empty one is as good as none. Raises ValidationError."""
    value = one(given, name)
    if value is not None and len(value) > MAX_TEXT:
        raise ValidationError(f"{name} may have at most {MAX_TEXT} characters.")
    return value or None


def points(given: QueryDict) -> int:
    """The most points of a curve."""
    return whole(given, "points", LEAST_POINTS, MOST_POINTS, MOST_POINTS)


def page(given: QueryDict) -> Page:
    return Page(whole(given, "page", 1, MOST_PAGES, 1), whole(given, "rowsPerPage", 1, MOST_PAGE_ROWS, 10))


def choice(given: QueryDict, name: str, among: Sequence[Name], default: Name | None = None) -> Name:
    """Raises ValidationError for what is none of them, and for nothing where there is no default."""
    value = one(given, name) or default
    for each in among:
        if each == value:
            return each
    raise ValidationError(f"{name} must be {', '.join(among[:-1])} or {among[-1]}.")


def form(given: QueryDict) -> Form | None:
    """Of the file that ``format`` asks for; None: an answer as usual."""
    return choice(given, "format", FORMS) if one(given, "format") is not None else None
