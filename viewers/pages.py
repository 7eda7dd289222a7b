"""The live map page, and the little it asks for beyond the cluster API."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts import senders
from accounts.access import app_or_404, apps_for
from accounts.clock import now_ms
from accounts.models import App, Source
from viewers.geolocation import geoip

# Seconds of the past that go by in one.
REPLAY_SPEEDS = [1, 10, 60, 600]
CONFLICT = 409


@never_cache
@login_required
@require_GET
def map_page(request: HttpRequest) -> HttpResponse:
    return shown(request)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def token(request: HttpRequest) -> HttpResponse:
    """Makes tokens for senders and shows them in this one answer; no cache, session or log has them."""
    if request.method == "GET":
        # Who reloads the page, or had to log in first.
        return redirect("map")
    # PostgreSQL takes no NUL, and a form may hold one.
    account_id, _, app_id = request.POST.get("app", "").replace("\0", "?").partition("/")
    app = app_or_404(request.user, app_id, account_id)
    try:
        made = senders.issue_from_page(app)
    except senders.TooManyTokens as error:
        return shown(request, CONFLICT, connect_app=app, refusal=str(error))
    return shown(
        request,
        connect_app=app,
        ingest_token=made.rest,
        nginx_token=made.nginx,
        nginx_source=made.nginx_source,
    )


def shown(request: HttpRequest, status: int = 200, **connecting_with: Any) -> HttpResponse:
    """The map page, and in it how senders are connected."""
    apps = list(apps_for(request.user).select_related("account").order_by("name", "pk"))
    places = geoip.status(now_ms())
    context = {
        "apps": apps,
        "several_accounts": len({app.account_id for app in apps}) > 1,
        "geoip_problem": "" if places.ok else marked_code(places.message),
        "map_config": {
            "endpoints": endpoints(),
            "wall": request.GET.get("wall") == "1",
            # For whom it has a page; ID stands for a session's.
            "admin": reverse("admin:viewers_viewersession_change", args=["ID"])
            if is_staff(request)
            else None,
        },
        "replay_speeds": REPLAY_SPEEDS,
        **connecting(request, apps),
        **connecting_with,
    }
    return render(request, "map/map.html", context, status=status)


def is_staff(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_staff", False))


def marked_code(text: str) -> SafeString:
    """A text for a terminal, where backticks set code off, as HTML."""
    parts = enumerate(text.split("`"))
    marked = ((format_html("<code>{}</code>", part) if number % 2 else part,) for number, part in parts)
    return format_html_join("", "{}", marked)


def endpoints() -> dict[str, str]:
    """Paths that the page's scripts ask."""
    return {
        "geolocation": "/api/cluster/viewers/geolocation",
        "viewers": "/api/cluster/viewers",
        "summary": "/api/cluster/viewers/summary",
        "live": "/api/analytics/live",
        "concurrency": "/api/analytics/concurrency",
        "replay": "/api/analytics/replay",
        "replayRange": "/api/analytics/replay/range",
        "map": reverse("map"),
        "atlas": static("vendor/world-atlas/countries-50m.json"),
    }


def connecting(request: HttpRequest, apps: list[App]) -> dict[str, Any]:
    """What the snippets for connecting a sender need, but for tokens: those are stored hashed."""
    return {
        "ever_received": Source.objects.filter(app__in=apps, last_event_ms__isnull=False).exists(),
        "connect_app": apps[0] if apps else None,
        "base_url": request.build_absolute_uri("/").rstrip("/"),
        # nginx-rtmp calls plain HTTP only.
        "hooks_url": f"http://{request.get_host()}",
    }
