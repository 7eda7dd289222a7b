"""Who may send events, and how often."""

import time

from django.conf import settings
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.access import has_scope
from accounts.addresses import client_address
from accounts.authentication import principal
from accounts.models import ApiToken, Scope, Source
from accounts.throttles import ApiQuota, quota


class MaySend(BasePermission):
    message = "This token may not send events: use one made with --scopes ingest --source NAME."

    def has_permission(self, request: Request, view: APIView) -> bool:
        who = principal(request)
        return has_scope(who, Scope.INGEST) or has_scope(who, Scope.BEACON)


class HoldsToken(BasePermission):
    message = "Send a token: Authorization: Bearer YOUR_TOKEN."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(principal(request), ApiToken)


def is_beacon(request: Request) -> bool:
    """Whether the token is one that a public page shows to everybody."""
    who = principal(request)
    return has_scope(who, Scope.BEACON) and not has_scope(who, Scope.INGEST)


def source_of(token: ApiToken) -> Source | None:
    """The source whose events the token sends. A source of another app than the token's is none."""
    source, app = token.source, token.app
    if source is None or app is None or source.app_id != app.pk:
        return None
    # Known already: spares a query in every request.
    source.app = app
    return source


def sender(request: Request) -> Source:
    """The source of the request's token. Raises PermissionDenied for a token that names none."""
    source = source_of(request.auth) if isinstance(request.auth, ApiToken) else None
    if source is None:
        raise PermissionDenied(
            "This token names no source, so its events would belong to nobody: "
            "make one with manage.py create_token --scopes ingest --source NAME --create."
        )
    return source


class BeaconQuota(ApiQuota):
    """Requests with public tokens, by address; the setting BEACON_RATE."""

    setting = "BEACON_RATE"

    def allow_request(self, request: Request, view: APIView) -> bool:
        kept = quota(self.setting, settings.BEACON_RATE)
        if kept and is_beacon(request):
            self._wait_s = kept.take(f"address {client_address(request)}", time.monotonic())
        return not self._wait_s
