"""Our own analytics API: what the pages show, for everybody. The figures are the RealtimeKit API's."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.clock import now_ms
from analytics import concurrency, on_air, overview
from analytics.api import answers, parameters, schemas
from analytics.api.base import AnalyticsApiView
from analytics.parameters import days, window


class LiveView(AnalyticsApiView):
    @extend_schema(**schemas.LIVE)
    def get(self, request: Request) -> Response:
        return self.envelope(answers.live(on_air.now(self.apps(request), now_ms())))


class OverviewView(AnalyticsApiView):
    @extend_schema(**schemas.OVERVIEW)
    def get(self, request: Request) -> Response:
        asked = window(request.query_params, parameters.NAMES)
        app = self.app(request)
        livestream = self.livestream(request, app)
        found = overview.overview(app, asked.start_ms, asked.end_ms, now_ms(), livestream)
        return self.envelope(answers.overview(*found))


class ConcurrencyView(AnalyticsApiView):
    @extend_schema(**schemas.CONCURRENCY)
    def get(self, request: Request) -> Response:
        asked = window(request.query_params, parameters.NAMES)
        points = parameters.points(request.query_params)
        apps = self.apps(request)
        if len(apps) == 1 or parameters.text(request.query_params, "streamKey"):
            app = self.app(request)
            livestream = self.livestream(request, app)
            found = overview.curve(app, asked.start_ms, asked.end_ms, now_ms(), livestream, points)
            return self.envelope(answers.curve(*found))
        together = concurrency.curve_of_all(apps, asked.start_ms, asked.end_ms, now_ms(), points)
        return self.envelope(answers.curve(together, None))


class DaysView(AnalyticsApiView):
    @extend_schema(**schemas.DAYS)
    def get(self, request: Request) -> Response:
        now = now_ms()
        asked = days(request.query_params, now, parameters.NAMES)
        app = self.app(request)
        livestream = self.livestream(request, app)
        found = overview.days(app, asked.start_ms, asked.end_ms, asked.zone, now, livestream)
        return self.envelope(answers.days(*found))
