import re
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.authentication import find_token
from accounts.models import Account, ApiToken, App, Membership, Source
from tests.worlds import PASSWORD, World, Worlds, make_world

LISTS = ["account", "app", "source", "apitoken", "membership"]


@pytest.fixture
def staff(worlds: Worlds, client: Client) -> Client:
    """The north's staff, allowed by Django to do everything, and so held only by what is theirs."""
    worlds.north.staff.user_permissions.set(Permission.objects.all())
    client.login(username="north-staff", password=PASSWORD)
    return client


@pytest.fixture
def root(worlds: Worlds, client: Client) -> Client:
    client.login(username="root", password=PASSWORD)
    return client


def row_of(world: World, model: str) -> Any:
    rows = {
        "account": world.account,
        "app": world.app,
        "source": world.source,
        "apitoken": world.tokens["read"],
        "membership": Membership.objects.get(user=world.member),
    }
    return rows[model]


def token_form(world: World, **changes: Any) -> dict[str, Any]:
    form = {
        "name": "made here",
        "account": world.account.pk,
        "app": world.app.pk,
        "source": world.source.pk,
        "scopes": ["read", "ingest"],
    }
    return {**form, **changes}


@pytest.mark.parametrize("model", LISTS)
def test_it_lists_only_the_rows_of_ones_own_accounts(worlds: Worlds, staff: Client, model: str) -> None:
    page = staff.get(f"/admin/accounts/{model}/").content.decode().lower()
    assert "north" in page
    assert "south" not in page


@pytest.mark.parametrize("action", ["change", "delete", "history"])
@pytest.mark.parametrize("model", LISTS)
def test_it_hides_other_accounts_rows(worlds: Worlds, staff: Client, model: str, action: str) -> None:
    answer = staff.get(f"/admin/accounts/{model}/{row_of(worlds.south, model).pk}/{action}/", follow=True)
    assert b"south" not in answer.content.lower()
    assert [hop[0] for hop in answer.redirect_chain] in (["/admin/"], [])
    assert answer.redirect_chain or answer.status_code in (403, 404)


@pytest.mark.parametrize("model", ["app", "source", "apitoken"])
def test_it_offers_no_choice_of_other_accounts(worlds: Worlds, staff: Client, model: str) -> None:
    page = staff.get(f"/admin/accounts/{model}/add/").content.decode().lower()
    assert "north" in page
    assert "south" not in page


def test_it_accepts_no_row_in_another_account(worlds: Worlds, staff: Client) -> None:
    staff.post(
        "/admin/accounts/app/add/", {"public_id": "x", "name": "x", "account": worlds.south.account.pk}
    )
    staff.post("/admin/accounts/apitoken/add/", token_form(worlds.south))
    assert not App.objects.filter(public_id="x").exists()
    assert not ApiToken.objects.filter(name="made here").exists()


