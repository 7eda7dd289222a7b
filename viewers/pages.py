"""The live map page, and the little it asks for beyond the cluster API."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import app_or_404, apps_for
from accounts.clock import now_ms
from accounts.models import App, Source
from viewers import snapshot
from viewers.geolocation import geoip

# Of nginx-rtmp: each is answered with 200 before any database work, see the adapter.
NGINX_HOOKS = ("on_publish", "on_publish_done", "on_play", "on_play_done", "on_update")
MOST_STREAMS = 500


@never_cache
@login_required
@require_GET
def map_page(request: HttpRequest) -> HttpResponse:
    apps = list(apps_for(request.user).select_related("account").order_by("name", "pk"))
    return render(
        request,
        "map/map.html",
        {
            "apps": apps,
            "several_accounts": len({app.account_id for app in apps}) > 1,
            "geoip": geoip.status(now_ms()),
            "map_config": {"endpoints": endpoints()},
            **connecting(request, apps),
        },
    )


def endpoints() -> dict[str, str]:
    """Paths that the page's scripts ask."""
    return {
        "geolocation": "/api/cluster/viewers/geolocation",
        "viewers": "/api/cluster/viewers",
        "streams": reverse("map-streams"),
        "atlas": static("vendor/world-atlas/countries-50m.json"),
    }


def connecting(request: HttpRequest, apps: list[App]) -> dict[str, Any]:
    """What the snippets for connecting a sender need. Tokens are stored hashed, so none can be shown here."""
    return {
        "ever_received": Source.objects.filter(app__in=apps, last_event_ms__isnull=False).exists(),
        "connect_app": apps[0] if apps else None,
        "base_url": request.build_absolute_uri("/").rstrip("/"),
        # nginx-rtmp calls plain HTTP only.
        "hooks_url": f"http://{request.get_host()}",
        "nginx_hooks": NGINX_HOOKS,
    }


@never_cache
@require_GET
def streams(request: HttpRequest) -> JsonResponse:
    """The streams watched now and what they take together; of one app with ``app=``."""
    if not request.user.is_authenticated:
        return JsonResponse({"message": "Log in first."}, status=401)
    named = request.GET.get("app")
    try:
        apps = [app_or_404(request.user, named)] if named else list(apps_for(request.user))
    except Http404 as error:
        return JsonResponse({"message": str(error)}, status=404)
    live = snapshot.current(settings.SNAPSHOT_DIR)
    return JsonResponse({"data": watched(live.view([app.pk for app in apps]) if live else None)})


def watched(view: snapshot.View | None) -> dict[str, Any]:
    """The most watched first. Bandwidths in bytes/s, health 1 to 100 or 0 without data."""
    if view is None:
        return {"streams": [], "totalStreams": 0, "outBandwidth": 0}
    rows = view.streams()
    return {
        "streams": [
            {
                "streamKey": key,
                "viewers": totals.viewers,
                "outBandwidth": totals.bandwidth,
                "healthScore": totals.mean_health or 0,
            }
            for key, totals in rows[:MOST_STREAMS]
        ],
        "totalStreams": len(rows),
        "outBandwidth": view.totals.bandwidth,
    }
