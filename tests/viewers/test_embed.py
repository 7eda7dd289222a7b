"""Maps for public pages, without a browser: what they tell, to whom, and what they keep to themselves."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as project_settings
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from hypothesis import HealthCheck, example, given, strategies
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import embeds
from accounts.models import EmbedLink
from ingest.events import Event
from ingest.record import record
from tests.test_isolation import routes
from tests.worlds import World, make_world
from viewers import snapshot

pytestmark = pytest.mark.django_db
NOW = 1_770_283_311_253
# London and Reading are of one cell, Paris is of another.
LONDON, READING, PARIS = (51.5, -0.12), (51.45, -0.98), (48.85, 2.35)
KEY = "s3cret-stream-key"


@pytest.fixture
def world() -> World:
    return make_world("north")


@pytest.fixture(autouse=True)
def unlimited(settings: Settings) -> None:
    """All tests come from one address."""
    settings.EMBED_RATE = "off"


@pytest.fixture
def link(world: World) -> EmbedLink:
    return embeds.make(world.app, KEY, "Sunday service", world.member.pk)


def arrive(
    world: World, count: int, position: tuple[float, float] | None, stream: str = KEY, first: int = 0
) -> None:
    events = [
        Event(
            "view.start",
            f"v-{stream}-{position}-{first + number}",
            stream,
            position=position,
            ip=None if position else "10.0.0.1",
            out_bandwidth=1000,
            health_score=80,
        )
        for number in range(count)
    ]
    record(events, world.source, NOW)


def publish() -> None:
    snapshot.write(snapshot.build(connection, NOW), project_settings.SNAPSHOT_DIR)


def address(link: EmbedLink, more: str = "") -> str:
    return f"/embed/{embeds.signed(link)}{more}"


def ask(client: Client, link: EmbedLink, **parameters: Any) -> Any:
    return client.get(address(link, "/markers"), parameters)


def data(client: Client, link: EmbedLink, **parameters: Any) -> Any:
    return ask(client, link, **parameters).json()["data"]


def counts(found: Any) -> list[int]:
    return sorted(marker["data"]["count"] for marker in found["markers"])


def test_it_shows_clusters_and_a_total_to_everybody(client: Client, world: World, link: EmbedLink) -> None:
    arrive(world, 5, LONDON)
    arrive(world, 3, READING)
    arrive(world, 6, PARIS)
    publish()
    found = data(client, link, zoom=6)
    assert counts(found) == [6, 8]
    assert found["stats"] == {"isClustered": True, "totalMarkers": 2, "totalViewers": 14}
    assert found["timestamp"] == NOW
    for marker in found["markers"]:
        assert set(marker) == {"type", "position", "data"}
        assert set(marker["data"]) == {"count", "bounds"}


def test_it_merges_cells_for_a_far_view(client: Client, world: World, link: EmbedLink) -> None:
    arrive(world, 5, LONDON)
    arrive(world, 6, PARIS)
    publish()
    assert counts(data(client, link, zoom=1)) == [11]


def test_it_leaves_out_who_is_nearly_alone_at_every_zoom(
    client: Client, world: World, link: EmbedLink
) -> None:
    arrive(world, 9, LONDON)
    arrive(world, 4, PARIS)
    publish()
    for zoom in range(21):
        for box in (None, "2,48,3,49", "-1,51,1,52", "-180,-85,180,85"):
            found = data(client, link, zoom=zoom, **({"bbox": box} if box else {}))
            assert counts(found) in ([9], [])
            # Nor can they be counted by subtraction.
            assert found["stats"]["totalViewers"] == 9


def test_a_deeper_zoom_shows_nothing_more(client: Client, world: World, link: EmbedLink) -> None:
    arrive(world, 5, LONDON)
    arrive(world, 5, READING)
    publish()
    deepest, six = (data(client, link, zoom=zoom, bbox="-2,50,2,53") for zoom in (20, 6))
    assert deepest == six
    assert counts(six) == [10]


def test_a_cluster_does_not_tell_where_in_it_they_are(client: Client, world: World, link: EmbedLink) -> None:
    other = embeds.make(world.app, "another", "", None)
    arrive(world, 5, LONDON)
    arrive(world, 50, READING, "another")
    publish()
    one, another = (data(client, each, zoom=6)["markers"][0] for each in (link, other))
    assert (one["data"]["count"], another["data"]["count"]) == (5, 50)
    assert one["position"] == another["position"]
    assert one["data"]["bounds"] == another["data"]["bounds"]


@pytest.mark.parametrize("viewers", [0, 1, 4])
def test_it_does_not_count_fewer_than_five(
    client: Client, world: World, link: EmbedLink, viewers: int
) -> None:
    arrive(world, viewers, LONDON)
    arrive(world, 20, LONDON, "another")
    publish()
    found = data(client, link)
    assert found["markers"] == []
    assert found["stats"]["totalViewers"] is None


def test_it_counts_many_who_have_no_place(client: Client, world: World, link: EmbedLink) -> None:
    arrive(world, 7, LONDON)
    arrive(world, 12, None)
    publish()
    assert data(client, link)["stats"]["totalViewers"] == 19


def test_it_has_nothing_before_the_first_snapshot(client: Client, link: EmbedLink) -> None:
    found = data(client, link)
    assert (found["markers"], found["stats"]["totalViewers"], found["timestamp"]) == ([], None, 0)


def test_it_names_neither_stream_nor_app_nor_viewers(client: Client, world: World, link: EmbedLink) -> None:
    arrive(world, 9, LONDON)
    publish()
    for answer in (client.get(address(link)), ask(client, link)):
        assert answer.status_code == 200
        told = f"{answer.content.decode()} {dict(answer.items())}"
        for secret in (KEY, "north", "v-", "51.5", "10.0.0.1", "south"):
            assert secret not in told


def test_its_tag_does_not_give_the_stream_away(client: Client, world: World, link: EmbedLink) -> None:
    """Or keys could be tried against it, without asking anybody."""
    same = embeds.make(world.app, KEY, "", None)
    publish()
    assert ask(client, link)["ETag"] != ask(client, same)["ETag"]


def test_the_page_shows_its_title_as_text(client: Client, world: World) -> None:
    hostile = "<script>alert(1)</script>"
    answer = client.get(address(embeds.make(world.app, KEY, hostile, None)))
    assert hostile not in answer.content.decode()
    assert "&lt;script&gt;alert(1)" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "theme"), [("dark", "dark"), ("light", "light"), ("", None), ('"><b>', None)]
)
def test_the_page_takes_the_theme_that_is_asked_for(
    client: Client, link: EmbedLink, query: str, theme: str | None
) -> None:
    page = client.get(address(link), {"theme": query}).content.decode()
    found = re.search(r'<html lang="en"(?: data-theme="(\w+)")?>', page)
    assert found
    assert found[1] == theme


def test_both_ask_for_no_cookie_and_set_none(client: Client, world: World, link: EmbedLink) -> None:
    client.force_login(world.member)
    for answer in (client.get(address(link)), ask(client, link)):
        assert answer.cookies == {}
        assert "cookie" not in answer.get("Vary", "").lower()


def test_what_it_tells_may_be_kept_by_any_cache_for_a_moment(
    client: Client, world: World, link: EmbedLink
) -> None:
    arrive(world, 9, LONDON)
    publish()
    answer = ask(client, link)
    assert answer["Cache-Control"] == "public, max-age=3"
    assert answer["Access-Control-Allow-Origin"] == "*"
    again = client.get(address(link, "/markers"), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", "public, max-age=3")


def gone(client: Client, url: str) -> None:
    page, markers = client.get(url), client.get(f"{url}/markers")
    assert (page.status_code, markers.status_code) == (404, 404)
    assert "no longer shown" in page.content.decode()
    assert markers.json() == {"message": "This map is no longer shown."}
    assert "public" not in markers.get("Cache-Control", "")


def test_a_revoked_link_is_gone_at_once(client: Client, link: EmbedLink) -> None:
    assert client.get(address(link)).status_code == 200
    assert embeds.revoke(EmbedLink.objects.all(), timezone.now()) == 1
    gone(client, address(link))


def test_a_link_that_was_tampered_with_is_gone(
    client: Client, link: EmbedLink, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    signed = embeds.signed(link)
    key, _, signature = signed.partition(".")
    with django_assert_num_queries(0):
        for text in (
            key,
            f"{key}.",
            f".{signature}",
            f"{key[::-1]}.{signature}",
            f"{signed}x",
            "x" * 3000,
            "é.ü",
            link.pk,
        ):
            gone(client, f"/embed/{text}")


def test_a_link_that_was_deleted_is_gone(client: Client, link: EmbedLink) -> None:
    url = address(link)
    link.delete()
    gone(client, url)


def test_it_says_what_is_wrong_with_a_box(client: Client, link: EmbedLink) -> None:
    for parameters in ({"bbox": "1,2,3"}, {"zoom": "21"}, {"zoom": "-1"}, {"bbox": "nan,0,1,1"}):
        answer = ask(client, link, **parameters)
        assert answer.status_code == 400
        assert set(answer.json()) == {"message"}


def test_nothing_else_is_listened_to(client: Client, world: World, link: EmbedLink) -> None:
    arrive(world, 9, LONDON)
    arrive(world, 2, LONDON, "another")
    publish()
    plain = data(client, link)
    more = {
        "streamKey": "another",
        "app": "x",
        "aggregation": "none",
        "limit": "1",
        "country": "GB",
        "health": "good",
    }
    assert data(client, link, **more) == plain


def test_an_address_may_ask_only_so_often(client: Client, link: EmbedLink, settings: Settings) -> None:
    settings.EMBED_RATE = "2/h"
    other = Client(REMOTE_ADDR="192.0.2.9")
    assert [client.get(address(link)).status_code, ask(client, link).status_code] == [200, 200]
    refused = [client.get(address(link)), ask(client, link)]
    assert [answer.status_code for answer in refused] == [429, 429]
    assert all(int(answer["Retry-After"]) > 0 for answer in refused)
    assert "Too many" in refused[0].content.decode()
    assert ask(other, link).status_code == 200


def test_it_notes_once_a_minute_that_it_is_looked_at(
    client: Client, link: EmbedLink, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(address(link))
    link.refresh_from_db()
    first = link.last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        assert ask(client, link).status_code == 200
    link.refresh_from_db()
    assert link.last_used_at == first


def test_only_its_own_page_may_be_framed(client: Client, world: World, link: EmbedLink) -> None:
    revoked = embeds.make(world.app, KEY, "", None)
    framed = [client.get(address(link)), client.get(address(revoked)[:-3])]
    for answer in framed:
        assert "X-Frame-Options" not in answer
        assert "frame-ancestors *;" in answer["Content-Security-Policy"]
    client.force_login(world.staff)
    others = [route for route in routes(get_resolver()) if "<" not in route]
    others += ["admin/", "nothing/here", "embed/", "embed/x/markers"]
    for route in others:
        answer = client.get(f"/{route}")
        assert answer["X-Frame-Options"] == "DENY", route
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], route


@hypothesis_settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(strategies.text(max_size=60), strategies.text(max_size=120))
@example("%", "1e400,0,1,1")
@example("\0", "0,0,0,0\0")
@example("a/../b", "-181,-91,900,91")
def test_it_stands_any_address_and_any_value(client: Client, link: EmbedLink, text: str, value: str) -> None:
    """What has no question to answer is a 4xx, and the page a page even then."""
    value = value.encode("utf-8", "replace").decode()
    signed = quote(text.encode("utf-8", "replace"), safe="")
    for answer in (client.get(f"/embed/{signed}"), client.get(f"/embed/{signed}/markers")):
        assert answer.status_code in (400, 404)
    for name in ("bbox", "zoom", "theme", "page"):
        assert ask(client, link, **{name: value}).status_code in (200, 400)
        assert client.get(address(link), {name: value}).status_code in (200, 400)
