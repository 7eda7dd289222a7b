"""The columns and fields of viewings, living or past."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Source
from viewers.admin import wording
from viewers.admin.listing import SystemRowsAdmin
from viewers.models import Sighting


class SightingColumns(SystemRowsAdmin):
    def connection_of(self, row: Any) -> UUID:
        raise NotImplementedError

    def end_of(self, row: Any) -> int:
        """Until when the run has lasted, in ms."""
        raise NotImplementedError

    @admin.display(description="Connection")
    def connection_name(self, row: Sighting) -> str | SafeString:
        return format_html('<span class="id">{}</span>', row.connection_id or wording.NOTHING)

    @admin.display(description="Stream")
    def stream(self, row: Sighting) -> SafeString:
        return format_html('<span class="id">{}</span>', row.stream_key)

    @admin.display(description="App")
    def app_name(self, row: Sighting) -> str:
        return str(getattr(row, "app", None) or f"app {row.app_id}, which is gone")

    @admin.display(description="Source")
    def source_name(self, row: Sighting) -> str:
        source = source_of(row)
        return (
            f"{source.name} ({source.get_kind_display()})"
            if source
            else f"source {row.source_id}, which is gone"
        )

    @admin.display(description="Started", ordering="started_ms")
    def started(self, row: Sighting) -> str:
        return wording.moment(row.started_ms)

    @admin.display(description="How long")
    def how_long(self, row: Any) -> str:
        return wording.duration(self.end_of(row) - row.started_ms)

    @admin.display(description="Last sign of life")
    def last_sign(self, row: Sighting) -> str:
        return wording.moment(row.last_ms)

    @admin.display(description="Bandwidth")
    def rate(self, row: Sighting) -> str:
        return wording.megabits(row.bandwidth)

    @admin.display(description="Sent so far")
    def sent(self, row: Sighting) -> str:
        return wording.size(row.bytes_out)

    @admin.display(description="Health")
    def health_badge(self, row: Sighting) -> SafeString:
        return wording.health(row.health)

    @admin.display(description="Worst health")
    def worst_health_badge(self, row: Sighting) -> SafeString:
        return wording.health(row.worst_health)

    @admin.display(description="Client")
    def client(self, row: Sighting) -> str:
        return " · ".join(filter(None, (row.player, row.protocol.upper()))) or wording.NOTHING

    @admin.display(description="Protocol")
    def protocol_name(self, row: Sighting) -> str:
        return row.protocol or wording.NOTHING

    @admin.display(description="Player")
    def player_name(self, row: Sighting) -> str:
        return row.player or wording.NOTHING

    @admin.display(description="Place")
    def place(self, row: Sighting) -> str | SafeString:
        if not row.country:
            return "unlocated" if row.latitude is None else "no country"
        return format_html("{}{}", f"{row.city}, " if row.city else "", wording.country(row.country))

    @admin.display(description="Whereabouts")
    def whereabouts(self, row: Sighting) -> str | SafeString:
        if row.latitude is None or row.longitude is None:
            return f"Unlocated: {self.why_unlocated(row)}"
        near = f", give or take {row.accuracy_km} km" if row.accuracy_km else ""
        names = ", ".join(filter(None, (row.city, row.region)))
        return format_html(
            "{}{} ({}°, {}°{})",
            f"{names}, " if names else "",
            wording.country(row.country) if row.country else "no country",
            f"{row.latitude:.4f}",
            f"{row.longitude:.4f}",
            near,
        )

    def why_unlocated(self, row: Any) -> str:
        return "the address was private, missing, or not known to the geolocation data."

    @admin.display(description="On the map")
    def map(self, row: Sighting) -> str | SafeString:
        if row.latitude is None or row.longitude is None:
            return "Nothing to show."
        return format_html(
            '<div class="place-map" role="group" aria-label="Map of the viewer\'s place" data-latitude="{}"'
            ' data-longitude="{}" data-accuracy-km="{}" data-health="{}"></div>'
            '<p class="map-credit">Natural Earth · <a href="https://db-ip.com" rel="noopener">IP Geolocation'
            ' by DB-IP</a> · <a href="https://leafletjs.com" rel="noopener">Leaflet</a></p>',
            row.latitude,
            row.longitude,
            row.accuracy_km or 0,
            wording.health_class(row.health),
        )

    @admin.display(description="Counted", boolean=True)
    def is_counted(self, row: Sighting) -> bool:
        return row.counted

    @admin.display(description="Clock")
    def clock(self, row: Sighting) -> str:
        return "off: the time of receipt was used" if row.skewed else "plausible"

    @admin.display(description="Internal id")
    def internal_id(self, row: Any) -> SafeString:
        return format_html('<span class="id">{}</span>', self.connection_of(row).hex)


def source_of(row: Any) -> Source | None:
    return getattr(row, "source", None)
