"""The live snapshot: taken from the database by the worker, published as a file, mapped by the web
processes.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from viewers.snapshot.filters import Filters
from viewers.snapshot.follower import Follower
from viewers.snapshot.snapshot import Snapshot
from viewers.snapshot.snapshot_file import current, write
from viewers.snapshot.view import StreamTotals, View

__all__ = ["Filters", "Follower", "Snapshot", "StreamTotals", "View", "build", "current", "write"]


def build(connection: BaseDatabaseWrapper, now_ms: int) -> Snapshot:
    """Of the live table as the connection sees it now, read whole."""
    return Follower().snapshot(connection, now_ms)
