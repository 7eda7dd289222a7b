"""The query parameters of the RealtimeKit API's lists. Raises ValidationError for what cannot be meant."""

from dataclasses import dataclass
from enum import StrEnum

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from analytics.parameters import Window, one, whole, window

DEFAULT_PER_PAGE = 20
MAX_PER_PAGE = 100
MAX_PAGE = 999_999_999

NEWEST_FIRST, OLDEST_FIRST = "DSC", "ASC"
ORDERS = (OLDEST_FIRST, NEWEST_FIRST)


class Status(StrEnum):
    LIVE = "LIVE"
    IDLE = "IDLE"
    INVOKED = "INVOKED"
    # The contract knows it. Nobody reports errors of livestreams, so none has it.
    ERRORED = "ERRORED"


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    """From 1 on."""
    size: int

    @property
    def rows(self) -> slice:
        return slice((self.number - 1) * self.size, self.number * self.size)


@dataclass(frozen=True, slots=True)
class Listing:
    window: Window
    status: Status | None
    newest_first: bool
    page: Page


def page(given: QueryDict) -> Page:
    return Page(
        whole(given, "page_no", 1, MAX_PAGE, 1),
        whole(given, "per_page", 1, MAX_PER_PAGE, DEFAULT_PER_PAGE),
    )


def listing(given: QueryDict) -> Listing:
    # Nothing here is a meeting: either value asks for the same.
    _choice(given, "exclude_meetings", ("true", "false"))
    status = _choice(given, "status", tuple(Status))
    return Listing(
        window(given),
        Status(status) if status else None,
        _choice(given, "sort_order", ORDERS) != OLDEST_FIRST,
        page(given),
    )


def _choice(given: QueryDict, name: str, choices: tuple[str, ...]) -> str | None:
    value = one(given, name)
    if value is not None and value not in choices:
        raise ValidationError(f"{name} must be one of: {', '.join(choices)}.")
    return value
