"""Content-Security-Policy: pages load from this server only, and inline scripts and styles need a nonce.

No other site may frame them, unless the view says so by Django's own mark, `xframe_options_exempt`.
"""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'nonce-{nonce}'",
        "style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "frame-ancestors {ancestors}",
        "base-uri 'none'",
        "form-action 'self'",
    ]
)


class ContentSecurityPolicyMiddleware:
    """Puts `csp_nonce` on the request for templates: `<script nonce="{{ request.csp_nonce }}">`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        ancestors = "*" if getattr(response, "xframe_options_exempt", False) else "'none'"
        response.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce, ancestors=ancestors))
        return response
