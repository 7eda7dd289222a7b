"""The history's table is written by hand; its columns must be those of the model."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from analytics.models import ViewInterval

pytestmark = pytest.mark.django_db

COLUMNS = """
    SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
    FROM information_schema.columns
    WHERE table_schema = %s AND table_name = 'analytics_viewinterval'
"""


def columns_in(schema: str) -> set[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [schema])
        return set(cursor.fetchall())


def test_it_gives_the_history_the_columns_of_its_model() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA by_django; SET LOCAL search_path = by_django")
    with connection.schema_editor(atomic=False) as editor:
        editor.create_model(ViewInterval)
    assert columns_in("by_django") == columns_in("public") != set()


def test_it_has_a_migration_for_every_change_of_a_model() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_it_leaves_room_on_the_live_tables_pages() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE oid = 'viewers_viewersession'::regclass")
        assert "fillfactor=50" in cursor.fetchone()[0]
