from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class AdminConfig(SimpleAdminConfig):
    """Not the usual one: autodiscovery imports leaflet.admin, which needs GDAL. See config/admin."""

    default_site = "config.admin.site.TurnoutAdminSite"


class ConfigConfig(AppConfig):
    name = "config"
    default = True
    verbose_name = "Turnout"

    def ready(self) -> None:
        from config import checks, openapi  # noqa: F401 - they register themselves
