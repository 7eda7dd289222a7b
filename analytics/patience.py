"""How long a question may take that reads single rows: there may be more than an answer can wait for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

MOST_MS = 5_000


class TookTooLong(Exception):
    """A statement was given up."""


@contextmanager
def patience() -> Iterator[None]:
    """Statements inside are given up after ``MOST_MS``; what stands around goes on. Raises TookTooLong."""
    try:
        # Some statements are given to the driver directly: its errors become Django's here.
        with transaction.atomic(), connection.wrap_database_errors, connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [MOST_MS])
            yield
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise TookTooLong from None
