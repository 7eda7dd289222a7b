"""The analytics API's own query parameters; windows are read by ``analytics.parameters``."""

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from analytics.concurrency import MOST_POINTS
from analytics.parameters import one

# What a window's start and end are called here.
NAMES = ("start", "end")
MAX_TEXT = 128
LEAST_POINTS = 4


def text(given: QueryDict, name: str) -> str | None:
    """At most 128 characters; an empty one is as good as none. Raises ValidationError."""
    value = one(given, name)
    if value is not None and len(value) > MAX_TEXT:
        raise ValidationError(f"{name} may have at most {MAX_TEXT} characters.")
    return value or None


def whole(given: QueryDict, name: str, least: int, most: int, default: int) -> int:
    """Raises ValidationError for what is no whole number of the range."""
    value = one(given, name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
        raise ValidationError(f"{name} must be a whole number from {least} to {most}.")
    return int(value)


def points(given: QueryDict) -> int:
    """The most points of a curve."""
    return whole(given, "points", LEAST_POINTS, MOST_POINTS, MOST_POINTS)
