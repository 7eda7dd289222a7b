"""What the analytics API's views share: who asks about which app and livestream, and how an answer looks."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import app_or_404, apps_for
from accounts.authentication import principal
from accounts.models import App
from analytics.api import exports, parameters
from analytics.api.exports import File
from analytics.models import Livestream, LivestreamSession
from viewers.api.views import ClusterView

# No livestream and no session has it.
NOTHING = UUID(int=0)


class TooManyViewings(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "There are too many viewings to go through them now: try again when less is going on."


class AnalyticsApiView(ClusterView):
    """Answers in the envelope ``{"data", "meta"}``, never cached; times in Unix ms."""

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        # The same question has another answer a second later, and neither is anybody else's.
        final.headers["Cache-Control"] = "no-store"
        return final

    def shown(self, request: Request, file: File, data: Mapping[str, Any]) -> HttpResponseBase:
        """In the envelope, or as the file that ``format=`` asks for."""
        form = parameters.form(request.query_params)
        return self.envelope(data) if form is None else exports.whole(file, form, data, self.meta())

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

    def named_livestream(self, request: Request, name: str) -> Livestream:
        """The visible livestream of an id in the path, with its app."""
        known = Livestream.objects.select_related("app").filter(app__in=self.apps(request))
        found = known.filter(pk=_id(name)).first()
        if found is None:
            raise Http404("No such livestream, or it is not one of yours.")
        return found

    def broadcast(self, request: Request, name: str) -> LivestreamSession:
        """The visible broadcast of an id, with its livestream and app."""
        known = LivestreamSession.objects.select_related("livestream__app")
        found = known.filter(app__in=self.apps(request), pk=_id(name)).first()
        if found is None:
            raise Http404("No such session, or it is not one of yours.")
        return found

    def livestream(self, request: Request, app: App) -> Livestream | None:
        """The app's livestream that ``streamKey=`` names; None: none is asked for."""
        key = parameters.text(request.query_params, "streamKey")
        if key is None:
            return None
        found = Livestream.objects.filter(app=app, stream_key=key).first()
        if found is None:
            raise Http404("No such livestream in this app: check streamKey.")
        return found


def _id(name: str) -> UUID:
    """Of nothing, where no id can be meant."""
    try:
        return UUID(name)
    except ValueError:
        return NOTHING
