"""The RealtimeKit API's analytics. Contract: Cloudflare's, paths and fields alike."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import app_or_404
from accounts.api import RealtimeKitView
from accounts.authentication import principal
from accounts.clock import now_ms
from accounts.models import App
from analytics import parameters, schemas, totals
from analytics.window import window


class AnalyticsView(RealtimeKitView):
    """Answers in the envelope ``{"data", "success"}``; what else there is to say stands in headers."""

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        # The same question has another answer a second later, and neither is anybody else's.
        final.headers["Cache-Control"] = "no-store"
        return final

    def app(self, request: Request, account_id: str, app_id: str) -> App:
        return app_or_404(principal(request), app_id, account_id)

    def envelope(self, data: object, provisional_since_ms: int | None, snapped: str | None) -> Response:
        headers = {}
        if provisional_since_ms is not None:
            headers["Provisional-Since"] = iso(provisional_since_ms)
        if snapped is not None:
            headers["Snapped-To"] = snapped
        return Response({"data": data, "success": True}, headers=headers)


class OverallView(AnalyticsView):
    @extend_schema(**schemas.OVERALL)
    def get(self, request: Request, account_id: str, app_id: str) -> Response:
        app = self.app(request, account_id, app_id)
        asked = parameters.window(request.query_params)
        found = totals.between(app, asked.start_ms, asked.end_ms, now_ms())
        snapped = interval(found.start_ms, found.end_ms) if found.snapped else None
        return self.envelope(_figures(found), found.provisional_since_ms, snapped)


class DaywiseView(AnalyticsView):
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


def iso(at: int) -> str:
    """ISO 8601 in UTC, in milliseconds, of ms since the epoch."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def interval(start: int | None, end: int) -> str:
    """As ISO 8601 writes one: start/end, ``..`` for the beginning."""
    return f"{'..' if start is None else iso(start)}/{iso(end)}"
