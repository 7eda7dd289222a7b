"""Every error as its API's clients read it: for exceptions in views, and for those that never reach one."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

logger = logging.getLogger(__name__)

# The contract's gateway answers every failed authentication with this code.
AUTHENTICATION_ERROR_CODE = 10000

Body = dict[str, Any]
Shape = Callable[[int, list[str]], Body]

NOT_FOUND = "There is nothing here: check the path."
BAD_REQUEST = "The request cannot be read."
FORBIDDEN = "This is not allowed."
SERVER_ERROR = "Something failed on the server. The failure was logged; try again later."


class PayloadTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large: send it in parts."
    default_code = "payload_too_large"


def message_body(code: int, messages: list[str]) -> Body:
    """`{"message": …}`, of the cluster and ingest APIs."""
    return {"message": " ".join(messages)}


def realtimekit_body(code: int, messages: list[str]) -> Body:
    """RealtimeKit's error and its gateway's in one: clients of the one read `error`, SDKs read `errors`."""
    listed = AUTHENTICATION_ERROR_CODE if code == status.HTTP_401_UNAUTHORIZED else code
    return {
        "success": False,
        "error": {"code": code, "message": " ".join(messages)},
        "errors": [{"code": listed, "message": message} for message in messages],
        "messages": [],
        "result": None,
    }


# First match wins. What lies below none of these is a page.
SHAPES: tuple[tuple[str, Shape], ...] = (
    ("/api/", message_body),
    ("/in/", message_body),
    ("/accounts/", realtimekit_body),
    ("/client/", realtimekit_body),
)


def shape_for(path: str) -> Shape | None:
    return next((shape for prefix, shape in SHAPES if path.startswith(prefix)), None)


def storm_errors(exc: Exception, context: dict[str, Any]) -> Response:
    """The exception handler of the cluster and ingest APIs' views."""
    return _answer(exc, context, message_body)


def realtimekit_errors(exc: Exception, context: dict[str, Any]) -> Response:
    """The exception handler of the RealtimeKit API's views."""
    return _answer(exc, context, realtimekit_body)


def _answer(exc: Exception, context: dict[str, Any], shape: Shape) -> Response:
    response = exception_handler(_as_api_exception(exc), context)
    if response is None:
        # The view and the method, and not the request: its path and headers may hold a token.
        view, request = context.get("view"), context.get("request")
        logger.error("%s failed in %s", getattr(request, "method", "?"), type(view).__name__, exc_info=exc)
        code = status.HTTP_500_INTERNAL_SERVER_ERROR
        return Response(shape(code, [SERVER_ERROR]), status=code)
    response.data = shape(response.status_code, list(_messages(response.data)) or [BAD_REQUEST])
    return response


def _as_api_exception(exc: Exception) -> Exception:
    """Django's own complaints about a request, which the framework would take for failures of ours."""
    if isinstance(exc, RequestDataTooBig):
        return PayloadTooLarge()
    if isinstance(exc, SuspiciousOperation | BadRequest | MultiPartParserError | UnreadablePostError):
        return exceptions.ParseError(str(exc) or BAD_REQUEST)
    return exc


def _messages(detail: Any, name: str = "") -> Iterator[str]:
    """Flattens an exception's detail: one sentence per problem, fields named before it."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            anonymous = key in {"detail", "non_field_errors"}
            yield from _messages(value, name if anonymous else f"{name}.{key}" if name else str(key))
    elif isinstance(detail, list):
        for value in detail:
            yield from _messages(value, name)
    else:
        yield f"{name}: {detail}" if name else str(detail)


def json_error(request: HttpRequest, code: int, message: str) -> JsonResponse | None:
    """The error in the shape of the API below whose path it happened; None where pages are."""
    shape = shape_for(request.path_info)
    return JsonResponse(shape(code, [message]), status=code) if shape else None


def handler400(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return json_error(request, 400, BAD_REQUEST) or defaults.bad_request(request, exception)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return json_error(request, 403, FORBIDDEN) or defaults.permission_denied(request, exception)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return json_error(request, 404, NOT_FOUND) or defaults.page_not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponseBase:
    return json_error(request, 500, SERVER_ERROR) or defaults.server_error(request)
