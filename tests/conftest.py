"""What every test gets: plain static files, a quick password hash, and a `var/` of its own."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings as project_settings
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings


def pytest_configure() -> None:
    # Before anything reads them: the manifest exists only after collectstatic.
    project_settings.STORAGES = {
        **project_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # One for all runs: it decides at which instant of the week each connection's viewing is cut.
    project_settings.SECRET_KEY = "the same in every run, so that what one run finds the next one finds too"
    project_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    project_settings.MIDDLEWARE = [name for name in project_settings.MIDDLEWARE if "whitenoise" not in name]


# A source's number is part of its connections' ids, which say when a viewing is cut: all tests count from 1.
_FROM_ONE = """
CREATE FUNCTION next_source() RETURNS bigint LANGUAGE sql AS
    'SELECT coalesce(max(id), 0) + 1 FROM accounts_source';
ALTER TABLE accounts_source ALTER id DROP IDENTITY;
ALTER TABLE accounts_source ALTER id SET DEFAULT next_source();
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(_FROM_ONE)


@pytest.fixture(autouse=True)
def var_dir(settings: Settings, tmp_path: Path) -> Path:
    """Where the code under test writes its files. The database server stays the one all tests share."""
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    settings.SNAPSHOT_DIR = settings.VAR_DIR / "snapshot"
    return tmp_path / "var"


def requires(program: str, apt_package: str) -> str:
    """The path of `program`. Without it the test is skipped, saying what to install; under CI it fails."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found:
        return found
    reason = f"{program} is not installed: sudo apt-get install {apt_package}"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(f"{reason} (nothing is skipped in CI)")
    pytest.skip(reason)
