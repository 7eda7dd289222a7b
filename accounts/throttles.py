"""Quotas by token or user, kept in each web process's memory: with n processes, up to n times as much passes.

They keep one client's mistake from taking the server from all others. They are no billing meter, and
not worth a write to the database per request.
"""

import re
import threading
import time
from collections import OrderedDict
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from rest_framework import throttling
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.authentication import principal
from accounts.models import ApiToken

PERIODS_S = {"s": 1, "min": 60, "h": 3600}
RATE = re.compile(r"(\d{1,9})/(s|min|h)")
OFF = "off"
# What is forgotten first when there are more is who was quiet longest, who had its full quota anyway.
MAX_KEYS = 100_000


class Quota:
    """At most `limit` per `period_s` seconds for each key, all of it at once if need be; refills evenly.

    The generic cell rate algorithm (ITU-T I.371): per key one number, the instant at which its quota is
    whole again.
    """

    def __init__(self, limit: int, period_s: float, max_keys: int = MAX_KEYS) -> None:
        self.period_s = period_s
        self.interval_s = period_s / limit
        self.max_keys = max_keys
        self._whole_at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now_s: float, cost: int = 1) -> float:
        """Seconds to wait, 0.0 when the request may pass. A refused one costs nothing. Raises nothing.

        A `cost` above the limit passes when the quota is whole, or it never could.
        """
        with self._lock:
            whole_at = max(self._whole_at.get(key, now_s), now_s)
            taken_s = min(cost * self.interval_s, self.period_s)
            # A hair's breadth for the rounding of sums of floats.
            wait_s = whole_at + taken_s - now_s - self.period_s - self.interval_s * 1e-6
            if wait_s > 0:
                return wait_s
            self._whole_at[key] = whole_at + taken_s
            self._whole_at.move_to_end(key)
            if len(self._whole_at) > self.max_keys:
                self._whole_at.popitem(last=False)
            return 0.0


@lru_cache(maxsize=64)
def quota(name: str, rate: str) -> Quota | None:
    """This process's quota of that name; None when switched off.

    `rate` reads `600/min`, in s, min or h, or `off`. Raises ImproperlyConfigured, naming the setting.
    """
    match = RATE.fullmatch(rate)
    if match and int(match[1]):
        return Quota(int(match[1]), PERIODS_S[match[2]])
    if rate == OFF:
        return None
    raise ImproperlyConfigured(f"{name} must read like 600/min (s, min or h), or off; it is {rate!r}.")


class ApiQuota(throttling.BaseThrottle):
    """Requests of one token or user to the read APIs; the setting API_RATE."""

    setting = "API_RATE"

    def __init__(self) -> None:
        self._wait_s: float = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        kept = quota(self.setting, getattr(settings, self.setting))
        self._wait_s = kept.take(_key(request), time.monotonic()) if kept else 0.0
        return not self._wait_s

    def wait(self) -> float:
        return self._wait_s


class IngestQuota(ApiQuota):
    """Requests, each a batch, of one token to the ingest API; the setting INGEST_RATE."""

    setting = "INGEST_RATE"


def _key(request: Request) -> str:
    asking = principal(request)
    return f"{'token' if isinstance(asking, ApiToken) else 'user'} {asking.pk}"
