"""Our own analytics API: what the pages show, for everybody. The figures are the RealtimeKit API's."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.clock import now_ms
from analytics import concurrency, on_air, overview
from analytics.api import answers, parameters, schemas
from analytics.api.base import AnalyticsApiView
from analytics.api.sorting import SORTS, in_order
from analytics.livestream_table import livestreams
from analytics.parameters import days, window
from analytics.top import top


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


class LivestreamsView(AnalyticsApiView):
    @extend_schema(**schemas.LIVESTREAMS)
    def get(self, request: Request) -> Response:
        asked = window(request.query_params, parameters.NAMES)
        page = parameters.page(request.query_params)
        sort = parameters.choice(request.query_params, "sort", tuple(SORTS), "viewerSeconds")
        order = parameters.choice(request.query_params, "order", parameters.ORDERS, "desc")
        app = self.app(request)
        livestream = self.livestream(request, app)
        answered, found = livestreams(app, asked.start_ms, asked.end_ms, now_ms())
        rows = in_order(found, sort, order == "desc", livestream)
        part = [answers.livestream(row) for row in rows[page.first : page.first + page.rows]]
        return self.envelope({**answers.asked(answered), **answers.page(part, len(rows), page)})


class TopView(AnalyticsApiView):
    @extend_schema(**schemas.TOP)
    def get(self, request: Request) -> Response:
        by = parameters.choice(request.query_params, "by", parameters.TOPS)
        asked = window(request.query_params, parameters.NAMES)
        session = parameters.text(request.query_params, "session")
        now = now_ms()
        if session:
            of = self.broadcast(request, session)
            found = top(of.livestream.app, by, of.started_ms, of.ended_ms, now, of.livestream)
        else:
            app = self.app(request)
            livestream = self.livestream(request, app)
            found = top(app, by, asked.start_ms, asked.end_ms, now, livestream)
        return self.envelope(answers.top(found, by))
