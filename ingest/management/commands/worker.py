import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from ingest.worker import Worker


class Command(BaseCommand):
    help = "Sweeps, publishes the snapshot, fills peaks, purges, polls. One on each machine that serves."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stopping.set())
        Worker().run(stopping)
