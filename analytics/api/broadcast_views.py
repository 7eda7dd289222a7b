"""Our own analytics API: single broadcasts, which it calls sessions as the RealtimeKit API does."""

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.clock import now_ms
from analytics import broadcasts, overview
from analytics.api import answers, parameters
from analytics.api import broadcast_schemas as schemas
from analytics.api.base import AnalyticsApiView, TooManyViewings
from analytics.api.exports import File, streamed
from analytics.models import LivestreamSession
from analytics.parameters import window
from analytics.patience import TookTooLong
from analytics.staying import retention


class SessionsView(AnalyticsApiView):
    @extend_schema(**schemas.SESSIONS)
    def get(self, request: Request, livestream: str) -> HttpResponseBase:
        asked = window(request.query_params, parameters.NAMES)
        page = parameters.page(request.query_params)
        form = parameters.form(request.query_params)
        named, now = self.named_livestream(request, livestream), now_ms()
        found = broadcasts.newest_first(named, asked.start_ms, asked.end_ms)
        if form:
            file = File("sessions", named.app.public_id, asked.start_ms, asked.end_ms)
            every = map(answers.broadcast, broadcasts.all_measured(named, found, now))
            return streamed(file, form, {"livestream": answers.whose(named)}, every)
        part = list(found[page.first : page.first + page.rows])
        rows = [answers.broadcast(each) for each in broadcasts.measured(named, part, now)]
        return self.envelope({"livestream": answers.whose(named), **answers.page(rows, found.count(), page)})


class SessionView(AnalyticsApiView):
    @extend_schema(**schemas.SESSION)
    def get(self, request: Request, session: str) -> HttpResponseBase:
        broadcast = self.broadcast(request, session)
        [found] = broadcasts.measured(broadcast.livestream, [broadcast], now_ms())
        data = {
            **answers.broadcast(found),
            "provisionalSince": found.provisional_since_ms,
            "livestream": answers.whose(broadcast.livestream),
        }
        return self.shown(request, _file("sessions", broadcast), data)


class SessionConcurrencyView(AnalyticsApiView):
    @extend_schema(**schemas.SESSION_CONCURRENCY)
    def get(self, request: Request, session: str) -> HttpResponseBase:
        points = parameters.points(request.query_params)
        of = self.broadcast(request, session)
        found = overview.curve(of.livestream.app, of.started_ms, of.ended_ms, now_ms(), of.livestream, points)
        return self.shown(request, _file("concurrency", of), answers.curve(*found))


class SessionRetentionView(AnalyticsApiView):
    @extend_schema(**schemas.SESSION_RETENTION)
    def get(self, request: Request, session: str) -> HttpResponseBase:
        broadcast = self.broadcast(request, session)
        try:
            found = retention(broadcast, now_ms())
        except TookTooLong:
            raise TooManyViewings() from None
        return self.shown(request, _file("retention", broadcast), answers.retention(found))


def _file(table: str, broadcast: LivestreamSession) -> File:
    return File(table, broadcast.livestream.app.public_id, broadcast.started_ms, broadcast.ended_ms)
