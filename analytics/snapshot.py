"""One consistent view of the database for all statements of one answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """A repeatable-read, read-only transaction; inside another transaction, that one.

    Sums and rows are read by several statements: between two of them a viewing could move from the live table
    to history. Keep what stands inside short: an open snapshot keeps heartbeats from reusing their pages.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
