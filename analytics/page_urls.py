from django.urls import URLPattern, path

from analytics import pages

urlpatterns: list[URLPattern] = [
    path("analytics", pages.overview, name="analytics"),
    path("analytics/livestreams/<str:livestream_id>", pages.livestream, name="analytics-livestream"),
    path("analytics/sessions/<str:session_id>", pages.session, name="analytics-session"),
]
