"""The cluster API's streams: which are watched now, and where. Contract: Storm's `/api/cluster/streams` and
`/api/streams/{appName}/{streamKey}/viewers/geolocation`.
"""

from functools import partial

from django.conf import settings
from django.http import Http404, HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from viewers import snapshot
from viewers.api import stream_schemas, streams
from viewers.api.markers import markers
from viewers.api.parameters import stream_map_query, streams_query, text
from viewers.api.views import ClusterView


class StreamsView(ClusterView):
    @extend_schema(**stream_schemas.STREAMS)
    def get(self, request: Request) -> HttpResponseBase:
        query = streams_query(request.query_params)
        app_ids = self.app_ids(request, query.app)
        live = snapshot.current(settings.SNAPSHOT_DIR)
        return self.of_snapshot(request, live, app_ids, query, partial(streams.page, live, app_ids, query))


class StreamView(ClusterView):
    @extend_schema(**stream_schemas.STREAM)
    def get(self, request: Request, stream_key: str) -> HttpResponseBase:
        app_ids = self.app_ids(request, text(request.query_params, "app"))
        live = snapshot.current(settings.SNAPSHOT_DIR)
        # Also of a livestream on the air that nobody watches: the snapshot is of viewers.
        if live is None or not streams.is_watched(live, app_ids, stream_key):
            raise Http404("Nobody watches this stream now.")
        make = partial(streams.one, live, app_ids, stream_key)
        return self.of_snapshot(request, live, app_ids, ("stream", stream_key), make)


class StreamGeolocationView(ClusterView):
    """The geolocation answer of one app's stream; empty, and no error, while nobody watches it."""

    @extend_schema(**stream_schemas.GEOLOCATION)
    def get(self, request: Request, app_name: str, stream_key: str) -> HttpResponseBase:
        query = stream_map_query(request.query_params, stream_key)
        app_ids = self.app_ids(request, app_name)
        live = snapshot.current(settings.SNAPSHOT_DIR)
        return self.of_snapshot(request, live, app_ids, query, partial(markers, live, app_ids, query))
