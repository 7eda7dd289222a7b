from django.apps import AppConfig


class ViewersConfig(AppConfig):
    name = "viewers"

    def ready(self) -> None:
        from viewers import checks  # noqa: F401  (registers the system checks)
