import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.clock import now_ms
from ingest.simulation.audience import Audience
from ingest.simulation.client import Client, SendError

TICK_S = 0.5


class Command(BaseCommand):
    help = "A simulated audience, for demonstrations: reports through the HTTP API, like any sender."
    # It may speak to another machine's Turnout: its own database is not needed.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="Where Turnout answers.")
        parser.add_argument("--token", required=True, help="A token with the scope ingest.")
        parser.add_argument("--viewers", type=int, default=2000, help="How many watch at once.")
        parser.add_argument("--streams", type=int, default=12)
        parser.add_argument("--minutes", type=float, help="Until when; without it, until it is stopped.")
        parser.add_argument(
            "--interval", type=int, default=15, help="Seconds between two reports of a viewer."
        )
        parser.add_argument("--seed", type=int, default=1, help="The same seed brings the same audience.")

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["streams"], options["interval"]) < 1 or options["viewers"] < 0:
            raise CommandError("--streams and --interval must be at least 1, --viewers at least 0.")
        stopping = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stopping.set())
        try:
            self._run(options, stopping)
        except SendError as error:
            raise CommandError(str(error)) from None

    def _run(self, options: dict[str, Any], stopping: threading.Event) -> None:
        client = Client(options["url"], options["token"], stopping)
        audience = Audience(
            options["seed"], options["viewers"], options["streams"], options["interval"] * 1000, now_ms()
        )
        ends = time.monotonic() + options["minutes"] * 60 if options["minutes"] else float("inf")
        try:
            while not stopping.wait(TICK_S) and time.monotonic() < ends:
                client.send(list(audience.reports(now_ms())))
            client.send(list(audience.farewell(now_ms())), attempts=2)
        finally:
            client.close()
