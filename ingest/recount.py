"""When the ledger was last recounted, over what, and what was found."""

from collections.abc import Callable, Iterator

from analytics.arithmetic import DAY_MS, HOUR_MS, floor
from analytics.verify import Difference, verify
from ingest.models import Recount

# Of the day, in UTC.
NIGHT_MS = 3 * HOUR_MS
# A little more than a day, so that no hour lies between two nights.
BACK_MS = DAY_MS + 2 * HOUR_MS
LONGEST = Recount._meta.get_field("example").max_length


def recount(clock: Callable[[], int], since_ms: int | None = None) -> Iterator[Difference]:
    """Where the ledger and its rows differ, as it is found; of the whole ledger, or from ``since_ms`` on.

    How it turned out is kept once all has been looked at: an interrupted recount says nothing.
    """
    began, count, example = clock(), 0, ""
    for difference in verify(since_ms=since_ms or 0):
        count += 1
        example = example or str(difference)[:LONGEST]
        yield difference
    Recount.objects.update_or_create(
        reach=Recount.Reach.ALL if since_ms is None else Recount.Reach.LATEST,
        defaults={
            "since_ms": since_ms,
            "ran_ms": began,
            "took_ms": clock() - began,
            "differences": count,
            "example": example,
        },
    )


def nightly(clock: Callable[[], int]) -> None:
    """Recount the last day once every night, or as soon as there is a worker again."""
    now = clock()
    night = floor(now - NIGHT_MS, DAY_MS) + NIGHT_MS
    if Recount.objects.filter(reach=Recount.Reach.LATEST, ran_ms__gte=night).exists():
        return
    for _ in recount(clock, floor(now - BACK_MS, HOUR_MS)):
        pass
