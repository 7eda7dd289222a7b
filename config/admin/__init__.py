"""Imports each app's admin module. Autodiscovery never runs: leaflet.admin needs GDAL."""

from importlib import import_module
from importlib.util import find_spec

APPS = ("accounts", "viewers", "analytics", "ingest")


def register() -> None:
    for app in APPS:
        if find_spec(f"{app}.admin"):
            import_module(f"{app}.admin")
