"""The replay's own query parameters. Unknown ones are ignored; a value that says nothing is a 400."""

from dataclasses import dataclass

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from analytics.arithmetic import DAY_MS
from analytics.parameters import one, window
from analytics.replay.replaying import Range
from viewers.api.parameters import area, text
from viewers.clustering.clusters import Box

SAY = "Send Unix time in ms, or ISO 8601 such as 2026-01-31T18:00:00Z."


@dataclass(frozen=True, slots=True)
class ReplayQuery:
    at_ms: int
    box: Box
    zoom: int
    app: str | None


def replay_query(given: QueryDict) -> ReplayQuery:
    at = moment(given, "at")
    if at is None:
        raise ValidationError(f"at is missing. {SAY}")
    box, zoom = area(given)
    return ReplayQuery(at, box, zoom, text(given, "app"))


def moment(given: QueryDict, name: str) -> int | None:
    """In ms since the epoch. Raises ValidationError."""
    value = one(given, name)
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        # What is no time at all lies outside of what can be replayed: that answer says more.
        return int(value[:18])
    try:
        return window(given, (name, "")).start_ms
    except ValidationError:
        raise ValidationError(f"{name} cannot be read. {SAY}") from None


def within(known: Range | None, at_ms: int) -> None:
    """Raises ValidationError for a moment that cannot be replayed."""
    if known is None:
        raise ValidationError("Nothing can be replayed yet: some minutes after the first viewers it can.")
    if not known.start_ms <= at_ms <= known.end_ms:
        raise ValidationError(
            f"at must lie from {known.start_ms} to {known.end_ms} (Unix time in ms): what can be replayed."
        )


def part(given: QueryDict, known: Range) -> Range:
    """What ``start`` and ``end`` ask for of what is known, or its last day. Raises ValidationError."""
    start, end = moment(given, "start"), moment(given, "end")
    if start is not None and end is not None and end < start:
        raise ValidationError("end must not be before start.")
    last = max(known.start_ms, known.end_ms if end is None else min(end, known.end_ms))
    first = last - DAY_MS if start is None else min(start, last)
    return Range(max(first, known.start_ms), last)
