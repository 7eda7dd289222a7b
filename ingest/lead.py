"""Which of several workers leads: does what must be done once, and not once on each machine."""

import threading
from contextlib import suppress
from typing import Any

import psycopg
from django.db import connection

LEAD_LOCK = 0x7475726E4C45


class Lead:
    """The right to do what must be done once, for as long as its connection lives."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None

    def held(self) -> bool:
        """Whether this process leads; asks for the lead where nobody has it."""
        with self._asking:
            return self._ask()

    def _ask(self) -> bool:
        try:
            if self._connection is None or self._connection.closed:
                connection.ensure_connection()
                parameters = connection.get_connection_params()
                for name in ("cursor_factory", "context"):
                    parameters.pop(name, None)
                self._connection = psycopg.connect(**parameters, autocommit=True)
            row = self._connection.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
                " OR pg_try_advisory_lock(%s)",
                [LEAD_LOCK],
            ).fetchone()
            return bool(row and row[0])
        except psycopg.Error:
            self.release()
            return False

    def release(self) -> None:
        if self._connection is not None:
            # The server notices the end of a connection in its own time; another is to lead at once.
            with suppress(psycopg.Error):
                self._connection.execute("SELECT pg_advisory_unlock_all()")
            self._connection.close()
            self._connection = None


def somebody_leads() -> bool:
    """Whether any worker on this database holds the lead now."""
    # PostgreSQL shows a lock's number as two halves of 32 bits.
    high, low = divmod(LEAD_LOCK, 1 << 32)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database() AND granted"
            " AND classid = %s AND objid = %s AND objsubid = 1)",
            [high, low],
        )
        return bool(cursor.fetchone()[0])
