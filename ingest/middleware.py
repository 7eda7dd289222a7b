"""Media servers' callbacks pass by everything that could refuse them.

nginx-rtmp lets nobody publish or play while a callback is not answered with a 2xx. A host name missing from
ALLOWED_HOSTS, the redirect to TLS, or a player's query that is no UTF-8 must not come between.
"""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

from accounts.errors import handler500

logger = logging.getLogger(__name__)

HOOKS = "/in/"


class HooksMiddleware:
    """Calls the views below `/in/` itself; outermost, so that no other middleware is asked.

    Their views read the path, the body or query as sent, and nothing that a middleware adds.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(HOOKS):
            return self.get_response(request)
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.resolver_match = match
        try:
            response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        except Exception:
            # Not left to Django, whose page for developers would show the path, and the token in it.
            logger.exception("%s failed in %s", request.method, match.view_name)
            return handler500(request)
        return response
