"""Which database: the one that DATABASE_URL names, or the embedded one."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from config.embedded import cluster

# Their names in a connection URL, and in Django.
FIELDS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def embedded(directory: Path) -> dict[str, Any]:
    return {
        "ENGINE": "config.embedded",
        "EMBEDDED_DIRECTORY": str(directory),
        "NAME": cluster.DATABASE,
        "USER": cluster.USER,
        "HOST": str(cluster.socket_directory(directory)),
        "PORT": str(cluster.PORT),
    }


def from_url(url: str) -> dict[str, Any]:
    """`url` is a libpq connection URL; its parameters (sslmode and so on) are handed on.

    Raises ImproperlyConfigured, without repeating the URL: it may hold a password.
    """
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured(
            "DATABASE_URL must begin with postgresql://: Turnout runs on PostgreSQL only."
        )
    try:
        given = conninfo_to_dict(url)
    except ProgrammingError:
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read. Example: postgresql://user:password@host:5432/name?sslmode=require "
            "(special characters in the password are percent-encoded)."
        ) from None
    if not given.get("dbname"):
        raise ImproperlyConfigured(
            "DATABASE_URL must name a database: postgresql://user:password@host:5432/name"
        )
    named = {FIELDS[key]: str(value) for key, value in given.items() if key in FIELDS and value is not None}
    options = {key: str(value) for key, value in given.items() if key not in FIELDS and value is not None}
    return {"ENGINE": "django.db.backends.postgresql", "OPTIONS": options, **named}


def connection(url: str, directory: Path, test_name: str) -> dict[str, Any]:
    """The whole DATABASES["default"]. `directory` serves the embedded server when `url` is empty."""
    found = from_url(url) if url else embedded(directory)
    options = {
        "application_name": "turnout",
        "connect_timeout": "10",
        # Short statements over warm tables: compiling them costs more than it saves.
        "options": "-c jit=off",
        # The driver's own default, which Django turns off. Its own cursor writes values into statements and
        # prepares nothing all the same: this is for what the driver's cursors ask again and again.
        "prepare_threshold": 5,
        **found.get("OPTIONS", {}),
    }
    return {
        **found,
        "OPTIONS": options,
        # Threads live long and keep their connection. A pool would hand one's session locks to another.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        **({"TEST": {"NAME": test_name}} if test_name else {}),
    }
