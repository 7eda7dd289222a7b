import json
import stat
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import Account, ApiToken, App, hash_token
from config import first_data

URL = "http://127.0.0.1:8000"

pytestmark = pytest.mark.django_db


def test_it_gives_the_demo_a_login_and_tokens(tmp_path: Path, client: Client) -> None:
    access = first_data.demo(URL, tmp_path / "demo.json")
    assert client.login(username=access.username, password=access.password)
    reader = ApiToken.objects.get(hash=hash_token(access.read_token))
    sender = ApiToken.objects.get(hash=hash_token(access.ingest_token))
    assert (reader.scopes, sender.scopes) == (["read"], ["ingest"])
    assert reader.app == sender.app == App.objects.get(account__public_id="demo", public_id="demo")
    assert sender.source is not None


def test_it_keeps_the_demo_in_a_private_file(tmp_path: Path) -> None:
    access = first_data.demo(URL, tmp_path / "demo.json")
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600
    assert json.loads((tmp_path / "demo.json").read_text()) == {
        "base_url": URL,
        "account_id": "demo",
        "app_id": "demo",
        "read_token": access.read_token,
        "ingest_token": access.ingest_token,
        "username": "demo",
        "password": access.password,
    }


def test_it_reuses_the_demo_that_is_there(tmp_path: Path) -> None:
    first = first_data.demo(URL, tmp_path / "demo.json")
    assert first_data.demo(URL, tmp_path / "demo.json") == first
    assert ApiToken.objects.count() == 2


def test_it_replaces_only_what_no_longer_works(tmp_path: Path) -> None:
    first = first_data.demo(URL, tmp_path / "demo.json")
    ApiToken.objects.filter(hash=hash_token(first.read_token)).update(revoked_at=timezone.now())
    second = first_data.demo(URL, tmp_path / "demo.json")
    assert second.read_token != first.read_token
    assert (second.ingest_token, second.password) == (first.ingest_token, first.password)


def test_it_starts_over_when_the_file_is_lost(tmp_path: Path, client: Client) -> None:
    first_data.demo(URL, tmp_path / "demo.json")
    (tmp_path / "demo.json").write_text("not JSON")
    access = first_data.demo(URL, tmp_path / "demo.json")
    assert client.login(username="demo", password=access.password)
    assert User.objects.count() == Account.objects.count() == 1


def test_it_makes_a_first_login_once(client: Client) -> None:
    access = first_data.first(URL)
    assert access
    assert client.login(username="admin", password=access.password)
    assert first_data.first(URL) is None


def test_it_adds_a_login_to_an_account_that_exists() -> None:
    account = Account.objects.create(name="Mine", public_id="mine")
    App.objects.create(account=account, name="Mine")
    access = first_data.first(URL)
    assert access
    assert (access.account_id, access.username, access.read_token) == ("mine", "admin", "")
    assert User.objects.get().memberships.get().account == account


def test_it_leaves_an_existing_login_alone() -> None:
    User.objects.create_user("me", password="as it was")
    access = first_data.first(URL)
    assert access
    assert (access.username, access.password) == ("", "")
    assert access.read_token
    assert User.objects.get().check_password("as it was")
