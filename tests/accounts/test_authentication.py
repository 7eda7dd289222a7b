from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.authentication import find_token, note_use, url_token
from accounts.models import ApiToken
from tests.worlds import PASSWORD, Worlds

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.urls("tests.accounts.probe_urls")


def get(client: Client, **headers: str) -> Any:
    return client.get("/api/probe", headers={name.replace("_", "-"): text for name, text in headers.items()})


def test_it_takes_a_bearer_token(worlds: Worlds, client: Client) -> None:
    answer = get(client, Authorization=f"Bearer {worlds.north.secrets['read']}")
    assert (answer.status_code, answer.json()) == (200, {"apps": ["north-app"]})


def test_it_takes_the_scheme_in_any_case_and_spacing(worlds: Worlds, client: Client) -> None:
    assert get(client, Authorization=f" bEARER  {worlds.north.secrets['read']} ").status_code == 200


def test_it_takes_an_api_key_header(worlds: Worlds, client: Client) -> None:
    answer = get(client, X_Api_Key=worlds.south.secrets["read"])
    assert (answer.status_code, answer.json()) == (200, {"apps": ["south-app"]})


def test_it_takes_the_same_token_in_both_headers(worlds: Worlds, client: Client) -> None:
    secret = worlds.north.secrets["read"]
    assert get(client, Authorization=f"Bearer {secret}", X_Api_Key=secret).status_code == 200


def test_it_refuses_two_different_tokens(worlds: Worlds, client: Client) -> None:
    north, south = worlds.north.secrets["read"], worlds.south.secrets["read"]
    answer = get(client, Authorization=f"Bearer {north}", X_Api_Key=south)
    assert answer.status_code == 401
    assert "different tokens" in answer.json()["message"]


def test_it_asks_for_credentials_where_there_are_none(worlds: Worlds, client: Client) -> None:
    answer = get(client)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert list(answer.json()) == ["message"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer a b", "Token abc", "trn_abc", "Bearer,abc", "Bearer\x00abc"],
)
def test_it_refuses_a_malformed_header_and_says_how_it_must_read(
    worlds: Worlds, client: Client, header: str
) -> None:
    answer = get(client, Authorization=header)
    assert answer.status_code == 401
    assert "Bearer YOUR_TOKEN" in answer.json()["message"]


@pytest.mark.parametrize("key", ["", " ", "a b"])
def test_it_refuses_a_malformed_api_key(worlds: Worlds, client: Client, key: str) -> None:
    assert get(client, X_Api_Key=key).status_code == 401


@pytest.mark.parametrize("secret", ["trn_unknown", "\x00", "\udc80", "\ud800\udfff", "ä", "x" * 100_000])
def test_it_refuses_what_is_no_token_of_ours(worlds: Worlds, client: Client, secret: str) -> None:
    answer = get(client, Authorization=f"Bearer {secret}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_it_refuses_a_revoked_token_at_once(worlds: Worlds, client: Client) -> None:
    assert get(client, **worlds.north.headers()).status_code == 200
    ApiToken.objects.filter(pk=worlds.north.tokens["read"].pk).update(revoked_at=timezone.now())
    assert get(client, **worlds.north.headers()).status_code == 401


def test_it_never_takes_the_stored_hash_for_the_token(worlds: Worlds, client: Client) -> None:
    token = worlds.north.tokens["read"]
    assert get(client, Authorization=f"Bearer {token.hash}").status_code == 401


def test_it_takes_a_session(worlds: Worlds, client: Client) -> None:
    client.login(username="north-member", password=PASSWORD)
    answer = get(client)
    assert (answer.status_code, answer.json()) == (200, {"apps": ["north-app"]})


def test_it_prefers_the_token_to_the_session(worlds: Worlds, client: Client) -> None:
    client.login(username="north-member", password=PASSWORD)
    assert get(client, **worlds.south.headers()).json() == {"apps": ["south-app"]}


def test_it_leaves_a_proxys_own_password_alone(worlds: Worlds, client: Client) -> None:
    client.login(username="north-member", password=PASSWORD)
    assert get(client, Authorization="Basic dXNlcjpwYXNz").status_code == 200
    assert get(Client(), Authorization="Basic dXNlcjpwYXNz").status_code == 401


def test_it_keeps_the_csrf_check_for_sessions(worlds: Worlds) -> None:
    client = Client(enforce_csrf_checks=True)
    client.login(username="north-member", password=PASSWORD)
    answer = client.post("/api/probe", {}, content_type="application/json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["message"]


def test_it_asks_no_csrf_of_a_token(worlds: Worlds) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(
        "/api/probe", {"a": 1}, content_type="application/json", headers=worlds.north.headers()
    )
    assert (answer.status_code, answer.json()) == (200, {"body": {"a": 1}})


@pytest.mark.parametrize("scope", ["read", "beacon", "admin"])
def test_it_forbids_what_the_scope_does_not_hold(worlds: Worlds, client: Client, scope: str) -> None:
    answer = client.post("/api/ingest/probe", headers=worlds.north.headers(scope))
    assert answer.status_code == 403
    assert "--scopes ingest" in answer.json()["message"]


def test_it_forbids_reading_to_those_who_only_send(worlds: Worlds, client: Client) -> None:
    assert get(client, **worlds.north.headers("ingest")).status_code == 403
    assert get(client, **worlds.north.headers("beacon")).status_code == 403
    assert get(client, **worlds.north.headers("admin")).status_code == 200


def test_it_answers_a_token_in_two_queries(
    worlds: Worlds, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    get(client, **worlds.north.headers())
    with django_assert_num_queries(2):
        get(client, **worlds.north.headers())


def test_it_notes_the_first_use(worlds: Worlds, client: Client) -> None:
    token = worlds.north.tokens["read"]
    before = timezone.now()
    get(client, **worlds.north.headers())
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_used_at >= before


def test_it_notes_later_uses_once_a_minute(
    worlds: Worlds, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token = worlds.north.tokens["read"]
    note_use(token, NOW)
    token.refresh_from_db()
    with django_assert_num_queries(0):
        note_use(token, NOW + timedelta(seconds=59))
    note_use(token, NOW + timedelta(seconds=60))
    token.refresh_from_db()
    assert token.last_used_at == NOW + timedelta(seconds=60)


def test_it_writes_one_of_many_simultaneous_uses(worlds: Worlds) -> None:
    first = find_token(worlds.north.secrets["read"])
    second = find_token(worlds.north.secrets["read"])
    assert first is not None
    assert second is not None
    note_use(first, NOW)
    note_use(second, NOW + timedelta(seconds=1))
    first.refresh_from_db()
    assert first.last_used_at == NOW


@pytest.mark.parametrize(
    ("scope", "answer"), [("ingest", b"yes"), ("beacon", b"yes"), ("read", b"no"), ("admin", b"no")]
)
def test_it_takes_a_sending_token_in_the_path(
    worlds: Worlds, client: Client, scope: str, answer: bytes
) -> None:
    assert client.get(f"/in/{worlds.north.secrets[scope]}/hook").content == answer


def test_it_refuses_unknown_and_revoked_tokens_in_the_path(worlds: Worlds) -> None:
    ApiToken.objects.update(revoked_at=timezone.now())
    assert url_token(worlds.north.secrets["ingest"], ["ingest"]) is None
    assert url_token("\x00\udcff", ["ingest"]) is None
