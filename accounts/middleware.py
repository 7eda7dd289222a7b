"""What holds for every request to an API before and after its view."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponseBase

from accounts.errors import BAD_REQUEST, FORBIDDEN, NOT_FOUND, SERVER_ERROR, handler400, json_error

GetResponse = Callable[[HttpRequest], HttpResponseBase]
MESSAGES = {400: BAD_REQUEST, 403: FORBIDDEN, 404: NOT_FOUND, 500: SERVER_ERROR}


class UnreadableAddress(ValueError):
    """The path and query must be percent-encoded UTF-8 without NUL."""


class ApiErrorsMiddleware:
    """Refuses addresses that are no text, and lets no error leave an API as a page.

    Django would replace what it cannot decode and search for that; PostgreSQL takes no NUL. And with DEBUG,
    or in a middleware's own refusal, errors pass by the handlers and come out as HTML.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not has_readable_address(request):
            return handler400(request, UnreadableAddress(UnreadableAddress.__doc__))
        response = self.get_response(request)
        if response.status_code < 400 or "json" in response.headers.get("Content-Type", ""):
            return response
        return _in_shape(request, response)


def has_readable_address(request: HttpRequest) -> bool:
    # Django has decoded the path, and put the bytes that are no UTF-8 back as they were sent: as %FF.
    # The query is as sent; WSGI shows its bytes as Latin-1.
    path = request.path_info.encode(errors="replace")
    query = str(request.META.get("QUERY_STRING", "")).encode("latin-1", "replace")
    return _is_text(path) and _is_text(query)


def _is_text(encoded: bytes) -> bool:
    try:
        # Strict UTF-8 knows no lone surrogates.
        return "\0" not in unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        return False


def _in_shape(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    code = response.status_code
    message = MESSAGES.get(code) or f"{HTTPStatus(code).phrase}."
    answer = json_error(request, code, message)
    if answer is None:
        return response
    for header, value in response.items():
        if header.lower() not in {"content-type", "content-length", "content-encoding"}:
            answer[header] = value
    answer.cookies = response.cookies
    return answer
