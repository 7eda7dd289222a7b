"""The RealtimeKit API's livestreams and their sessions. Contract: Cloudflare's, paths and fields alike."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.clock import now_ms
from analytics.realtimekit import answers, listing, readers
from analytics.realtimekit import livestream_schemas as schemas
from analytics.realtimekit.base import KitView


class LivestreamsView(KitView):
    @extend_schema(**schemas.LIVESTREAMS)
    def get(self, request: Request, account_id: str, app_id: str) -> Response:
        app = self.app(request, account_id, app_id)
        asked = listing.listing(request.query_params)
        return self.envelope(answers.listed(readers.livestreams(app, asked, now_ms()), asked.page))


class LivestreamView(KitView):
    @extend_schema(**schemas.LIVESTREAM)
    def get(self, request: Request, account_id: str, app_id: str, livestream_id: str) -> Response:
        app = self.app(request, account_id, app_id)
        page = listing.page(request.query_params)
        found = readers.sessions(app, livestream_id, page, now_ms())
        return self.envelope(answers.with_sessions(found, page), found.provisional_since_ms)


class ActiveSessionView(KitView):
    @extend_schema(**schemas.ACTIVE_SESSION)
    def get(self, request: Request, account_id: str, app_id: str, livestream_id: str) -> Response:
        app = self.app(request, account_id, app_id)
        found = readers.active_session(app, livestream_id, now_ms())
        return self.envelope(answers.active(found), found.provisional_since_ms)


class SessionView(KitView):
    @extend_schema(**schemas.SESSION)
    def get(self, request: Request, account_id: str, app_id: str, session_id: str) -> Response:
        app = self.app(request, account_id, app_id)
        found = readers.session(app, session_id, now_ms())
        return self.envelope(answers.details(found), found.provisional_since_ms)
