"""Links that show one stream's map to everybody. The one writer of `EmbedLink`.

The address of a link is its random id, signed: who guesses is refused without a question to the database, and
nothing in it tells of which stream or app it is.
"""

import uuid
from datetime import datetime

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import App, EmbedLink

# A separator that no path needs to have encoded.
_signer = Signer(salt="accounts.embeds", sep=".")

# Living ones of an app: what is made by a click is easily forgotten.
MOST_LIVING = 200


class TooManyLinks(Exception):
    """The app has as many links as it may have; the message says what to do."""


def make(app: App, stream_key: str, name: str, user_id: int | None) -> EmbedLink:
    """Raises TooManyLinks."""
    with transaction.atomic():
        # Counts and makes under one lock: of two that click at once, the second counts the first's.
        App.objects.select_for_update().get(pk=app.pk)
        if app.embed_links.filter(revoked_at__isnull=True).count() >= MOST_LIVING:
            raise TooManyLinks(f"{app} has {MOST_LIVING} links that live. Revoke those that no page shows.")
        return EmbedLink.objects.create(app=app, stream_key=stream_key, name=name, created_by_id=user_id)


def revoke(links: QuerySet[EmbedLink], now: datetime) -> int:
    """How many of them lived until now."""
    return links.filter(revoked_at__isnull=True).update(revoked_at=now)


def living(app: App, stream_key: str) -> QuerySet[EmbedLink]:
    """Newest first."""
    found = EmbedLink.objects.filter(app=app, stream_key=stream_key, revoked_at__isnull=True)
    return found.select_related("created_by").order_by("-created_at", "pk")


def signed(link: EmbedLink) -> str:
    """What stands in its address."""
    return _signer.sign(link.pk.hex)


def find(text: str) -> EmbedLink | None:
    """The living link of this address. One query, so that a revoked one is refused at once."""
    try:
        key = uuid.UUID(hex=_signer.unsign(text))
    except (BadSignature, ValueError):
        return None
    return EmbedLink.objects.filter(pk=key, revoked_at__isnull=True).first()
