"""manage.py verify_replay"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics.replay.verify import verify


class Command(BaseCommand):
    help = "Counts anew from the viewings what the map replays and prints where it differs; fails if it does."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for difference in verify():
            found += 1
            self.stdout.write(str(difference))
        if found:
            raise CommandError(f"{found} differences. `manage.py rebuild_replay` counts everything anew.")
        self.stdout.write("What is replayed is what the viewings say.")
