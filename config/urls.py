from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from config import admin as admin_modules
from config.docs import api_docs
from config.health import healthz

admin_modules.register()

# In an API's paths they answer in that API's shape.
handler400 = "accounts.errors.handler400"
handler403 = "accounts.errors.handler403"
handler404 = "accounts.errors.handler404"
handler500 = "accounts.errors.handler500"

urlpatterns: list[URLPattern | URLResolver] = [
    # Typed without its slash; elsewhere none is appended, see APPEND_SLASH.
    path("admin", RedirectView.as_view(pattern_name="admin:index", query_string=True)),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", api_docs, name="api-docs"),
    path("", include("ingest.urls")),
    path("", include("analytics.urls")),
    path("", include("viewers.urls")),
    path("", include("accounts.urls")),
]
