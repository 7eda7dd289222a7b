"""One consistent view of the database for all statements of one answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import IsolationLevel


@contextmanager
def snapshot() -> Iterator[None]:
    """A repeatable-read, read-only transaction; inside another transaction, that one.

    Sums and rows are read by several statements: between two of them a viewing could move from the live table
    to history. Keep what stands inside short: an open snapshot keeps heartbeats from reusing their pages.
    """
    if connection.in_atomic_block:
        yield
        return
    with _read_only(), transaction.atomic():
        yield


@contextmanager
def frozen() -> Iterator[None]:
    """A transaction that sees one snapshot, and fails when it would overwrite what that does not show."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


@contextmanager
def _read_only() -> Iterator[None]:
    """The driver's next BEGIN says so: a statement of its own would be another round trip."""
    # Now rather than in ``atomic``, which would go on with another connection.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    driver = connection.connection
    before = driver.isolation_level, driver.read_only
    driver.isolation_level, driver.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        yield
    finally:
        if not driver.closed:
            driver.isolation_level, driver.read_only = before
