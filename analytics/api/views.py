"""Our own analytics API: what the pages show, for everybody. The figures are the RealtimeKit API's."""

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.clock import now_ms
from analytics import concurrency, on_air, overview
from analytics.api import answers, parameters, schemas
from analytics.api.base import AnalyticsApiView
from analytics.api.exports import File, streamed, together
from analytics.api.sorting import SORTS, in_order
from analytics.livestream_table import livestreams
from analytics.parameters import days, window
from analytics.top import top
from analytics.viewings import past_viewings
from analytics.window import window as answered_for


class LiveView(AnalyticsApiView):
    @extend_schema(**schemas.LIVE)
    def get(self, request: Request) -> HttpResponseBase:
        apps, now = self.apps(request), now_ms()
        file = File("live", together(apps), now, now)
        return self.shown(request, file, answers.live(on_air.now(apps, now)))


class OverviewView(AnalyticsApiView):
    @extend_schema(**schemas.OVERVIEW)
    def get(self, request: Request) -> HttpResponseBase:
        asked = window(request.query_params, parameters.NAMES)
        app = self.app(request)
        livestream = self.livestream(request, app)
        found = overview.overview(app, asked.start_ms, asked.end_ms, now_ms(), livestream)
        data = answers.overview(*found)
        return self.shown(request, File("overview", app.public_id, data["start"], data["end"]), data)


class ConcurrencyView(AnalyticsApiView):
    @extend_schema(**schemas.CONCURRENCY)
    def get(self, request: Request) -> HttpResponseBase:
        asked = window(request.query_params, parameters.NAMES)
        points = parameters.points(request.query_params)
        apps = self.apps(request)
        if len(apps) == 1 or parameters.text(request.query_params, "streamKey"):
            app = self.app(request)
            livestream = self.livestream(request, app)
            found = overview.curve(app, asked.start_ms, asked.end_ms, now_ms(), livestream, points)
            data = answers.curve(*found)
        else:
            added = concurrency.curve_of_all(apps, asked.start_ms, asked.end_ms, now_ms(), points)
            data = answers.curve(added, None)
        return self.shown(request, File("concurrency", together(apps), data["start"], data["end"]), data)


class DaysView(AnalyticsApiView):
    @extend_schema(**schemas.DAYS)
    def get(self, request: Request) -> HttpResponseBase:
        now = now_ms()
        asked = days(request.query_params, now, parameters.NAMES)
        app = self.app(request)
        livestream = self.livestream(request, app)
        found = overview.days(app, asked.start_ms, asked.end_ms, asked.zone, now, livestream)
        data = answers.days(*found)
        return self.shown(request, File("days", app.public_id, data["start"], data["end"]), data)


class LivestreamsView(AnalyticsApiView):
    @extend_schema(**schemas.LIVESTREAMS)
    def get(self, request: Request) -> HttpResponseBase:
        asked = window(request.query_params, parameters.NAMES)
        page = parameters.page(request.query_params)
        sort = parameters.choice(request.query_params, "sort", tuple(SORTS), "viewerSeconds")
        order = parameters.choice(request.query_params, "order", parameters.ORDERS, "desc")
        search = parameters.text(request.query_params, "search")
        app = self.app(request)
        livestream = self.livestream(request, app)
        answered, found = livestreams(app, asked.start_ms, asked.end_ms, now_ms())
        rows = in_order(found, sort, order == "desc", livestream, search)
        file = File("livestreams", app.public_id, answered.start, answered.end)
        if parameters.form(request.query_params):
            every = [answers.livestream(row) for row in rows]
            return self.shown(request, file, {**answers.asked(answered), "list": every})
        part = [answers.livestream(row) for row in rows[page.first : page.first + page.rows]]
        return self.envelope({**answers.asked(answered), **answers.page(part, len(rows), page)})


class TopView(AnalyticsApiView):
    @extend_schema(**schemas.TOP)
    def get(self, request: Request) -> HttpResponseBase:
        by = parameters.choice(request.query_params, "by", parameters.TOPS)
        asked = window(request.query_params, parameters.NAMES)
        session = parameters.text(request.query_params, "session")
        now = now_ms()
        if session:
            of = self.broadcast(request, session)
            app = of.livestream.app
            found = top(app, by, of.started_ms, of.ended_ms, now, of.livestream)
        else:
            app = self.app(request)
            livestream = self.livestream(request, app)
            found = top(app, by, asked.start_ms, asked.end_ms, now, livestream)
        data = answers.top(found, by)
        return self.shown(request, File("top", app.public_id, data["start"], data["end"]), data)


class ViewingsView(AnalyticsApiView):
    @extend_schema(**schemas.VIEWINGS)
    def get(self, request: Request) -> HttpResponseBase:
        form = parameters.form(request.query_params) or "json"
        asked = window(request.query_params, parameters.NAMES)
        app, now = self.app(request), now_ms()
        livestream = self.livestream(request, app)
        known = answered_for(app, asked.start_ms, asked.end_ms, now)
        found = past_viewings(app.pk, known.start, known.end, now, livestream)
        return streamed(
            File("viewings", app.public_id, known.start, known.end),
            form,
            answers.asked(known),
            (answers.viewing(each, known) for each in found),
        )
