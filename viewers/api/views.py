"""The cluster API: who is here now. Contract: Storm Streaming Server's ``/api/cluster/viewers``."""

import time
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import app_or_404, apps_for, may_see_addresses
from accounts.api import ApiView
from accounts.authentication import principal
from accounts.clock import now_ms
from accounts.models import App
from viewers import snapshot
from viewers.api import answers, readers, schemas
from viewers.api.markers import markers
from viewers.api.parameters import list_query, map_query
from viewers.clustering.clusters import places_in


class ClusterView(ApiView):
    """Answers in the envelope ``{"data", "meta"}``, which says how long it took and when it was made (ms)."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.began = time.monotonic()
        super().initial(request, *args, **kwargs)

    def envelope(self, data: object, **headers: str) -> Response:
        # Figures of one caller, and only of now; with an ETag they may be kept and asked about again.
        headers = {"Cache-Control": "private, no-cache", **headers}
        took = round((time.monotonic() - self.began) * 1000)
        return Response(
            {"data": data, "meta": {"executionTime": took, "generatedAt": now_ms()}}, headers=headers
        )

    def apps(self, request: Request, narrowed: str | None) -> list[App]:
        """The visible apps, or the one of them that ``app=`` names."""
        who = principal(request)
        return [app_or_404(who, narrowed)] if narrowed else list(apps_for(who))


class GeolocationView(ClusterView):
    @extend_schema(**schemas.GEOLOCATION)
    def get(self, request: Request) -> Response:
        query = map_query(request.query_params)
        app_ids = [app.pk for app in self.apps(request, query.app)]
        live = snapshot.current(settings.SNAPSHOT_DIR)
        tag = _tag(live.taken_ms if live else 0, app_ids, query)
        if request.headers.get("If-None-Match") == tag:
            return Response(status=304, headers={"ETag": tag})
        return self.envelope(markers(live, app_ids, query), ETag=tag)


class ViewersView(ClusterView):
    @extend_schema(**schemas.VIEWERS)
    def get(self, request: Request) -> Response:
        query = list_query(request.query_params)
        app_ids = [app.pk for app in self.apps(request, query.app)]
        codes = None
        if query.box is not None:
            live = snapshot.current(settings.SNAPSHOT_DIR)
            places = live.view(app_ids).places if live else None
            codes = [] if places is None else places.codes[places_in(places, query.box)].tolist()
        addresses = may_see_addresses(principal(request))
        found = readers.matching(
            app_ids,
            search=query.search,
            stream_key=query.stream_key,
            country=query.country,
            codes=codes,
            addresses=addresses,
        )
        first = (query.page - 1) * query.rows
        rows = list(found[first : first + query.rows])
        total = found.order_by().count()
        return self.envelope(answers.page(rows, total, query.page, query.rows, now_ms(), addresses))


class ViewerView(ClusterView):
    @extend_schema(**schemas.VIEWER)
    def get(self, request: Request, viewer: str) -> Response:
        who = principal(request)
        found = readers.find([app.pk for app in apps_for(who)], viewer)
        if found is None:
            raise Http404("No such viewer is here now.")
        return self.envelope(answers.viewer(found, now_ms(), may_see_addresses(who)))


def _tag(version: int, *parts: object) -> str:
    """Weak: two answers of one snapshot differ only in when they were made."""
    digest = blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f'W/"{version}-{digest}"'
