"""Statements that the server plans once, and not for every answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg import Cursor
from psycopg.pq import Format


@contextmanager
def prepared_cursor() -> Iterator[Cursor[Any]]:
    """A driver's cursor (%(name)s placeholders, answers in binary) in Django's connection and transaction.

    Its values travel beside the statement: asked again and again on one connection, the statement is prepared
    by the driver. Django's own cursor writes the values into it, so that it is another one each time; for
    sums of a few rows, parsing and planning take longer than reading. Errors are Django's.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.format = Format.BINARY
        yield cursor
