"""What the RealtimeKit API's views share: whose app it is, and the envelope with its headers."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import app_or_404
from accounts.api import RealtimeKitView
from accounts.authentication import principal
from accounts.models import App
from analytics.instants import iso


class KitView(RealtimeKitView):
    """Answers in the envelope ``{"data", "success"}``; what else there is to say stands in headers."""

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        # The same question has another answer a second later, and neither is anybody else's.
        final.headers["Cache-Control"] = "no-store"
        return final

    def app(self, request: Request, account_id: str, app_id: str) -> App:
        return app_or_404(principal(request), app_id, account_id)

    def envelope(
        self, data: object, provisional_since_ms: int | None = None, snapped: str | None = None
    ) -> Response:
        headers = {}
        if provisional_since_ms is not None:
            headers["Provisional-Since"] = iso(provisional_since_ms)
        if snapped is not None:
            headers["Snapped-To"] = snapped
        return Response({"data": data, "success": True}, headers=headers)


def interval(start: int | None, end: int) -> str:
    """As ISO 8601 writes one: start/end, ``..`` for the beginning."""
    return f"{'..' if start is None else iso(start)}/{iso(end)}"
