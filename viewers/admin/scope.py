"""Whose rows somebody meets in the admin."""

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest

from accounts.access import apps_for
from accounts.models import App


def visible_apps(request: HttpRequest) -> dict[int, App]:
    """The apps open to the request's user, by id; asked once a request."""
    known: dict[int, App] | None = getattr(request, "visible_apps", None)
    if known is None:
        known = {app.pk: app for app in apps_for(request.user).order_by("name", "pk")}
        request.visible_apps = known  # type: ignore[attr-defined]
    return known


def sees_everything(user: User | AnonymousUser) -> bool:
    return user.is_active and user.is_superuser
