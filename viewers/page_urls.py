from django.urls import URLPattern, path

from viewers import pages

urlpatterns: list[URLPattern] = [
    path("", pages.map_page, name="map"),
    path("map/streams", pages.streams, name="map-streams"),
]
