from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Turnout"

    def ready(self) -> None:
        from config import checks, openapi  # noqa: F401 - they register themselves
