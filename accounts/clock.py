"""The one place that reads the clock, for views, commands and the worker; all below is told the time."""

import time


def now_ms() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000
