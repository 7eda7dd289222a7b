import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.database import connection, from_url
from config.secret_key import secret_key_in
from tests.config.conftest import Home


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DEBUG", "maybe", "DEBUG must be one of"),
        ("SECRET_KEY", "short", "SECRET_KEY must have at least 50 characters"),
        ("DATABASE_URL", "mysql://db/x", "DATABASE_URL must begin with postgresql://"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR"),
        ("RETENTION_DAYS", "1", "RETENTION_DAYS must be at least 17"),
    ],
)
def test_it_stops_at_a_wrong_setting_and_names_it(home: Home, name: str, value: str, message: str) -> None:
    result = home.manage("check", **{name: value})
    assert result.returncode != 0
    assert message in result.stderr


def test_it_is_fit_for_deployment_behind_https(home: Home) -> None:
    result = home.manage("check", "--deploy", HTTPS="yes")
    assert result.returncode == 0
    assert "security." not in result.stderr


def test_it_reads_a_database_url() -> None:
    found = from_url("postgresql://me:p%40ss@db.example:6432/turnout?sslmode=require")
    assert found == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "turnout",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@db/turnout?no_such=1",
        "postgresql://me:hunter2@[::1/turnout",
        "postgresql://me:hunter2@db/",
    ],
)
def test_it_refuses_a_database_url_without_repeating_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as caught:
        from_url(url)
    assert "hunter2" not in str(caught.value)


def test_it_lets_the_url_override_connection_options(tmp_path: Path) -> None:
    found = connection("postgresql://db/x?application_name=mine", tmp_path, "test_x")
    assert found["OPTIONS"]["application_name"] == "mine"
    assert found["OPTIONS"]["options"] == "-c jit=off"
    assert found["TEST"] == {"NAME": "test_x"}


def test_it_makes_the_secret_key_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(secret_key_in, [tmp_path / "var"] * 4))
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600
