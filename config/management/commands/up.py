import json
import os
import shlex
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config import first_data, static_files
from config.env import envint, envstr
from config.first_data import Access
from config.processes import Address, Supervisor, manage, web
from config.running import AlreadyRunning, claim

# Two machines that start at once over one database: the second waits, then finds nothing to do.
MIGRATION_LOCK = 0x7475726E  # "turn"
PATIENCE_SECONDS = 90


class Command(BaseCommand):
    help = "Brings everything up: database, migrations, static files, web server and worker. Ctrl-C ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="with demo data, a login and a simulated audience"
        )
        parser.add_argument("--viewers", type=int, default=2000, help="size of the demo's audience")
        parser.add_argument("--port", type=int, help="overrides PORT (default 8000)")

    def handle(self, *args: Any, demo: bool, viewers: int, port: int | None, **options: Any) -> None:
        address = Address(envstr("HOST", "127.0.0.1"), port or envint("PORT", 8000, 1, 65535))
        try:
            with claim(settings.VAR_DIR, address.url):
                ensure_free(address)
                self.prepare()
                access = self.ensure_data(address, demo)
                code = self.supervise(address, access if demo else None, viewers)
        except AlreadyRunning as error:
            # What was asked for is there, so this is no failure.
            self.stdout.write(str(error))
            return
        sys.exit(code)

    def prepare(self) -> None:
        static_files.collect()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            try:
                call_command("migrate", interactive=False, verbosity=0)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])

    def ensure_data(self, address: Address, demo: bool) -> Access | None:
        if demo:
            access: Access | None = first_data.demo(address.url, settings.VAR_DIR / "demo.json")
        else:
            access = first_data.first(address.url)
        # Nobody needs it any more in this process, and a fork must not inherit it.
        connection.close()
        if access:
            self.stdout.write(introduction(access))
        return access

    def supervise(self, address: Address, audience: Access | None, viewers: int) -> int:
        supervisor = Supervisor(when_started=lambda over: self.announce(address, over))
        supervisor.add("web", web(address))
        supervisor.add("worker", manage("worker"))
        if audience:
            wanted = ["--url", address.url, "--token", audience.ingest_token, "--viewers", str(viewers)]
            supervisor.add("audience", manage("audience", *wanted))
        return supervisor.run()

    def announce(self, address: Address, over: threading.Event) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not over.wait(0.3):
            problem = ask_health(address)
            if not problem:
                self.stdout.write(self.style.SUCCESS(f"Turnout is at {address.url}"))
                return
            if time.monotonic() > deadline:
                self.stdout.write(self.style.ERROR(f"Turnout is not well at {address.url}: {problem}"))
                return


def ensure_free(address: Address) -> None:
    """Raises CommandError when somebody else listens there, before anything is started."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            where = f"{address.host} port {address.port}"
            raise CommandError(
                f"Cannot listen on {where}: {reason}. Choose another port: PORT=8001"
            ) from None


def ask_health(address: Address) -> str:
    """Empty when all is well, else what /healthz says."""
    request = urllib.request.Request(f"{address.url}/healthz", headers={"Host": known_host()})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310 - http to ourselves
            return ""
    except urllib.error.HTTPError as error:
        return error.read(1000).decode(errors="replace")
    except OSError as error:
        return str(error)


def known_host() -> str:
    """A name that ALLOWED_HOSTS lets pass: ours may be unknown to it."""
    name = settings.ALLOWED_HOSTS[0].lstrip(".")
    return "localhost" if name == "*" else name


def introduction(access: Access) -> str:
    lines = [""]
    if access.password:
        lines.append(f"Log in at {access.base_url}/ as {access.username}, password {access.password}")
    if access.read_token:
        overall = f"/accounts/{access.account_id}/realtime/kit/{access.app_id}/analytics/livestreams/overall"
        event = {"type": "view.start", "connectionId": "me", "streamKey": "live", "position": [52.5, 13.4]}
        lines += [
            f"Account {access.account_id}, app {access.app_id}",
            f"Token that reads: {access.read_token}",
            f"Token that sends events: {access.ingest_token}",
            "",
            "Who is watching now:",
            curl(access.read_token, f"{access.base_url}/api/cluster/viewers/geolocation"),
            "How much was watched:",
            curl(access.read_token, access.base_url + overall),
            "Add a viewer of your own:",
            curl(access.ingest_token, f"{access.base_url}/api/ingest/events", event),
            "",
        ]
    return "\n".join(lines)


def curl(token: str, url: str, body: object = None) -> str:
    data = ["-H", "Content-Type: application/json", "-d", json.dumps([body])] if body else []
    return "  " + shlex.join(["curl", "-H", f"Authorization: Bearer {token}", *data, url])
