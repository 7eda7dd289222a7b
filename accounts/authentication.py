"""Who is asking: a token in a header or in the path, or a person's session."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from rest_framework import authentication, permissions
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.access import Principal, has_scope
from accounts.models import ApiToken, EmbedLink, Source, hash_token

REALM = 'Bearer realm="turnout"'
LAST_USED_EVERY = timedelta(minutes=1)
# A proxy in front may ask for a password of its own and pass its header on; it is not meant for us.
FOREIGN_SCHEMES = frozenset({"basic", "digest"})


class TokenPrincipal:
    """What `request.user` is to a token: authenticated, and nobody in particular."""

    pk = None
    is_authenticated = True
    is_active = True
    is_anonymous = is_staff = is_superuser = False

    def __init__(self, token: ApiToken) -> None:
        self.token = token

    def __str__(self) -> str:
        return f"token {self.token}"


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer …` or `X-Api-Key: …`. Without either, the next class is asked."""

    def authenticate(self, request: Request) -> tuple[TokenPrincipal, ApiToken] | None:
        secret = secret_in_headers(request)
        if secret is None:
            return None
        token = find_token(secret)
        if token is None:
            raise AuthenticationFailed("This token is unknown or was revoked.")
        note_use(token, timezone.now())
        return TokenPrincipal(token), token

    def authenticate_header(self, request: Request) -> str:
        return REALM


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's login, its CSRF check kept. Names a scheme, so that missing credentials are a 401."""

    def authenticate_header(self, request: Request) -> str:
        return REALM


def secret_in_headers(request: Request | HttpRequest) -> str | None:
    """The token sent, or None. Raises AuthenticationFailed for headers that cannot be meant as one token."""
    bearer = _bearer(request.META.get("HTTP_AUTHORIZATION"))
    key: str | None = request.META.get("HTTP_X_API_KEY")
    if key is None:
        return bearer
    key = key.strip()
    if not key or " " in key:
        raise AuthenticationFailed("X-Api-Key must hold one token.")
    if bearer is not None and bearer != key:
        raise AuthenticationFailed("Authorization and X-Api-Key hold different tokens: send one of them.")
    return key


def _bearer(header: str | None) -> str | None:
    words = (header or "").split()
    if header is None or (words and words[0].lower() in FOREIGN_SCHEMES):
        return None
    if len(words) != 2 or words[0].lower() != "bearer":
        raise AuthenticationFailed("The Authorization header must read: Bearer YOUR_TOKEN.")
    return words[1]


def find_token(secret: str) -> ApiToken | None:
    """The living token of this secret, with its source and the ids of its apps. One query on a unique index,
    so never out of date.

    Only the hash is compared, in the database: what time tells about a hash tells nothing about a secret.
    """
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [hash_token(secret)])
        row = cursor.fetchone()
    if row is None:
        return None
    names, source_names = _names(ApiToken), _names(Source)
    token = ApiToken.from_db(connection.alias, names, row[: len(names)])
    if token.source_id is not None:
        token.source = Source.from_db(connection.alias, source_names, row[len(names) : -1])
    token.visible_app_ids = tuple(row[-1])
    return token


@cache
def _statement() -> str:
    """Written once: every request asks it, and the ORM would take longer to put it together than PostgreSQL
    to answer. The apps are those of `apps_for`.
    """
    columns = [f'token."{field.column}"' for field in ApiToken._meta.concrete_fields]
    columns += [f'source."{field.column}"' for field in Source._meta.concrete_fields]
    return f"""
    SELECT {", ".join(columns)}, ARRAY(
        SELECT app.id FROM accounts_app AS app
        WHERE app.account_id = token.account_id AND (token.app_id IS NULL OR app.id = token.app_id)
        ORDER BY app.id)
    FROM accounts_apitoken AS token LEFT JOIN accounts_source AS source ON source.id = token.source_id
    WHERE token.hash = %s AND token.revoked_at IS NULL
    """


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def note_use(key: ApiToken | EmbedLink, now: datetime) -> None:
    """Keeps `last_used_at` true to a minute. The condition is the UPDATE's: of many requests, one writes."""
    before = now - LAST_USED_EVERY
    if key.last_used_at is not None and key.last_used_at > before:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
    rows: QuerySet[Any] = type(key)._default_manager.filter(stale)
    rows.filter(pk=key.pk).update(last_used_at=now)


def url_token(secret: str, scopes: Collection[str]) -> ApiToken | None:
    """The token in an `/in/<token>/…` path, if it lives and holds one of `scopes`."""
    token = find_token(secret)
    if token is None or not any(has_scope(token, scope) for scope in scopes):
        return None
    note_use(token, timezone.now())
    return token


def principal(request: Request | HttpRequest) -> Principal:
    """Whom to ask `apps_for` about: the request's token if it brought one, else its user."""
    token = getattr(request, "auth", None)
    if isinstance(token, ApiToken):
        return token
    return request.user if isinstance(request.user, User) else AnonymousUser()


def HasScope(scope: str) -> type[permissions.BasePermission]:
    """A permission class: 401 without credentials, 403 where they lack `scope`."""

    class Scoped(permissions.BasePermission):
        message = f"The scope '{scope}' is missing: use a token made with --scopes {scope}."

        def has_permission(self, request: Request, view: APIView) -> bool:
            return has_scope(principal(request), scope)

    return Scoped
