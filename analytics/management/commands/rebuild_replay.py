"""manage.py rebuild_replay"""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.clock import now_ms
from accounts.models import App
from analytics.replay.verify import rebuild


class Command(BaseCommand):
    help = (
        "Counts anew from the viewings all that the map replays, the newest first. May run beside everything."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for app in App.objects.order_by("pk"):
            self.stdout.write(f"{app}: {rebuild(app, now_ms())} steps.")
