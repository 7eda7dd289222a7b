from django.urls import URLPattern, path

from ingest import views

urlpatterns: list[URLPattern] = [
    path("api/ingest/events", views.EventsView.as_view(), name="ingest-events"),
    path("api/ingest/whoami", views.WhoamiView.as_view(), name="ingest-whoami"),
    path("in/<str:secret>/nginx-rtmp", views.nginx_rtmp, name="nginx-rtmp"),
]
