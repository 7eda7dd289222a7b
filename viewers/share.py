"""Making and revoking the links that show a stream's map to everybody, for members of its account.

A part of the map page: what is answered is put into its dialog by `static/js/map/share.js`.
"""

import uuid
from contextlib import suppress

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import embeds
from accounts.access import app_or_404, apps_for
from accounts.models import App, EmbedLink
from viewers import snapshot
from viewers.api.streams import watched_in

LONGEST_KEY = 128
LONGEST_NAME = 100
CONFLICT = 409


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def links(request: HttpRequest) -> HttpResponse:
    """The living links of one stream of one app. POST makes one, or with `revoke` revokes one, before."""
    given = request.POST if request.method == "POST" else request.GET
    # PostgreSQL takes no NUL, and a form may hold one.
    stream_key = given.get("stream", "").replace("\0", "?")[:LONGEST_KEY]
    app, choices = app_of(request, given, stream_key)
    status, refusal = 200, ""
    if request.method == "POST" and app and stream_key:
        try:
            change(app, stream_key, given, request.user.pk)
        except embeds.TooManyLinks as error:
            status, refusal = CONFLICT, str(error)
    context = {
        "app": app,
        "choices": choices,
        "stream_key": stream_key,
        "refusal": refusal,
        "links": [shown(request, link) for link in embeds.living(app, stream_key)] if app else [],
    }
    return render(request, "map/share_links.html", context, status=status)


def change(app: App, stream_key: str, given: QueryDict, user_id: int | None) -> None:
    """Raises TooManyLinks."""
    if "revoke" in given:
        with suppress(ValueError):
            named = EmbedLink.objects.filter(app=app, pk=uuid.UUID(hex=given.get("revoke", "")))
            embeds.revoke(named, timezone.now())
    else:
        name = given.get("name", "").replace("\0", "?").strip()[:LONGEST_NAME]
        embeds.make(app, stream_key, name, user_id)


def app_of(request: HttpRequest, given: QueryDict, stream_key: str) -> tuple[App | None, list[App]]:
    """The app meant, and which it may be: where none is named, those in which the stream is watched now."""
    if named := given.get("app", "").replace("\0", "?"):
        account_id, slash, app_id = named.rpartition("/")
        return app_or_404(request.user, app_id, account_id if slash else None), []
    apps = list(apps_for(request.user).select_related("account").order_by("name", "pk"))
    live = snapshot.current(settings.SNAPSHOT_DIR)
    choices = (watched_in(live, apps, stream_key) if live else []) or apps
    return (choices[0] if len(choices) == 1 else None), choices


def shown(request: HttpRequest, link: EmbedLink) -> dict[str, object]:
    address = request.build_absolute_uri(reverse("embed", args=[embeds.signed(link)]))
    return {"row": link, "address": address, "title": link.name or "Live viewers"}
