from django.urls import URLPattern, path

from analytics.api.broadcast_views import (
    SessionConcurrencyView,
    SessionRetentionView,
    SessionsView,
    SessionView,
)
from analytics.api.views import (
    ConcurrencyView,
    DaysView,
    LivestreamsView,
    LiveView,
    OverviewView,
    TopView,
    ViewingsView,
)
from analytics.replay.views import ReplayRangeView, ReplayView

SESSION = "sessions/<str:session>"

NAME = "analytics-api"

urlpatterns: list[URLPattern] = [
    path("live", LiveView.as_view(), name=f"{NAME}-live"),
    path("overview", OverviewView.as_view(), name=f"{NAME}-overview"),
    path("concurrency", ConcurrencyView.as_view(), name=f"{NAME}-concurrency"),
    path("days", DaysView.as_view(), name=f"{NAME}-days"),
    path("livestreams", LivestreamsView.as_view(), name=f"{NAME}-livestreams"),
    path("livestreams/<str:livestream>/sessions", SessionsView.as_view(), name=f"{NAME}-sessions"),
    path(SESSION, SessionView.as_view(), name=f"{NAME}-session"),
    path(f"{SESSION}/concurrency", SessionConcurrencyView.as_view(), name=f"{NAME}-session-concurrency"),
    path(f"{SESSION}/retention", SessionRetentionView.as_view(), name=f"{NAME}-session-retention"),
    path("viewings", ViewingsView.as_view(), name=f"{NAME}-viewings"),
    path("replay", ReplayView.as_view(), name=f"{NAME}-replay"),
    path("replay/range", ReplayRangeView.as_view(), name=f"{NAME}-replay-range"),
    path("top", TopView.as_view(), name=f"{NAME}-top"),
]
