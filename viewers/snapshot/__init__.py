"""The live snapshot: taken from the database by the worker, published as a file, mapped by the web
processes.
"""

import time

from django.db.backends.base.base import BaseDatabaseWrapper

from viewers.snapshot import aggregate
from viewers.snapshot.snapshot_file import current, write
from viewers.snapshot.view import Snapshot, StreamTotals, View

__all__ = ["Snapshot", "StreamTotals", "View", "build", "current", "write"]


def build(connection: BaseDatabaseWrapper, now_ms: int) -> Snapshot:
    """Of the live table as the connection sees it now."""
    began = time.perf_counter()
    audiences = aggregate.audiences(connection)
    return Snapshot(now_ms, round((time.perf_counter() - began) * 1000), audiences)
