"""manage.py verify_ledger"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.clock import now_ms
from ingest.recount import recount


class Command(BaseCommand):
    help = "Recomputes the ledger from viewings and publishers and prints where it differs; fails if it does."

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for difference in recount(now_ms):
            count += 1
            self.stdout.write(str(difference))
        if count:
            raise CommandError(f"{count} differences. `manage.py rebuild_ledger` replaces what is wrong.")
        self.stdout.write("The ledger is what its rows add up to.")
