"""The cluster API: who is here now. Contract: Storm Streaming Server's ``/api/cluster/viewers``."""

import time
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import app_ids_for, app_or_404, may_see_addresses
from accounts.api import ApiView
from accounts.authentication import principal
from accounts.clock import now_ms
from viewers import snapshot
from viewers.api import answers, listing, readers, schemas, summary_schemas
from viewers.api.markers import markers
from viewers.api.parameters import list_query, map_query, summary_query
from viewers.api.summary import summary
from viewers.snapshot import Snapshot

# Figures of one caller, and only of now; with an ETag they may be kept and asked about again.
CACHING = {"Cache-Control": "private, no-cache"}


class ClusterView(ApiView):
    """Answers in the envelope ``{"data", "meta"}``, which says how long it took and when it was made (ms)."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.began = time.monotonic()
        super().initial(request, *args, **kwargs)

    def envelope(self, data: object, **headers: str) -> Response:
        return Response({"data": data, "meta": self.meta()}, headers={**CACHING, **headers})

    def rendered(self, data: bytes, **headers: str) -> HttpResponse:
        """The same of data that is JSON already."""
        body = b'{"data":%b,"meta":%b}' % (data, JSONRenderer().render(self.meta()))
        return HttpResponse(body, content_type="application/json", headers={**CACHING, **headers})

    def of_snapshot(
        self,
        request: Request,
        live: Snapshot | None,
        app_ids: Sequence[int],
        query: Hashable,
        make: Callable[[], bytes],
        **headers: str,
    ) -> HttpResponseBase:
        """What `make` writes of the snapshot: made once for all who ask alike, 304 for who has it already.

        Nothing but the snapshot, the apps and the query may decide what it is.
        """
        tag = _tag(live.taken_ms if live else 0, app_ids, query)
        if request.headers.get("If-None-Match") == tag:
            return Response(status=304, headers={**headers, "ETag": tag})
        # What may be answered by "unchanged" may be answered by what was said before.
        data = live.kept.get((app_ids, query), make) if live else make()
        return self.rendered(data, ETag=tag, **headers)

    def meta(self) -> dict[str, int]:
        took = round((time.monotonic() - self.began) * 1000)
        return {"executionTime": took, "generatedAt": now_ms()}

    def app_ids(self, request: Request, narrowed: str | None) -> tuple[int, ...]:
        """The visible apps, or the one of them that ``app=`` names; ascending."""
        who = principal(request)
        return (app_or_404(who, narrowed).pk,) if narrowed else app_ids_for(who)


class GeolocationView(ClusterView):
    @extend_schema(**schemas.GEOLOCATION)
    def get(self, request: Request) -> HttpResponseBase:
        query = map_query(request.query_params)
        app_ids = self.app_ids(request, query.app)
        live = snapshot.current(settings.SNAPSHOT_DIR)
        return self.of_snapshot(request, live, app_ids, query, partial(markers, live, app_ids, query))


class SummaryView(ClusterView):
    @extend_schema(**summary_schemas.SUMMARY)
    def get(self, request: Request) -> HttpResponseBase:
        query = summary_query(request.query_params)
        app_ids = self.app_ids(request, query.app)
        live = snapshot.current(settings.SNAPSHOT_DIR)
        return self.of_snapshot(request, live, app_ids, query, partial(summary, live, app_ids, query))


class ViewersView(ClusterView):
    @extend_schema(**schemas.VIEWERS)
    def get(self, request: Request) -> Response:
        query = list_query(request.query_params)
        app_ids = self.app_ids(request, query.app)
        live = snapshot.current(settings.SNAPSHOT_DIR)
        addresses = may_see_addresses(principal(request))
        now = now_ms()
        rows, total = listing.page(live, app_ids, query, addresses, now)
        return self.envelope(answers.page(rows, total, query.page, query.rows, now, addresses))


class ViewerView(ClusterView):
    @extend_schema(**schemas.VIEWER)
    def get(self, request: Request, viewer: str) -> Response:
        who = principal(request)
        found = readers.find(app_ids_for(who), viewer)
        if found is None:
            raise Http404("No such viewer is here now.")
        return self.envelope(answers.viewer(found, now_ms(), may_see_addresses(who)))


def _tag(version: int, *parts: object) -> str:
    """Weak: two answers of one snapshot differ only in when they were made."""
    digest = blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f'W/"{version}-{digest}"'
