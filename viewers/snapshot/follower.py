"""Follows the live table: reads it whole once, then only what has changed."""

import logging
import time

from django.db.backends.base.base import BaseDatabaseWrapper

from viewers.sessions.change_feed import KEPT_MS
from viewers.snapshot import live_rows
from viewers.snapshot.replica import Replica
from viewers.snapshot.snapshot import Snapshot

log = logging.getLogger(__name__)

# Who comes back later than this reads the table anew: half of what the feed keeps.
PATIENCE_S = KEPT_MS / 2000


class Follower:
    """A replica of the live table, brought up to date at each `snapshot`, by one thread."""

    def __init__(self) -> None:
        self._forget()
        self._anew: tuple[float, str, Replica] | None = None

    def snapshot(self, connection: BaseDatabaseWrapper, now_ms: int) -> Snapshot:
        """Of the live table as the connection sees it now."""
        began = time.perf_counter()
        try:
            replica = self._current(connection)
        except Exception:
            # Whatever it was, nothing of it may last.
            self._forget()
            raise
        audiences = dict(replica.audiences())
        return Snapshot(now_ms, round((time.perf_counter() - began) * 1000), audiences)

    def correct(self, connection: BaseDatabaseWrapper) -> None:
        """Read the whole table anew, to be taken up by the next `snapshot`; from any thread.

        Nothing else than ``viewers.sessions.live_table`` should write there: who does is not in the feed.
        """
        if self._replica is not None:
            read = time.monotonic()
            self._anew = (read, *live_rows.whole(connection))

    def _forget(self) -> None:
        self._replica: Replica | None = None
        self._seen = ""
        self._read = 0.0

    def _current(self, connection: BaseDatabaseWrapper) -> Replica:
        began = time.monotonic()
        anew, self._anew = self._anew, None
        if anew is not None and began - anew[0] <= PATIENCE_S:
            self._replica = self._taken_up(connection, anew[1], anew[2])
        elif self._replica is None or began - self._read > PATIENCE_S:
            self._seen, self._replica = live_rows.whole(connection)
        else:
            self._seen, changes = live_rows.since(connection, self._seen)
            self._replica.apply(changes)
        self._read = began
        return self._replica

    def _taken_up(self, connection: BaseDatabaseWrapper, seen: str, replica: Replica) -> Replica:
        """A replica that was read meanwhile, caught up. Both must now be the same."""
        self._seen, changes = live_rows.since(connection, seen)
        replica.apply(changes)
        if self._replica is not None:
            self._replica.apply(changes)
            if self._replica != replica:
                log.warning("The live table was changed by somebody else; the map has been put right.")
        return replica
