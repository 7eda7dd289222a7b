import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import Http404
from django.utils import timezone

from accounts.access import (
    Principal,
    accounts_for,
    app_ids_for,
    app_or_404,
    apps_for,
    has_scope,
    may_see_addresses,
)
from accounts.authentication import find_token
from accounts.models import ApiToken, App, Scope
from tests.worlds import Worlds


def ids(principal: Principal) -> set[str]:
    return {app.public_id for app in apps_for(principal)}


@pytest.mark.parametrize("scope", Scope.values)
def test_it_opens_its_one_app_to_an_app_token(worlds: Worlds, scope: str) -> None:
    App.objects.create(public_id="second", account=worlds.north.account, name="Second")
    assert ids(worlds.north.tokens[scope]) == {"north-app"}


def test_it_opens_all_apps_of_its_account_to_an_account_token(worlds: Worlds) -> None:
    App.objects.create(public_id="second", account=worlds.north.account, name="Second")
    assert ids(worlds.north.account_token) == {"north-app", "second"}


def test_it_opens_nothing_to_a_token_whose_app_is_of_another_account(worlds: Worlds) -> None:
    token, _ = ApiToken.issue(account=worlds.north.account, app=worlds.south.app, scopes=["read"])
    assert ids(token) == set()


@pytest.mark.parametrize("whole_account", [False, True])
def test_it_opens_nothing_to_a_revoked_token(worlds: Worlds, whole_account: bool) -> None:
    token = worlds.north.account_token if whole_account else worlds.north.tokens["read"]
    token.revoked_at = timezone.now()
    assert ids(token) == set()
    assert not accounts_for(token).exists()


def test_it_opens_no_whole_account_to_an_app_token(worlds: Worlds) -> None:
    assert not accounts_for(worlds.north.tokens["read"]).exists()


def test_it_opens_their_accounts_to_members(worlds: Worlds) -> None:
    assert ids(worlds.north.member) == {"north-app"}
    assert ids(worlds.north.staff) == {"north-app"}


def test_it_opens_everything_to_superusers(worlds: Worlds) -> None:
    assert ids(worlds.superuser) == {"north-app", "south-app"}


@pytest.mark.parametrize("username", ["north-member", "root"])
def test_it_opens_nothing_to_inactive_people(worlds: Worlds, username: str) -> None:
    user = User.objects.get(username=username)
    user.is_active = False
    assert ids(user) == set()


def test_it_opens_nothing_to_strangers(worlds: Worlds) -> None:
    assert ids(AnonymousUser()) == set()
    assert ids(User.objects.create_user("nobody", is_staff=True)) == set()


def test_it_finds_a_visible_app_by_its_public_ids(worlds: Worlds) -> None:
    assert app_or_404(worlds.north.tokens["read"], "north-app", "north") == worlds.north.app
    assert app_or_404(worlds.north.tokens["read"], "north-app") == worlds.north.app


@pytest.mark.parametrize(
    ("app_id", "account_id"),
    [("south-app", "south"), ("south-app", None), ("north-app", "south"), ("absent", "north")],
)
def test_it_hides_what_is_outside_as_if_it_were_not_there(
    worlds: Worlds, app_id: str, account_id: str | None
) -> None:
    for principal in (worlds.north.tokens["read"], worlds.north.account_token, worlds.north.member):
        with pytest.raises(Http404):
            app_or_404(principal, app_id, account_id)


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        ("read", {"read"}),
        ("ingest", {"ingest"}),
        ("beacon", {"beacon"}),
        ("admin", {"admin", "read"}),
    ],
)
def test_it_lets_a_token_do_what_its_scope_says(worlds: Worlds, held: str, allowed: set[str]) -> None:
    token = worlds.north.tokens[held]
    assert {scope for scope in Scope.values if has_scope(token, scope)} == allowed


def test_it_lets_people_read_and_never_send(worlds: Worlds) -> None:
    assert {scope for scope in Scope.values if has_scope(worlds.north.member, scope)} == {"read"}
    assert {scope for scope in Scope.values if has_scope(worlds.north.staff, scope)} == {"read", "admin"}
    assert not any(has_scope(AnonymousUser(), scope) for scope in Scope.values)


def test_it_shows_addresses_to_admin_tokens_and_staff_only(worlds: Worlds) -> None:
    assert may_see_addresses(worlds.north.tokens["admin"])
    assert may_see_addresses(worlds.north.staff)
    assert not may_see_addresses(worlds.north.tokens["read"])
    assert not may_see_addresses(worlds.north.tokens["ingest"])
    assert not may_see_addresses(worlds.north.member)


def test_a_token_that_authenticates_knows_its_apps(worlds: Worlds) -> None:
    App.objects.create(public_id="second", account=worlds.north.account, name="Second")
    astray = ApiToken.issue(account=worlds.north.account, app=worlds.south.app, scopes=["read"])
    issued = [
        (worlds.north.tokens["read"], worlds.north.secrets["read"]),
        (worlds.north.account_token, worlds.north.account_secret),
        astray,
    ]
    for token, secret in issued:
        found = find_token(secret)
        assert found is not None
        assert found.visible_app_ids == app_ids_for(token)
        assert set(app_ids_for(found)) == {app.pk for app in apps_for(token)}


def test_it_knows_the_apps_of_people(worlds: Worlds) -> None:
    for person in (worlds.north.member, worlds.superuser, AnonymousUser()):
        assert list(app_ids_for(person)) == sorted(app.pk for app in apps_for(person))
