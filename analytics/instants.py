"""Instants as people and programs read them."""

from datetime import UTC, datetime


def iso(at: int) -> str:
    """ISO 8601 in UTC, in milliseconds, of ms since the epoch."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
