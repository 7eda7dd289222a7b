"""What a term finds in a list of viewings, looked up before the list is read.

Streams have an index in the list's order. Names and addresses have one of their own, in which a bounded
number of matches is looked up: if these are all, the list reads them alone by their times; if there are
more, they are common enough to be met on the way through the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

FEW = 1000


class Found(NamedTuple):
    """`condition`: what matches. `times`, in ms: of those that match by name; None: of more than `FEW`."""

    condition: Q
    by_stream: bool
    times: list[int] | None

    @property
    def few(self) -> bool:
        return self.times is not None and not self.by_stream

    @property
    def one_stream(self) -> bool:
        return self.by_stream and self.times == []


def find(rows: QuerySet[Any], column: str, stream: Q, names: Iterable[Q]) -> Found | None:
    """Looks among all `rows`, whoever may see them. None: nothing matches."""
    by_stream = rows.filter(stream).exists()
    ways, times = [stream] if by_stream else [], []
    with _one_by_one():
        # Each way is tried alone: all of them in one OR would leave the planner to guess.
        for name in names:
            at = list(rows.filter(name).values_list(column, flat=True)[: FEW + 1])
            times += at
            ways += [name] if at else []
    return Found(reduce(or_, ways), by_stream, times if len(times) <= FEW else None) if ways else None


@contextmanager
def _one_by_one() -> Iterator[None]:
    """Inside a transaction: without bitmaps, which hold a million matches before they give the first."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        yield
        cursor.execute("SET LOCAL enable_bitmapscan TO DEFAULT")
