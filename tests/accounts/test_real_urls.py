"""The same rules where they are wired: in the project's own URLs and settings."""

import pytest
from django.core.management import call_command
from django.test import Client

from tests.worlds import PASSWORD, Worlds


@pytest.mark.parametrize("path", ["/api/nothing", "/api/nothing?a=%00", "/in/", "/client/", "/accounts/x"])
def test_it_answers_in_json_below_every_apis_path(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (400, 404)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_it_shows_people_a_page_where_nothing_is(client: Client) -> None:
    answer = client.get("/nothing")
    assert (answer.status_code, b"<html" in answer.content.lower()) == (404, True)


def test_it_logs_people_in_and_out(worlds: Worlds, client: Client) -> None:
    assert client.get("/login").status_code == 200
    answer = client.post("/login", {"username": "north-member", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(worlds.north.member.pk)
    answer = client.post("/logout")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    assert "_auth_user_id" not in client.session


def test_it_sends_nobody_to_another_site_after_login(worlds: Worlds, client: Client) -> None:
    form = {"username": "north-member", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post("/login", form).headers["Location"] == "/"


def test_it_explains_a_wrong_password(worlds: Worlds, client: Client) -> None:
    answer = client.post("/login", {"username": "north-member", "password": "wrong"})
    assert (answer.status_code, b"password" in answer.content) == (200, True)


def test_it_registers_an_admin_that_django_accepts() -> None:
    call_command("check", "--tag", "admin", "--fail-level", "WARNING")


def test_it_finds_the_admin_without_a_slash(client: Client) -> None:
    answer = client.get("/admin?next=1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/?next=1")
