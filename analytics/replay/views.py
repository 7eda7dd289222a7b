"""The map's past: what can be replayed, and a frame of it in the shape of the live map's answer."""

from hashlib import blake2b

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import app_or_404, apps_for
from accounts.authentication import principal
from accounts.clock import now_ms
from analytics.replay import parameters, replaying, schemas
from analytics.replay.recount import STEP_MS
from viewers.api.markers import clusters
from viewers.api.parameters import text
from viewers.api.views import ClusterView

# Only a late sign changes the past, and then by a viewer or two.
CACHING = {"Cache-Control": "private, max-age=60"}


class ReplayView(ClusterView):
    @extend_schema(**schemas.REPLAY)
    def get(self, request: Request) -> HttpResponseBase:
        query = parameters.replay_query(request.query_params)
        app_ids = self.app_ids(request, query.app)
        parameters.within(replaying.known(app_ids), query.at_ms)
        frame = replaying.frames.at(app_ids, query.at_ms)
        data = clusters(frame.places, frame.unlocated, query.box, query.zoom, frame.at_ms)
        tag = f'W/"{frame.at_ms}-{blake2b(data, digest_size=8).hexdigest()}"'
        if request.headers.get("If-None-Match") == tag:
            return Response(status=304, headers={**CACHING, "ETag": tag})
        return self.rendered(data, **CACHING, ETag=tag)


class ReplayRangeView(ClusterView):
    @extend_schema(**schemas.RANGE)
    def get(self, request: Request) -> Response:
        who, name = principal(request), text(request.query_params, "app")
        apps = [app_or_404(who, name)] if name else list(apps_for(who).order_by("pk"))
        known = replaying.known([app.pk for app in apps])
        if known is None:
            return self.envelope({"start": None, "end": None, "stepMs": STEP_MS, "curve": []})
        asked = parameters.part(request.query_params, known)
        points = replaying.curve(apps, asked, now_ms())
        return self.envelope(
            {
                "start": known.start_ms,
                "end": known.end_ms,
                "stepMs": STEP_MS,
                "curve": [[point.at_ms, point.viewers] for point in points],
            }
        )
