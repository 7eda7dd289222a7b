"""Answers as tables: their columns, and the rows that an answer's data hold."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

_FIGURES = ("count", "ingestSeconds", "viewerSeconds", "peakViewers")

COLUMNS: dict[str, Sequence[str]] = {
    "live": ("livestreams", "sources", "reportingSources", "lastReport"),
    "overview": ("window", "start", "end", *_FIGURES, "peakAt"),
    "concurrency": ("at", "viewers"),
    "days": ("date", "start", "end", *_FIGURES),
    "livestreams": (
        "id",
        "streamKey",
        "name",
        "sessions",
        "ingestSeconds",
        "viewerSeconds",
        "viewings",
        "peakViewers",
        "meanWatchSeconds",
        "lastStarted",
        "live",
    ),
    "sessions": (
        "id",
        "start",
        "end",
        "ingestSeconds",
        "viewerSeconds",
        "viewings",
        "peakViewers",
        "peakAt",
        "meanWatchSeconds",
        "inferred",
    ),
    "retention": ("minutes", "share"),
    "top": ("value", "viewings", "viewerSeconds"),
    "viewings": (
        "id",
        "connectionId",
        "streamKey",
        "start",
        "end",
        "durationMs",
        "watchedMs",
        "protocol",
        "player",
        "countryCode",
        "region",
        "city",
        "bytesOut",
        "worstHealthScore",
        "reason",
    ),
}


def rows(table: str, data: Mapping[str, Any]) -> Sequence[Row]:
    match table:
        case "live":
            sources = data["sources"]
            about = {"sources": sources["total"], "reportingSources": sources["reporting"]}
            return [{"livestreams": data["livestreams"], **about, "lastReport": sources["lastReport"]}]
        case "overview":
            asked = {"window": "asked", "start": data["start"], "end": data["end"], **data["totals"]}
            return [asked, *([{"window": "previous", **data["previous"]}] if data["previous"] else [])]
        case "concurrency" | "retention":
            return [dict(zip(COLUMNS[table], point, strict=True)) for point in data["points"]]
        case "sessions":
            return [data]
    found: Sequence[Row] = data[{"days": "days", "top": "rows"}.get(table, "list")]
    return found
