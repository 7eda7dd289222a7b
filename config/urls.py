from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from config import admin as admin_modules

admin_modules.register()
admin.site.site_header = admin.site.site_title = "Turnout"

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("", include("ingest.urls")),
    path("", include("analytics.urls")),
    path("", include("viewers.urls")),
    path("", include("accounts.urls")),
]