@pytest.mark.parametrize("model", ["app", "source", "apitoken"])
def test_it_acts_on_no_row_of_another_account(worlds: Worlds, staff: Client, model: str) -> None:
    row = row_of(worlds.south, model)
    staff.post(
        f"/admin/accounts/{model}/",
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )
    staff.post("/admin/accounts/apitoken/", {"action": "revoke", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert getattr(row, "revoked_at", None) is None


@pytest.mark.parametrize(
    "path", ["auth/user/", "auth/user/add/", "auth/group/add/", "accounts/membership/add/"]
)
def test_it_keeps_people_and_memberships_to_superusers(staff: Client, path: str) -> None:
    assert staff.get(f"/admin/{path}").status_code == 403


def test_it_lets_superusers_bring_people_in(worlds: Worlds, root: Client) -> None:
    assert root.get("/admin/auth/user/").status_code == 200
    root.post(
        "/admin/accounts/membership/add/",
        {"user": worlds.north.member.pk, "account": worlds.south.account.pk},
    )
    assert worlds.north.member.memberships.count() == 2


def test_it_lists_everything_to_superusers(worlds: Worlds, root: Client) -> None:
    page = root.get("/admin/accounts/source/").content.decode()
    assert "north-source" in page
    assert "south-source" in page


def test_it_shows_a_new_token_once(worlds: Worlds, root: Client) -> None:
    answer = root.post("/admin/accounts/apitoken/add/", token_form(worlds.north))
    shown = re.findall(r"trn_[\w-]{40,}", answer.content.decode())
    assert len(set(shown)) == 1
    token = find_token(shown[0])
    assert token is not None
    assert (token.name, token.source, token.scopes) == ("made here", worlds.north.source, ["read", "ingest"])
    for path in ("", f"{token.pk}/change/", f"{token.pk}/history/"):
        page = root.get(f"/admin/accounts/apitoken/{path}").content.decode()
        assert shown[0] not in page
        assert token.hash not in page


def test_it_keeps_the_secret_out_of_the_admins_log(worlds: Worlds, root: Client) -> None:
    form = token_form(worlds.north, name="")
    page = root.post("/admin/accounts/apitoken/add/", form, follow=True).content.decode()
    secret = re.findall(r"trn_[\w-]{40,}", page)[0]
    entry = LogEntry.objects.get()
    assert secret not in f"{entry.object_repr} {entry.change_message}"


def test_it_keeps_the_secret_nowhere_but_in_the_answer(worlds: Worlds, root: Client) -> None:
    answer = root.post("/admin/accounts/apitoken/add/", token_form(worlds.north))
    [secret] = set(re.findall(r"trn_[\w-]{40,}", answer.content.decode()))
    assert "no-store" in answer["Cache-Control"]
    assert secret not in str(root.cookies)
    assert all(secret not in str(stored.get_decoded()) for stored in Session.objects.all())
    for path in ("/admin/", "/admin/accounts/apitoken/", "/admin/accounts/apitoken/add/"):
        assert secret not in root.get(path).content.decode()


@pytest.mark.parametrize(
    ("scopes", "lines"),
    [
        (["read"], ["/api/cluster/viewers/geolocation", "/north/realtime/kit/north-app/"]),
        (["ingest"], ["/api/ingest/events"]),
        (["admin"], ["/api/cluster/viewers/geolocation", "/api/cluster/viewers\n"]),
        (["beacon"], ["&lt;script&gt;", "/api/ingest/events"]),
    ],
)
def test_it_says_what_is_done_with_a_token(
    worlds: Worlds, root: Client, scopes: list[str], lines: list[str]
) -> None:
    form = token_form(worlds.north, scopes=scopes)
    page = root.post("/admin/accounts/apitoken/add/", form).content.decode().replace("</pre>", "\n")
    assert all(line in page for line in lines)


@pytest.mark.parametrize("app", ["own", ""])
def test_it_gives_lines_that_run(worlds: Worlds, root: Client, app: str) -> None:
    chosen = {"app": worlds.north.app.pk, "scopes": ["read", "ingest"]} if app else {"app": "", "source": ""}
    form = token_form(worlds.north, **{"scopes": ["read"], **chosen})
    page = unescape(root.post("/admin/accounts/apitoken/add/", form).content.decode())
    secret = re.findall(r"trn_[\w-]{40,}", page)[0]
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    read = re.findall(r"\n  http://testserver(/\S+?)</pre>", page)
    assert [client.get(path).status_code for path in read] == [200, 200]
    for body in re.findall(r"-d '(.*?)'</pre>", page, re.DOTALL):
        answer = client.post("/api/ingest/events", body, content_type="application/json")
        assert answer.json()["data"] == {"accepted": 1, "rejected": []}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scopes": []}, "This field is required"),
        ({"scopes": ["everything"]}, "Select a valid choice"),
        ({"source": ""}, "needs the source"),
        ({"app": ""}, "Choose the app"),
    ],
)
def test_it_explains_a_token_that_cannot_be(
    worlds: Worlds, root: Client, changes: dict[str, Any], said: str
) -> None:
    page = root.post("/admin/accounts/apitoken/add/", token_form(worlds.north, **changes))
    assert said in page.content.decode()
    assert not ApiToken.objects.filter(name="made here").exists()


def test_it_makes_no_token_across_accounts(worlds: Worlds, root: Client) -> None:
    form = token_form(worlds.north, account=worlds.south.account.pk)
    assert "another account" in root.post("/admin/accounts/apitoken/add/", form).content.decode()


def test_it_changes_nothing_of_a_token_but_its_name(worlds: Worlds, root: Client) -> None:
    token = worlds.north.tokens["read"]
    form = token_form(worlds.south, name="renamed", scopes=["admin"])
    root.post(f"/admin/accounts/apitoken/{token.pk}/change/", form)
    token.refresh_from_db()
    assert (token.name, token.scopes, token.account) == ("renamed", ["read"], worlds.north.account)
    assert find_token(worlds.north.secrets["read"]) == token


