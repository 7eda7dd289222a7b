from django.urls import URLPattern, path

from viewers import pages

urlpatterns: list[URLPattern] = [
    path("", pages.map_page, name="map"),
    path("map/token", pages.token, name="map-token"),
    path("map/streams", pages.streams, name="map-streams"),
]
