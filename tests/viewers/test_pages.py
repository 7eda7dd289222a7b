"""The map page's own endpoints, without a browser."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from accounts.models import Account, App, Membership, Source
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
