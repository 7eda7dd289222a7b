"""A database of the benchmark's own, made before it and dropped after it."""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.db import connection


@contextmanager
def own_database(name: str) -> Iterator[None]:
    """Everything inside talks to an empty, migrated database ``name`` on the server of the settings."""
    set_up()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def use_database(name: str) -> None:
    """Let this process talk to a database that another one made."""
    set_up()
    connection.settings_dict["NAME"] = name


def set_up() -> None:
    """As a web process is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    importlib.import_module("config.wsgi")
