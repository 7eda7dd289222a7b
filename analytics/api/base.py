"""What the analytics API's views share: who asks about which app and livestream, and how an answer looks."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import app_or_404, apps_for
from accounts.authentication import principal
from accounts.models import App
from analytics.api import parameters
from analytics.models import Livestream
from viewers.api.views import ClusterView


class AnalyticsApiView(ClusterView):
    """Answers in the envelope ``{"data", "meta"}``, never cached; times in Unix ms."""

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        # The same question has another answer a second later, and neither is anybody else's.
        final.headers["Cache-Control"] = "no-store"
        return final

    def app(self, request: Request) -> App:
        """The app that ``app=`` names, or the only one. Raises ValidationError where there are several."""
        apps = self.apps(request)
        if len(apps) > 1:
            raise ValidationError("Several apps are yours: name one with app=, by its public id.")
        if not apps:
            raise Http404("No app is yours.")
        return apps[0]

    def apps(self, request: Request) -> Sequence[App]:
        """The app that ``app=`` names, or all visible ones."""
        who = principal(request)
        name = parameters.text(request.query_params, "app")
        return [app_or_404(who, name)] if name else list(apps_for(who).order_by("pk"))

    def livestream(self, request: Request, app: App) -> Livestream | None:
        """The app's livestream that ``streamKey=`` names; None: none is asked for."""
        key = parameters.text(request.query_params, "streamKey")
        if key is None:
            return None
        found = Livestream.objects.filter(app=app, stream_key=key).first()
        if found is None:
            raise Http404("No such livestream in this app: check streamKey.")
        return found
