from typing import Any

from django.urls import URLPattern, URLResolver, include, path

from analytics.views import DaywiseView, OverallView

APP = "accounts/<str:account_id>/realtime/kit/<str:app_id>/"


def realtimekit(prefix: str = "", **options: Any) -> list[URLPattern]:
    """No trailing slashes: the SDKs send none. ``options`` are for each view."""
    livestreams = f"{prefix}{APP}analytics/livestreams/"
    return [
        path(livestreams + "overall", OverallView.as_view(**options)),
        path(livestreams + "daywise", DaywiseView.as_view(**options)),
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    *realtimekit(),
    # Where the vendor's own clients look for it; described once.
    *realtimekit("client/v4/", schema=None),
    path("api/analytics/", include("analytics.api.urls")),
]