def test_it_revokes_the_tokens_selected(worlds: Worlds, staff: Client) -> None:
    token = worlds.north.tokens["read"]
    staff.post("/admin/accounts/apitoken/", {"action": "revoke", "_selected_action": [token.pk]})
    assert find_token(worlds.north.secrets["read"]) is None
    assert find_token(worlds.north.secrets["admin"]) is not None


def source_form(world: World, **changes: Any) -> dict[str, Any]:
    form = {"app": world.app.pk, "name": "polled", "kind": "nginx-rtmp", "interval_s": 5, "heartbeats": "on"}
    return {**form, **changes}


def test_it_lets_superusers_set_a_poll_url(worlds: Worlds, root: Client) -> None:
    url = "http://media:8080/stat"
    root.post("/admin/accounts/source/add/", source_form(worlds.north, poll_url=url))
    assert Source.objects.get(name="polled").poll_url == url


def test_it_lets_nobody_else_set_a_poll_url(worlds: Worlds, staff: Client) -> None:
    url = "http://169.254.169.254/"
    staff.post("/admin/accounts/source/add/", source_form(worlds.north, poll_url=url))
    assert Source.objects.get(name="polled").poll_url == ""
    source = worlds.north.source
    form = source_form(worlds.north, poll_url=url, name="renamed")
    staff.post(f"/admin/accounts/source/{source.pk}/change/", form)
    source.refresh_from_db()
    assert (source.name, source.poll_url) == ("renamed", "")


def test_it_explains_a_source_name_that_is_taken(worlds: Worlds, root: Client) -> None:
    Source.objects.create(app=worlds.north.app, name="polled")
    for path in ("add/", f"{worlds.north.source.pk}/change/"):
        answer = root.post(f"/admin/accounts/source/{path}", source_form(worlds.north))
        assert (answer.status_code, b"errorlist" in answer.content) == (200, True)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://media/stat",
        "gopher://media:11211/_stats",
        "//media/stat",
        "http://",
        "http:///stat",
        "http://media:0/",
        "http://media:99999/",
        "http://[::1/",
        "http://me dia/",
        "http://media/\r\nHost: x",
        "javascript:alert(1)",
    ],
)
def test_it_refuses_what_cannot_be_polled(worlds: Worlds, root: Client, url: str) -> None:
    root.post("/admin/accounts/source/add/", source_form(worlds.north, poll_url=url))
    assert not Source.objects.filter(name="polled").exists()


def test_it_keeps_a_source_that_ever_reported_anything(worlds: Worlds, root: Client) -> None:
    worlds.north.source.tokens.all().delete()
    path = f"/admin/accounts/source/{worlds.north.source.pk}/delete/"
    Source.objects.filter(pk=worlds.north.source.pk).update(last_event_ms=1)
    root.post(path, {"post": "yes"})
    assert Source.objects.filter(pk=worlds.north.source.pk).exists()
    Source.objects.filter(pk=worlds.north.source.pk).update(last_event_ms=None)
    root.post(path, {"post": "yes"})
    assert not Source.objects.filter(pk=worlds.north.source.pk).exists()


@pytest.mark.parametrize("model", LISTS)
def test_it_lists_rows_in_a_fixed_number_of_queries(
    worlds: Worlds, root: Client, model: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        make_world(f"more{number}")
    with django_assert_max_num_queries(8):
        assert root.get(f"/admin/accounts/{model}/").status_code == 200


def test_it_keeps_identities_as_they_were_made(worlds: Worlds, root: Client) -> None:
    account = worlds.north.account
    root.post(f"/admin/accounts/account/{account.pk}/change/", {"name": "Renamed", "public_id": "other"})
    assert Account.objects.get(pk=account.pk).public_id == "north"
    assert Account.objects.get(pk=account.pk).name == "Renamed"


def test_it_lets_members_without_staff_rights_nowhere_in(worlds: Worlds, client: Client) -> None:
    client.login(username="north-member", password=PASSWORD)
    assert client.get("/admin/accounts/app/").status_code == 302
    assert User.objects.get(username="north-member").is_staff is False
