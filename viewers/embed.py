"""One stream's map for public pages: opened by a signed link, by anybody, in a frame of any site.

It knows neither sessions nor cookies, and tells neither the stream's key, which may be what publishers
authenticate with, nor more of its audience than `clustering/coarse.py` lets pass.
"""

import time
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts import embeds
from accounts.addresses import client_address
from accounts.authentication import note_use
from accounts.throttles import ApiQuota, quota
from viewers import snapshot
from viewers.api.parameters import MapQuery, map_query
from viewers.api.views import ClusterView
from viewers.clustering.coarse import FEWEST, MAX_ZOOM
from viewers.embed_markers import markers

THEMES = ("dark", "light")
GONE = "This map is no longer shown."
# Everybody with the link gets the same answer, so any cache on the way may keep it.
SHARED = {"Cache-Control": "public, max-age=3", "Access-Control-Allow-Origin": "*"}


@never_cache
@xframe_options_exempt
@require_safe
def page(request: HttpRequest, signed: str) -> HttpResponse:
    theme = request.GET.get("theme", "")
    looks = {"theme": theme if theme in THEMES else ""}
    if wait_s := wait_for(request):
        answer = render(request, "embed/busy.html", looks, status=429)
        answer["Retry-After"] = str(int(wait_s) + 1)
        return answer
    link = embeds.find(signed)
    if link is None:
        return render(request, "embed/gone.html", looks, status=404)
    note_use(link, timezone.now())
    config = {
        "markers": reverse("embed-markers", args=[signed]),
        "atlas": static("vendor/world-atlas/countries-50m.json"),
        "maxZoom": MAX_ZOOM,
        "fewest": FEWEST,
        "gone": GONE,
    }
    return render(request, "embed/embed.html", {**looks, "link": link, "map_config": config})


class EmbedQuota(ApiQuota):
    """Requests for embedded maps, by address; the setting EMBED_RATE."""

    setting = "EMBED_RATE"

    def allow_request(self, request: Request, view: APIView) -> bool:
        self._wait_s = wait_for(request)
        return not self._wait_s


def wait_for(request: HttpRequest | Request) -> float:
    """Seconds until this address may ask again."""
    kept = quota("EMBED_RATE", settings.EMBED_RATE)
    return kept.take(f"address {client_address(request)}", time.monotonic()) if kept else 0.0


class EmbedMarkersView(ClusterView):
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [EmbedQuota]

    @extend_schema(exclude=True)
    def get(self, request: Request, signed: str) -> HttpResponseBase:
        query = coarse_query(request)
        link = embeds.find(signed)
        if link is None:
            raise Http404(GONE)
        note_use(link, timezone.now())
        live = snapshot.current(settings.SNAPSHOT_DIR)
        make = partial(markers, live, link, query)
        # The tag is made of the link and not of the stream's key, which could be guessed from it.
        return self.of_snapshot(request, live, (link.app_id,), (link.pk, query), make, **SHARED)


def coarse_query(request: Request) -> MapQuery:
    """Only a box and a zoom, which ends where the grid does."""
    given = {name: request.query_params[name] for name in ("bbox", "zoom") if name in request.query_params}
    query = map_query({**given, "aggregation": "cluster"})
    return replace(query, zoom=min(query.zoom, MAX_ZOOM))
