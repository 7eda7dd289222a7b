"""Embedded maps' links in the admin."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts import embeds
from accounts.models import EmbedLink
from tests.worlds import Worlds

URL = "/admin/accounts/embedlink/"


@pytest.fixture
def staff(worlds: Worlds, client: Client) -> Client:
    worlds.north.staff.user_permissions.set(Permission.objects.all())
    client.force_login(worlds.north.staff)
    return client


@pytest.fixture
def links(worlds: Worlds) -> tuple[EmbedLink, EmbedLink]:
    north, south = (
        embeds.make(world.app, f"stream-{world.account.name}", "", None)
        for world in (worlds.north, worlds.south)
    )
    return north, south


def test_it_lists_only_the_links_of_ones_own_accounts(
    staff: Client, links: tuple[EmbedLink, EmbedLink]
) -> None:
    page = staff.get(URL).content.decode()
    assert "stream-North" in page
    assert "stream-South" not in page
    assert staff.get(f"{URL}{links[0].pk}/change/").status_code == 200
    assert staff.get(f"{URL}{links[1].pk}/change/").status_code == 302


def test_it_revokes_the_links_selected_and_no_others(
    staff: Client, links: tuple[EmbedLink, EmbedLink]
) -> None:
    more = embeds.make(links[0].app, "another", "", None)
    staff.post(URL, {"action": "revoke", "_selected_action": [link.pk for link in links]})
    for link in (*links, more):
        link.refresh_from_db()
    assert links[0].revoked_at is not None
    assert (links[1].revoked_at, more.revoked_at) == (None, None)


def test_it_makes_no_link_and_shows_no_address(staff: Client, links: tuple[EmbedLink, EmbedLink]) -> None:
    assert staff.get(f"{URL}add/").status_code == 403
    page = staff.get(f"{URL}{links[0].pk}/change/").content.decode()
    assert embeds.signed(links[0]) not in page


def test_it_changes_nothing_of_a_link_but_its_title(
    staff: Client, links: tuple[EmbedLink, EmbedLink]
) -> None:
    link, other = links
    form = {"name": "Renamed", "stream_key": "x", "app": other.app.pk, "revoked_at_0": "2026-01-01"}
    staff.post(f"{URL}{link.pk}/change/", form)
    link.refresh_from_db()
    assert (link.name, link.stream_key, link.revoked_at) == ("Renamed", "stream-North", None)


def test_it_is_not_for_members_without_staff_rights(worlds: Worlds, client: Client) -> None:
    client.force_login(worlds.north.member)
    assert client.get(URL).status_code == 302
