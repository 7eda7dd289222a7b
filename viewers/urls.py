from django.urls import URLPattern, URLResolver, include, path

from viewers.api.views import GeolocationView, ViewersView, ViewerView

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/cluster/viewers/geolocation", GeolocationView.as_view(), name="geolocation"),
    path("api/cluster/viewers", ViewersView.as_view(), name="viewers"),
    path("api/cluster/viewers/<str:viewer>", ViewerView.as_view(), name="viewer"),
    path("", include("viewers.page_urls")),
]
