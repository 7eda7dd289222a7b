"""Making and revoking the links of embedded maps, through the map page's dialog."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts import embeds
from accounts.models import App, EmbedLink, Source
from ingest.events import Event
from ingest.record import record
from tests.worlds import World, Worlds, two_worlds
from viewers import snapshot

pytestmark = pytest.mark.django_db
URL = "/map/embed"
NOW = 1_770_283_311_253


@pytest.fixture
def worlds() -> Worlds:
    return two_worlds()


@pytest.fixture
def north(worlds: Worlds) -> World:
    return worlds.north


@pytest.fixture
def member(north: World, client: Client) -> Client:
    client.force_login(north.member)
    return client


def form(**changes: str) -> dict[str, str]:
    return {"app": "north/north-app", "stream": "concert", **changes}


def text(answer: Any) -> str:
    content: str = answer.content.decode()
    return content


def test_it_makes_a_link_that_works(north: World, member: Client) -> None:
    answer = member.post(URL, form(name=" Sunday "))
    link = EmbedLink.objects.get()
    assert (link.app, link.stream_key, link.name, link.created_by) == (
        north.app,
        "concert",
        "Sunday",
        north.member,
    )
    copied = re.search(r'<pre id="share-address-1"[^>]*>http://testserver(/embed/[^<]+)</pre>', text(answer))
    assert copied
    assert Client().get(copied[1]).status_code == 200
    assert f'&lt;iframe src="http://testserver{copied[1]}"' in text(answer)


def test_the_frame_to_copy_is_right_whatever_the_title_is(member: Client) -> None:
    answer = member.post(URL, form(name='Tom & "Jerry" <b>'))
    found = re.search(r'<pre id="share-frame-1"[^>]*>(.*?)</pre>', text(answer), re.DOTALL)
    assert found
    # What the browser copies is this with one escape undone.
    assert "&amp;amp; &amp;quot;Jerry&amp;quot; &amp;lt;b&amp;gt;" in found[1]


def test_it_lists_the_living_links_of_the_stream(north: World, member: Client) -> None:
    embeds.make(north.app, "concert", "first", north.member.pk)
    embeds.make(north.app, "another", "elsewhere", north.member.pk)
    page = text(member.get(URL, {"app": "north-app", "stream": "concert"}))
    assert "first" in page
    assert "north-member" in page
    assert "elsewhere" not in page


def test_it_revokes_a_link(north: World, member: Client) -> None:
    link = embeds.make(north.app, "concert", "first", north.member.pk)
    answer = member.post(URL, form(revoke=link.pk.hex))
    link.refresh_from_db()
    assert link.revoked_at is not None
    assert "first" not in text(answer)
    assert EmbedLink.objects.count() == 1


def test_it_never_takes_a_revoked_link_back(north: World, member: Client) -> None:
    link = embeds.make(north.app, "concert", "first", north.member.pk)
    member.post(URL, form(revoke=link.pk.hex))
    link.refresh_from_db()
    first = link.revoked_at
    member.post(URL, form(revoke=link.pk.hex))
    link.refresh_from_db()
    assert link.revoked_at == first


@pytest.mark.parametrize("named", ["", "x", "0" * 32, "\0", "-1"])
def test_it_revokes_nothing_that_is_not_there(north: World, member: Client, named: str) -> None:
    embeds.make(north.app, "concert", "first", north.member.pk)
    assert member.post(URL, form(revoke=named)).status_code == 200
    assert EmbedLink.objects.filter(revoked_at__isnull=True).count() == 1


def test_it_asks_for_a_login(worlds: Worlds, client: Client) -> None:
    for answer in (client.get(URL), client.post(URL, form())):
        assert (answer.status_code, answer["Location"].startswith("/login?")) == (302, True)
    assert not EmbedLink.objects.exists()


def test_it_asks_for_the_forms_token(north: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(north.member)
    assert strict.post(URL, form()).status_code == 403
    assert not EmbedLink.objects.exists()


@pytest.mark.parametrize("app", ["south/south-app", "south-app", "north/south-app", "/", "\0/\0", "x" * 9000])
def test_it_knows_no_other_accounts_apps(worlds: Worlds, member: Client, app: str) -> None:
    link = embeds.make(worlds.south.app, "concert", "of the south", None)
    for answer in (
        member.get(URL, form(app=app)),
        member.post(URL, form(app=app)),
        member.post(URL, form(app=app, revoke=link.pk.hex)),
    ):
        assert answer.status_code in (400, 404)
        assert "of the south" not in text(answer)
    assert EmbedLink.objects.filter(revoked_at__isnull=True).count() == 1


def test_it_revokes_no_link_of_another_account(worlds: Worlds, member: Client) -> None:
    link = embeds.make(worlds.south.app, "concert", "of the south", None)
    member.post(URL, form(revoke=link.pk.hex))
    link.refresh_from_db()
    assert link.revoked_at is None


def second(north: World) -> App:
    return App.objects.create(public_id="north-two", account=north.account, name="Two")


def test_it_takes_the_only_app_in_which_the_stream_is_watched(north: World, member: Client) -> None:
    app = second(north)
    source = Source.objects.create(app=app, name="players")
    record([Event("view.start", "v1", "concert")], source, NOW)
    snapshot.write(snapshot.build(connection, NOW), settings.SNAPSHOT_DIR)
    assert 'value="north/north-two"' in text(member.get(URL, {"stream": "concert"}))


def test_it_asks_which_app_is_meant(north: World, member: Client) -> None:
    second(north)
    page = text(member.get(URL, {"stream": "concert"}))
    assert '<option value="north/north-app">' in page
    assert '<option value="north/north-two">' in page
    member.post(URL, {"stream": "concert"})
    assert not EmbedLink.objects.exists()


def test_it_asks_for_a_stream(member: Client) -> None:
    assert "Choose a stream" in text(member.get(URL))
    member.post(URL, form(stream=""))
    assert not EmbedLink.objects.exists()


def test_it_stops_where_links_pile_up(north: World, member: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeds, "MOST_LIVING", 2)
    answers = [member.post(URL, form()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert "Revoke those" in text(answers[-1])
    assert EmbedLink.objects.count() == 2


def test_it_stands_any_text(member: Client) -> None:
    hostile = '<img src=x onerror=alert(1)>"\0\ud83c' + "x" * 500
    for field in ("stream", "name", "app", "revoke"):
        answer = member.post(URL, form(**{field: hostile.encode("utf-8", "replace").decode()}))
        assert answer.status_code in (200, 404)
        assert "<img" not in text(answer)
