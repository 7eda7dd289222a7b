"""The map page's own endpoints, without a browser."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from accounts.authentication import find_token
from accounts.models import Account, ApiToken, App, Membership, Source
from ingest.events import Event
from ingest.record import record
from viewers import snapshot

NOW = 1_770_811_205_123

pytestmark = pytest.mark.django_db


def make_app(name: str) -> App:
    account = Account.objects.create(name=name, public_id=name)
    return App.objects.create(account=account, name=name, public_id=name)


def watch(app: App, connection_id: str, stream_key: str, bandwidth: int = 1000) -> None:
    source, _ = Source.objects.get_or_create(app=app, name="players")
    event = Event("view.start", connection_id, stream_key, at=NOW, out_bandwidth=bandwidth, health_score=80)
    record([event], source, NOW)


def publish() -> None:
    snapshot.write(snapshot.build(connection, NOW), settings.SNAPSHOT_DIR)


@pytest.fixture
def app() -> App:
    return make_app("acme")


@pytest.fixture
def member(app: App, client: Client) -> Client:
    user = User.objects.create_user("olive")
    Membership.objects.create(user=user, account=app.account)
    client.force_login(user)
    return client


def test_it_lists_the_most_watched_stream_first(app: App, member: Client) -> None:
    watch(app, "v_1", "news")
    watch(app, "v_2", "concert", 500)
    watch(app, "v_3", "concert", 700)
    publish()
    data = member.get("/map/streams").json()["data"]
    assert data == {
        "streams": [
            {"streamKey": "concert", "viewers": 2, "outBandwidth": 1200, "healthScore": 80},
            {"streamKey": "news", "viewers": 1, "outBandwidth": 1000, "healthScore": 80},
        ],
        "totalStreams": 2,
        "outBandwidth": 2200,
    }


def test_it_is_empty_before_the_first_snapshot(member: Client) -> None:
    assert member.get("/map/streams").json()["data"]["streams"] == []


def test_it_shows_only_streams_of_ones_own_accounts(app: App, member: Client) -> None:
    watch(make_app("globex"), "v_1", "secret")
    publish()
    assert member.get("/map/streams").json()["data"]["totalStreams"] == 0
    assert member.get("/map/streams", {"app": "globex"}).status_code == 404


def test_it_refuses_who_is_not_logged_in(client: Client) -> None:
    answer = client.get("/map/streams")
    assert (answer.status_code, answer.json()) == (401, {"message": "Log in first."})


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
