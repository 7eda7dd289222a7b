"""The ingest API, and the paths that media servers call."""

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.addresses import client_address
from accounts.authentication import TokenAuthentication
from accounts.clock import now_ms
from accounts.models import ApiToken
from accounts.throttles import IngestQuota
from ingest import beacon, hooks, schemas
from ingest.access import BeaconQuota, HoldsToken, MaySend, is_beacon, sender
from ingest.adapters.nginx_rtmp import EVENTS, first_values
from ingest.bodies import BodyError
from ingest.errors import DATABASE_DOWN, LengthRequired, Refused, ingest_errors
from ingest.hooks import Backlog, Hook
from ingest.parsing import Batch, parse_body
from ingest.record import record
from viewers.api.views import ClusterView
from viewers.geolocation.places import Place, locate

MAX_HOOK_BYTES = 64 * 1024

backlog = Backlog(now_ms)


class IngestView(ClusterView):
    authentication_classes = [TokenAuthentication]
    throttle_classes = [IngestQuota, BeaconQuota]

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response]:
        return ingest_errors


class EventsView(IngestView):
    permission_classes = [MaySend]

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        _let_go(getattr(request, "_request", request))
        return final

    @extend_schema(**schemas.EVENTS)
    def post(self, request: Request) -> Response:
        source = sender(request)
        try:
            batch = _batch(request)
            if is_beacon(request):
                batch = beacon.restrict(batch, source.app, client_address(request))
        except BodyError as error:
            raise Refused(error) from None
        record(batch.events, source, now_ms())
        rejected = [{"index": index, "message": message} for index, message in batch.rejected]
        return self.envelope({"accepted": len(batch.events), "rejected": rejected})


class WhoamiView(IngestView):
    permission_classes = [HoldsToken]

    @extend_schema(**schemas.WHOAMI)
    def get(self, request: Request) -> Response:
        token = cast(ApiToken, request.auth)
        address = client_address(request)
        return self.envelope(
            {
                "address": address,
                "place": _place(locate(address)),
                "account": token.account.public_id,
                "app": token.app and token.app.public_id,
                "source": token.source and token.source.name,
                "scopes": token.scopes,
                "time": now_ms(),
            }
        )


@csrf_exempt
def nginx_rtmp(request: HttpRequest, secret: str) -> HttpResponse:
    """A callback. Those by which nginx asks for admission are answered before anything can fail."""
    if request.method not in ("GET", "POST"):
        return _message(405, "Callbacks are sent by POST or GET.", Allow="GET, POST")
    received_ms = now_ms()
    if _length(request) > MAX_HOOK_BYTES:
        return _message(413, "This is too large for a callback of nginx-rtmp.")
    form = (
        request.body
        if request.method == "POST"
        else request.META["QUERY_STRING"].encode("latin-1", "replace")
    )
    hook = Hook(secret, first_values(form), received_ms)
    call = hook.fields.get("call", "")
    if not call:
        return _message(400, "The field call is missing: this path is for the callbacks of nginx-rtmp.")
    if call.endswith("_done"):
        return _done(hook)
    if call in EVENTS:
        backlog.put(hook)
    return HttpResponse(status=204)


def _done(hook: Hook) -> HttpResponse:
    """nginx does not wait for this answer: it is given when the callback is recorded."""
    try:
        source = hooks.source_in_path(hook.secret)
        if source is None:
            return _message(
                403, "This token names no source or was revoked: make one with --scopes ingest --source NAME."
            )
        hooks.record_now(hook, source, now_ms)
    except ValueError as error:
        return _message(400, f"{error}.")
    except DATABASE_DOWN:
        backlog.put(hook)
        return _message(503, "The database does not answer; the callback is kept in memory.")
    return HttpResponse(status=204)


def _batch(request: Request) -> Batch:
    if not request.META.get("CONTENT_LENGTH") and request.META.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired
    return parse_body(
        request.body, request.META.get("CONTENT_TYPE", ""), request.headers.get("Content-Encoding", "")
    )


def _let_go(request: HttpRequest) -> None:
    """Of the body. A request, its view and its response refer to each other, so they wait for the garbage
    collector, which comes seldom (`config.wsgi`): with them megabytes would.
    """
    for name in ("_body", "_stream"):
        vars(request).pop(name, None)
    request.META.pop("wsgi.input", None)


def _place(place: Place | None) -> dict[str, Any] | None:
    return place and {
        "position": [place.latitude, place.longitude],
        "accuracyKm": place.accuracy_km,
        "countryCode": place.country,
        "region": place.region,
        "city": place.city,
    }


def _length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdigit() else 0


def _message(status: int, message: str, **headers: str) -> HttpResponse:
    return JsonResponse({"message": message}, status=status, headers=headers)
