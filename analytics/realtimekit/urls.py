from typing import Any

from django.urls import URLPattern, path

from analytics.realtimekit.livestream_views import (
    ActiveSessionView,
    LivestreamsView,
    LivestreamView,
    SessionView,
)
from analytics.realtimekit.views import DaywiseView, OverallView

APP = "accounts/<str:account_id>/realtime/kit/<str:app_id>/"


def realtimekit(prefix: str = "", **options: Any) -> list[URLPattern]:
    """No trailing slashes: the SDKs send none. ``options`` are for each view."""
    views = {
        "analytics/livestreams/overall": OverallView,
        "analytics/livestreams/daywise": DaywiseView,
        "livestreams": LivestreamsView,
        "livestreams/<str:livestream_id>": LivestreamView,
        "livestreams/<str:livestream_id>/active-livestream-session": ActiveSessionView,
        "livestreams/sessions/<str:session_id>": SessionView,
    }
    return [path(prefix + APP + route, view.as_view(**options)) for route, view in views.items()]
