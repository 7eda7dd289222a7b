from django.urls import URLPattern, path

from viewers import embed, pages, share

urlpatterns: list[URLPattern] = [
    path("", pages.map_page, name="map"),
    path("map/token", pages.token, name="map-token"),
    path("map/embed", share.links, name="map-embed"),
    path("embed/<str:signed>", embed.page, name="embed"),
    path("embed/<str:signed>/markers", embed.EmbedMarkersView.as_view(), name="embed-markers"),
]
