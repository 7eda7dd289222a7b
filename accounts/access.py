"""Who may see what. Every query on behalf of somebody starts from `apps_for`; what is outside is a 404."""

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.http import Http404

from accounts.models import Account, ApiToken, App, Scope

Principal = ApiToken | User | AnonymousUser


def accounts_for(principal: Principal) -> QuerySet[Account]:
    """Accounts wholly open to the principal. A token of one app opens no account."""
    if isinstance(principal, ApiToken):
        if principal.revoked_at or principal.app_id is not None:
            return Account.objects.none()
        return Account.objects.filter(pk=principal.account_id)
    if not isinstance(principal, User) or not principal.is_active:
        return Account.objects.none()
    if principal.is_superuser:
        return Account.objects.all()
    # A subquery and not a join: a join would double rows as soon as something else is joined to it.
    return Account.objects.filter(pk__in=principal.memberships.values("account"))


def apps_for(principal: Principal) -> QuerySet[App]:
    """The one rule of visibility, for tokens and people alike."""
    if isinstance(principal, ApiToken) and principal.app_id is not None:
        if principal.revoked_at:
            return App.objects.none()
        # Both must agree: a token whose app lies in another account opens nothing.
        return App.objects.filter(pk=principal.app_id, account=principal.account_id)
    if isinstance(principal, User) and principal.is_superuser and principal.is_active:
        return App.objects.all()
    return App.objects.filter(account__in=accounts_for(principal))


def app_ids_for(principal: Principal) -> tuple[int, ...]:
    """The ids of `apps_for`, ascending; of a token that just authenticated without asking again."""
    if isinstance(principal, ApiToken) and principal.visible_app_ids is not None:
        return principal.visible_app_ids
    return tuple(apps_for(principal).order_by("pk").values_list("pk", flat=True))


def app_or_404(principal: Principal, app_id: str, account_id: str | None = None) -> App:
    """The visible app of these public ids, with its account. Raises Http404, alike for hidden and absent.

    Without `account_id`, a superuser may meet two apps of one public id: the older one is meant.
    """
    apps = apps_for(principal).select_related("account").filter(public_id=app_id)
    if account_id is not None:
        apps = apps.filter(account__public_id=account_id)
    app = apps.order_by("pk").first()
    if app is None:
        raise Http404("No such app, or it is not one of yours.")
    return app


def has_scope(principal: Principal, scope: str) -> bool:
    """`admin` implies `read`, and nothing else: a key that manages does not send events by accident.

    People read; only tokens send events, because events belong to a token's source.
    """
    if isinstance(principal, ApiToken):
        held = set(principal.scopes)
        return scope in held or (scope == Scope.READ and Scope.ADMIN in held)
    if not principal.is_active:
        return False
    if scope == Scope.ADMIN:
        return principal.is_staff
    return scope == Scope.READ


def may_see_addresses(principal: Principal) -> bool:
    """Whether viewers' IP addresses may be shown, within `apps_for`."""
    return has_scope(principal, Scope.ADMIN)
