"""Says at every start that the map will be empty, or out of date, and what to do."""

import time
from typing import Any

from django.core.checks import CheckMessage, Warning, register

from viewers.geolocation import geoip


@register()
def geolocation_data(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """viewers.W001: no geolocation data; viewers.W002: it is old, or not the one that was set up."""
    status = geoip.status(time.time_ns() // 1_000_000)
    if status.ok:
        return []
    return [Warning(status.message, id="viewers.W002" if status.paths else "viewers.W001")]
