"""Which run of a server its connection numbers belong to: they begin again after every restart."""

import threading
from collections.abc import Callable
from typing import NamedTuple

from accounts.models import Source
from ingest.adapters.nginx_rtmp import StatusError, uptime_of
from ingest.fetch import FetchError, fetch

# Servers tell their uptime in whole seconds, and the answer travels.
STICKY_MS = 5_000
UPTIME_ROUNDING_MS = 1_000
# A server whose page does not answer is not asked again so soon: callbacks wait for it.
UNANSWERED_MS = 30_000
# The uptime stands at the top of the page.
HEAD_BYTES = 4096

Clock = Callable[[], int]


class Look(NamedTuple):
    """What a look at a server showed: its run since ``epoch_ms``, and the one known before."""

    at_ms: int
    before_ms: int | None
    epoch_ms: int | None


Server = tuple[int, str]
_looks: dict[Server, Look] = {}
_looking: dict[Server, threading.Lock] = {}
_lock = threading.Lock()


def keep(source: Source, began_ms: int) -> int:
    """The epoch of a server that began at ``began_ms``: the known one, unless that lies more than 5 s off.

    Of several processes that notice a restart at once one writes, and all take what it wrote.
    """
    known = source.epoch_ms
    if known is not None and abs(known - began_ms) <= STICKY_MS:
        return known
    if not Source.objects.filter(pk=source.pk, epoch_ms=known).update(epoch_ms=began_ms):
        source.refresh_from_db(fields=["epoch_ms"])
        return began_ms if source.epoch_ms is None else source.epoch_ms
    source.epoch_ms = began_ms
    return began_ms


def of_callback(source: Source, received_ms: int, clock: Clock, *, confirmed_ms: int) -> int | None:
    """The epoch to which a callback received at ``received_ms`` belongs; None for a source without a page.

    Its number may be of a run that no poll has seen yet. So the server is asked, unless it was asked at
    ``confirmed_ms`` or later. A server that does not answer is taken to be the one known.
    """
    if not source.poll_url:
        return source.epoch_ms
    server = (source.pk, source.poll_url)
    with _lock:
        looking = _looking.setdefault(server, threading.Lock())
    # Of many callbacks at once one asks, and all take what it learned.
    with looking:
        look = _looks.get(server)
        if look is None or look.at_ms < confirmed_ms:
            look = _looks[server] = _look(source, clock)
    if look.epoch_ms is not None and received_ms < look.epoch_ms - UPTIME_ROUNDING_MS:
        return look.before_ms
    return look.epoch_ms


def _look(source: Source, clock: Clock) -> Look:
    before = source.epoch_ms
    try:
        page = fetch(source.poll_url, clock, HEAD_BYTES, whole=False)
        epoch = keep(source, page.sent_ms - uptime_of(page.body) * 1000)
    except (FetchError, StatusError):
        return Look(clock() + UNANSWERED_MS, before, before)
    return Look(page.sent_ms, epoch if before is None else before, epoch)
