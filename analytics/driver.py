"""Statements that are handed to the driver, beside Django's cursor."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg import Cursor
from psycopg.pq import Format


@contextmanager
def driver_cursor() -> Iterator[Cursor[Any]]:
    """The driver's cursor (%(name)s placeholders, answers in binary) in Django's connection and transaction.

    Values travel beside the statement, so that one that is asked again and again is prepared, unless it is
    executed with ``prepare=False``. Django's own cursor writes them into it: another statement each time. For
    sums of a few rows, parsing and planning take longer than reading. Errors are Django's.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.format = Format.BINARY
        yield cursor
