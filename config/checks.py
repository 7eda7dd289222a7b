"""System checks on what only the running parts can tell."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import OperationalError, connections

OLDEST_POSTGRESQL = 15


@register(Tags.database)
def check_postgresql_version(
    app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        try:
            connection.ensure_connection()
        except OperationalError:
            # Whatever needs the database says so itself, and better.
            continue
        version = getattr(connection, "pg_version", 0) // 10000
        if version < OLDEST_POSTGRESQL:
            messages.append(
                Error(
                    f"PostgreSQL {version} is too old.",
                    hint=f"It must be {OLDEST_POSTGRESQL} or newer. Without DATABASE_URL, ours is used.",
                    id="config.E001",
                )
            )
    return messages
