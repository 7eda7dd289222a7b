"""The map page's own endpoints, without a browser."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.authentication import find_token
from accounts.models import Account, ApiToken, App, Membership, Source

NOW = 1_770_811_205_123

pytestmark = pytest.mark.django_db


def make_app(name: str) -> App:
    account = Account.objects.create(name=name, public_id=name)
    return App.objects.create(account=account, name=name, public_id=name)


@pytest.fixture
def app() -> App:
    return make_app("acme")


@pytest.fixture
def member(app: App, client: Client) -> Client:
    user = User.objects.create_user("olive")
    Membership.objects.create(user=user, account=app.account)
    client.force_login(user)
    return client


def test_it_offers_a_choice_only_to_who_has_several_apps(app: App, member: Client) -> None:
    assert "app-chooser" not in member.get("/").content.decode()
    App.objects.create(account=app.account, name="Second", public_id="second")
    assert "app-chooser" in member.get("/").content.decode()


def test_it_writes_names_as_text(app: App, member: Client) -> None:
    App.objects.create(account=app.account, name="</script><script>alert(1)</script>", public_id="second")
    assert "<script>alert(1)" not in member.get("/").content.decode()


def test_it_allows_no_inline_code(member: Client) -> None:
    page = member.get("/")
    assert "unsafe" not in page["Content-Security-Policy"]
    assert " style=" not in page.content.decode()
    assert " onclick=" not in page.content.decode()


def make_token(client: Client, app: str = "acme/acme") -> Any:
    return client.post("/map/token", {"app": app})


def secrets_in(page: Any) -> list[str]:
    return re.findall(r"trn_[\w-]+", page.content.decode())


def test_it_puts_ones_own_tokens_into_the_snippets(app: App, member: Client) -> None:
    rest, nginx, again = secrets_in(make_token(member))
    assert nginx == again
    for secret, source, kind in [(rest, "default", "rest"), (nginx, "nginx-rtmp", "nginx-rtmp")]:
        token = find_token(secret)
        assert token is not None
        assert token.source is not None
        assert (token.source.name, token.source.kind) == (source, kind)
        assert (token.scopes, token.app, token.account) == (["ingest"], app, app.account)


def test_it_sends_events_with_a_token_of_the_page(member: Client, client: Client) -> None:
    rest, nginx, _ = secrets_in(make_token(member))
    event = {"type": "view.start", "connectionId": "v_1", "streamKey": "my-stream"}
    bearer = {"Authorization": f"Bearer {rest}"}
    answer = client.post("/api/ingest/events", [event], content_type="application/json", headers=bearer)
    assert answer.json()["data"]["accepted"] == 1
    stop = {"call": "play_done", "app": "live", "name": "a", "addr": "81.2.69.142", "clientid": "4"}
    assert client.post(f"/in/{nginx}/nginx-rtmp", stop).status_code in (204, 400)


def test_it_shows_a_token_once_and_keeps_it_nowhere(member: Client, caplog: pytest.LogCaptureFixture) -> None:
    page = make_token(member)
    assert "no-store" in page["Cache-Control"]
    assert "only this once" in page.content.decode()
    assert secrets_in(member.get("/")) == []
    assert "trn_" not in str(dict(member.session.items())) + str(member.cookies) + caplog.text
    assert not ApiToken.objects.filter(name__contains="trn_").exists()


def test_it_makes_sources_only_where_they_are_missing(app: App, member: Client) -> None:
    source = Source.objects.create(app=app, name="edge", kind="nginx-rtmp")
    for _ in range(2):
        make_token(member)
    assert sorted(app.sources.values_list("name", flat=True)) == ["default", "edge"]
    assert source.tokens.count() == 2


def test_it_makes_tokens_for_the_chosen_app(app: App, member: Client) -> None:
    second = App.objects.create(account=app.account, name="Second", public_id="second")
    page = make_token(member, "acme/second")
    assert {token.app for token in ApiToken.objects.all()} == {second}
    assert "for the app Second" in page.content.decode()


@pytest.mark.parametrize("app_id", ["globex/globex", "acme/none", "globex/acme", "acme", "", "/", "acme/\0"])
def test_it_makes_no_token_for_what_one_may_not_see(member: Client, app_id: str) -> None:
    make_app("globex")
    assert make_token(member, app_id).status_code == 404
    assert not ApiToken.objects.exists()


def test_it_makes_no_token_for_who_is_not_logged_in(app: App, client: Client) -> None:
    assert make_token(client).headers["Location"] == "/login?next=/map/token"
    assert not ApiToken.objects.exists()


def test_it_makes_no_token_for_another_site(app: App, member: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get())
    assert make_token(strict).status_code == 403
    assert not ApiToken.objects.exists()


def test_it_makes_no_token_when_only_looked_at(member: Client) -> None:
    assert member.get("/map/token").headers["Location"] == "/"
    assert not ApiToken.objects.exists()


def test_it_stops_before_tokens_pile_up(app: App, member: Client) -> None:
    for _ in range(10):
        assert make_token(member).status_code == 200
    page = make_token(member)
    assert (page.status_code, secrets_in(page)) == (409, [])
    assert "Revoke those that nobody uses" in page.content.decode()
    assert ApiToken.objects.count() == 20
    token = ApiToken.objects.order_by("pk")
    token.filter(pk__in=token.values("pk")[:2]).update(revoked_at=app.created_at)
    assert make_token(member).status_code == 200


def test_it_shows_the_callbacks_that_stop_no_stream(member: Client) -> None:
    snippet = member.get("/").content.decode().partition('id="nginx-snippet"')[2].partition("</pre>")[0]
    called = {line.split()[0] for line in snippet.splitlines() if line.startswith("on_")}
    assert called == {"on_publish_done", "on_play_done"}
    assert "rtmp_stat all;" in snippet


def test_it_says_to_whom_belongs_nothing_what_to_do(client: Client) -> None:
    client.force_login(User.objects.create_user("stranger"))
    page = client.get("/").content.decode()
    assert "member of no account" in page
    assert "Make a token" not in page


def test_it_marks_commands_as_code(member: Client, settings: Any) -> None:
    settings.GEOIP_PATH = "/nowhere/<b>.mmdb"
    notice = member.get("/").content.decode().partition('id="geoip-notice"')[2].partition("</div>")[0]
    assert "<code>manage.py geoip --update dbip</code>" in notice
    assert "`" not in notice
    assert "<b>" not in notice


@pytest.mark.parametrize(("staff", "way"), [(True, "/admin/viewers/viewersession/ID/change/"), (False, None)])
def test_it_tells_the_way_into_the_admin_to_staff_alone(member: Client, staff: bool, way: str | None) -> None:
    User.objects.update(is_staff=staff)
    assert config_of(member.get("/"))["admin"] == way


def test_it_leaves_out_what_is_not_for_a_wall(member: Client) -> None:
    assert config_of(member.get("/?wall=1"))["wall"] is True
    assert config_of(member.get("/?wall=no"))["wall"] is False


def config_of(page: Any) -> Any:
    text = page.content.decode().partition('id="map-config" type="application/json">')[2]
    return json.loads(text.partition("</script>")[0])
