import sys
from typing import Any

from django.core.management.base import BaseCommand

from config import diagnosis


class Command(BaseCommand):
    help = "Says what is well and what is not, and what to do. Exits with 1 when something fails."
    # A broken database is something to report, not a reason to stop before the report.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        styles = {"ok": self.style.SUCCESS, "warn": self.style.WARNING, "fail": self.style.ERROR}
        failed = False
        for finding in diagnosis.examine():
            failed |= finding.level == "fail"
            self.stdout.write(
                f"{styles[finding.level](f'{finding.level:4}')}  {finding.subject}: {finding.message}"
            )
        if failed:
            sys.exit(1)
