"""What runs together: the web server, the worker, and for the demo an audience. One ends, all end."""

import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from honcho.manager import Manager

from config.env import envint
from config.lifeline import die_with_parent

STOPPED_ON_REQUEST = {128 + signal.SIGINT, 128 + signal.SIGTERM}


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @property
    def url(self) -> str:
        """Where a program of this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared only
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def web(address: Address) -> list[str]:
    workers = envint("WEB_WORKERS", min(4, os.cpu_count() or 1), minimum=1, maximum=64)
    threads = envint("WEB_THREADS", 4, minimum=1, maximum=64)
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1"),
        # No access log: it would hold the tokens and addresses that our own log leaves out.
        *("--log-level", "warning", "--no-access-log"),
        *("--host", address.host, "--port", str(address.port)),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
        # A thread that ends takes its database connection with it.
        *("--blocking-threads-idle-timeout", "600"),
        "config.wsgi:application",
    ]


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]


class Supervisor(Manager):  # type: ignore[misc] # honcho has no types
    """honcho's manager, whose processes also end when it is killed."""

    def __init__(self, when_started: Callable[[threading.Event], None]) -> None:
        super().__init__()
        self._when_started = when_started
        self._over = threading.Event()

    def add(self, name: str, command: list[str]) -> None:
        line = shlex.join([sys.executable, "-m", "config.lifeline", *command])
        # exec: without it a shell stands between, and takes the signals.
        env = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.add_process(name, f"exec {line}", cwd=str(settings.BASE_DIR), env=env)

    def run(self) -> int:
        """Blocks until all have ended; 0 when that was asked for by Ctrl-C or SIGTERM."""
        # honcho forks one monitor per process; a monitor is of no use without us.
        os.register_at_fork(after_in_child=lambda: die_with_parent(signal.SIGKILL))
        try:
            self.loop()
        finally:
            self._over.set()
        return 0 if self.returncode in STOPPED_ON_REQUEST else self.returncode or 1

    def _start(self) -> None:
        super()._start()
        # Only after the forks: a forked child of a process with threads may hang.
        threading.Thread(target=self._when_started, args=[self._over], daemon=True).start()
