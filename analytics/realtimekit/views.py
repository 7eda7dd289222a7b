"""The RealtimeKit API's analytics. Contract: Cloudflare's, paths and fields alike."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.clock import now_ms
from analytics import parameters, totals
from analytics.realtimekit import schemas
from analytics.realtimekit.base import KitView, interval
from analytics.window import window


class OverallView(KitView):
    @extend_schema(**schemas.OVERALL)
    def get(self, request: Request, account_id: str, app_id: str) -> Response:
        app = self.app(request, account_id, app_id)
        asked = parameters.window(request.query_params)
        found = totals.between(app, asked.start_ms, asked.end_ms, now_ms())
        snapped = interval(found.start_ms, found.end_ms) if found.snapped else None
        return self.envelope(_figures(found), found.provisional_since_ms, snapped)


class DaywiseView(KitView):
    @extend_schema(**schemas.DAYWISE)
    def get(self, request: Request, account_id: str, app_id: str) -> Response:
        app = self.app(request, account_id, app_id)
        now = now_ms()
        asked = parameters.days(request.query_params, now)
        found = totals.days(app, asked.start_ms, asked.end_ms, asked.zone, now)
        known = window(app, asked.start_ms, asked.end_ms, now)
        rows = [{"date": day.date.isoformat(), **_figures(day)} for day in found]
        snapped = interval(known.start, known.end) if known.snapped else None
        return self.envelope(rows, known.provisional_since, snapped)


def _figures(found: totals.Totals | totals.Day) -> dict[str, int]:
    """Whole seconds, rounded down here and nowhere before."""
    return {
        "count": found.count,
        "total_ingest_seconds": found.ingest_ms // 1000,
        "total_viewer_seconds": found.viewer_ms // 1000,
    }
