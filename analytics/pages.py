"""The analytics pages. Their figures come from the analytics API, which the pages' scripts ask."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import apps_for
from accounts.clock import now_ms
from accounts.models import App, Source
from analytics.models import Livestream, LivestreamSession

API = "/api/analytics"


@never_cache
@login_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """All of an app, or one livestream of it, over a range of time."""
    apps = list(apps_for(request.user).select_related("account").order_by("name", "pk"))
    asked = request.GET.get("app")
    if asked and asked not in {app.public_id for app in apps}:
        raise Http404("No such app, or it is not one of yours.")
    # Of many apps the one that has something to show is opened first.
    heard = set(
        Source.objects.filter(app__in=apps, last_event_ms__isnull=False).values_list("app_id", flat=True)
    )
    context = {
        "apps": apps,
        "several_accounts": len({app.account_id for app in apps}) > 1,
        "page": {**common(), "apps": [described(app, app.pk in heard) for app in apps]},
    }
    return render(request, "analytics/overview.html", context)


@never_cache
@login_required
@require_GET
def livestream(request: HttpRequest, livestream_id: str) -> HttpResponse:
    """One livestream over a range of time, and its broadcasts."""
    found = Livestream.objects.filter(app__in=apps_for(request.user), pk=key(livestream_id))
    shown = found.select_related("app__account").first()
    if shown is None:
        raise Http404("No such livestream, or it is not one of yours.")
    context = {"livestream": shown, "page": {**common(), "livestream": of(shown)}}
    return render(request, "analytics/livestream.html", context)


@never_cache
@login_required
@require_GET
def session(request: HttpRequest, session_id: str) -> HttpResponse:
    """One broadcast of a livestream."""
    found = LivestreamSession.objects.filter(app__in=apps_for(request.user), pk=key(session_id))
    shown = found.select_related("livestream__app__account").first()
    if shown is None:
        raise Http404("No such broadcast, or it is not one of yours.")
    context = {
        "livestream": shown.livestream,
        "page": {**common(), "livestream": of(shown.livestream), "session": {"id": shown.pk.hex}},
    }
    return render(request, "analytics/session.html", context)


def key(public_id: str) -> UUID:
    """With dashes or without. Raises Http404 for what is no id at all."""
    try:
        return UUID(public_id)
    except ValueError:
        raise Http404("This is no id: follow a link to come here.") from None


def common() -> dict[str, Any]:
    """What every page's script is told. The clock of the person's computer may be wrong; ``now`` is ours."""
    return {
        "now": now_ms(),
        "api": API,
        "overview": reverse("analytics"),
        "map": reverse("map"),
        "login": reverse("login"),
    }


def described(app: App, heard: bool) -> dict[str, Any]:
    return {"id": app.public_id, "name": app.name, "heard": heard}


def of(shown: Livestream) -> dict[str, str]:
    return {
        "id": shown.pk.hex,
        "streamKey": shown.stream_key,
        "name": str(shown),
        "app": shown.app.public_id,
    }
