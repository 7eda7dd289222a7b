from django.urls import URLPattern, URLResolver, include, path, register_converter

from viewers.api.path_converters import StreamKeyConverter
from viewers.api.stream_views import StreamGeolocationView, StreamsView, StreamView
from viewers.api.views import GeolocationView, SummaryView, ViewersView, ViewerView

register_converter(StreamKeyConverter, "key")

STREAM = "api/streams/<str:app_name>/<key:stream_key>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/cluster/viewers/geolocation", GeolocationView.as_view(), name="geolocation"),
    path("api/cluster/viewers/summary", SummaryView.as_view(), name="summary"),
    path("api/cluster/viewers", ViewersView.as_view(), name="viewers"),
    path("api/cluster/viewers/<str:viewer>", ViewerView.as_view(), name="viewer"),
    path("api/cluster/streams", StreamsView.as_view(), name="streams"),
    path("api/cluster/streams/<key:stream_key>", StreamView.as_view(), name="stream"),
    path(f"{STREAM}viewers/geolocation", StreamGeolocationView.as_view(), name="stream-geolocation"),
    path("", include("viewers.page_urls")),
]
