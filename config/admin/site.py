"""The admin's front door: a start page of figures, and one search over living and past.

Imports what it shows only when a page is asked for: whatever registers itself with the admin asks for this
very site first.
"""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path

# What belongs together, in the order in which it is asked for. Whatever is not named stands last, by its app.
GROUPS: dict[str, tuple[str, ...]] = {
    "Watching": ("ViewerSession", "ViewInterval"),
    "Broadcasting": ("Livestream", "LivestreamSession", "IngestInterval"),
    "Set-up": ("Account", "App", "Source", "ApiToken", "EmbedLink"),
    "People": ("User", "Group", "Membership"),
    "Server": ("WorkerState",),
}


class TurnoutAdminSite(AdminSite):
    site_header = site_title = "Turnout"
    index_title = "Overview"
    index_template = "admin/turnout/index.html"
    # The head of every page leads to map and analytics.
    site_url = None
    # Wide lists need the room more; every page has its way back in the breadcrumbs.
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from config.admin.find import find

        return [path("find", self.admin_view(find), name="find"), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from config.admin.dashboard import dashboard

        groups = grouped(self.get_app_list(request))
        return super().index(request, {"groups": groups, **dashboard(request), **(extra_context or {})})


def grouped(app_list: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The site's lists under `GROUPS`, without groups of which the user may see nothing."""
    known = {model["object_name"]: model for app in app_list for model in app["models"]}
    found = [
        {"name": group, "models": [known.pop(name) for name in names if name in known]}
        for group, names in GROUPS.items()
    ]
    rest = [
        {"name": app["name"], "models": [each for each in app["models"] if each["object_name"] in known]}
        for app in app_list
    ]
    return [group for group in [*found, *rest] if group["models"]]
