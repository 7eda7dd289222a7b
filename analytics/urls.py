from django.urls import URLPattern, URLResolver, include, path

from analytics.realtimekit.urls import realtimekit

urlpatterns: list[URLPattern | URLResolver] = [
    *realtimekit(),
    # Where the vendor's own clients look for it; described once.
    *realtimekit("client/v4/", schema=None),
    path("api/analytics/", include("analytics.api.urls")),
    path("", include("analytics.page_urls")),
]
