"""Views that do nothing but what all API views do, under each API's paths."""

from typing import Any, NoReturn

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import apps_for
from accounts.api import ApiView, RealtimeKitView
from accounts.authentication import HasScope, principal, url_token
from accounts.throttles import IngestQuota

handler400 = "accounts.errors.handler400"
handler403 = "accounts.errors.handler403"
handler404 = "accounts.errors.handler404"
handler500 = "accounts.errors.handler500"

RAISED: dict[str, Exception] = {
    "http404": Http404("No such thing."),
    "denied": PermissionDenied("Not yours."),
    "invalid": exceptions.ValidationError({"bbox": ["Give four numbers."], "zoom": ["Too deep."]}),
    "suspicious": SuspiciousOperation("Odd."),
    "too-big": RequestDataTooBig("Too big."),
    "throttled": exceptions.Throttled(wait=2.5),
    "bug": KeyError("a viewer's secret"),
}


class Probe(ApiView):
    """A docstring that nobody outside should read."""

    def get(self, request: Request) -> Response:
        return Response({"apps": sorted(app.public_id for app in apps_for(principal(request)))})

    def post(self, request: Request) -> Response:
        return Response({"body": request.data})


class IngestProbe(ApiView):
    permission_classes = [HasScope("ingest")]
    throttle_classes = [IngestQuota]

    def post(self, request: Request) -> Response:
        return Response({})


class Raises(ApiView):
    permission_classes = []

    def get(self, request: Request, name: str) -> NoReturn:
        raise RAISED[name]


class RealtimeKitProbe(RealtimeKitView):
    def get(self, request: Request, account_id: str) -> Response:
        return Response({})


class RealtimeKitRaises(RealtimeKitView):
    permission_classes = []

    def get(self, request: Request, name: str) -> NoReturn:
        raise RAISED[name]


def broken(request: HttpRequest, **kwargs: Any) -> NoReturn:
    raise KeyError("outside the framework")


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page")


def hook(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse("yes" if url_token(token, ["ingest", "beacon"]) else "no")


urlpatterns = [
    path("api/probe", Probe.as_view()),
    path("api/ingest/probe", IngestProbe.as_view()),
    path("api/raises/<str:name>", Raises.as_view()),
    path("api/broken", broken),
    path("client/v4/accounts/<str:account_id>/probe", RealtimeKitProbe.as_view()),
    path("accounts/raises/<str:name>", RealtimeKitRaises.as_view()),
    path("accounts/broken", broken),
    path("in/<str:token>/hook", hook),
    path("page", page),
    path("broken", broken),
]
