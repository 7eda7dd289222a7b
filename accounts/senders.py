"""Sources and tokens for those who send events."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import ApiToken, App, Scope, Source, SourceKind

SENDING = frozenset({Scope.INGEST, Scope.BEACON})
DEFAULT_SOURCE = "default"

# What a page hands out is easily forgotten: it stops before tokens pile up that nobody knows.
MOST_FROM_PAGE = 20
FROM_PAGE = "made on the map page"


class TooManyTokens(Exception):
    """The app has as many tokens from the page as it may have; the message says what to do."""


@dataclass(frozen=True)
class SenderTokens:
    """Secrets, which are nowhere stored: for a REST client, and for an nginx-rtmp with its source."""

    rest: str
    nginx: str
    nginx_source: Source


def issue_from_page(app: App) -> SenderTokens:
    """A token for each way of sending that the page shows, because a source is of one kind: silence and
    polls of nginx-rtmp are another matter than a REST client's. Makes sources that are missing.

    Raises TooManyTokens.
    """
    with transaction.atomic():
        # Counts and makes under one lock: of two that click at once, the second counts the first's.
        App.objects.select_for_update().get(pk=app.pk)
        made = app.tokens.filter(name__endswith=FROM_PAGE, revoked_at__isnull=True).count()
        if made + 2 > MOST_FROM_PAGE:
            raise TooManyTokens(
                f"{app} has {made} tokens that were made here. Revoke those that nobody uses, in the admin "
                "or with manage.py revoke_token; manage.py create_token makes more."
            )
        nginx = nginx_source(app)
        return SenderTokens(_issue(default_source(app)), _issue(nginx), nginx)


def default_source(app: App) -> Source:
    return Source.objects.get_or_create(app=app, name=DEFAULT_SOURCE)[0]


def nginx_source(app: App) -> Source:
    """The app's oldest of that kind."""
    found = app.sources.filter(kind=SourceKind.NGINX_RTMP).order_by("pk").first()
    kind = SourceKind.NGINX_RTMP
    return found or Source.objects.get_or_create(app=app, name=kind.value, defaults={"kind": kind})[0]


def _issue(source: Source) -> str:
    name = f"{source.name[:50]}, {FROM_PAGE}"
    fields = {"account_id": source.app.account_id, "app_id": source.app_id, "source": source}
    return ApiToken.issue(scopes=[Scope.INGEST.value], name=name, **fields)[1]
