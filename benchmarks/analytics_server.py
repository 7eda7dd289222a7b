"""The product's web server over a benchmark's database."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection

from accounts.models import ApiToken
from benchmarks.soak_product import free_port
from config.processes import Address, web

PATIENCE_S = 60


@contextmanager
def web_server(app: Any) -> Iterator[Callable[[str, int, int], Any]]:
    """Runs as `manage.py up` would start it, over the benchmark's database; asks it about the app."""
    _, secret = ApiToken.issue(account=app.account, app=app, scopes=["read"], name="benchmark")
    kit = f"/accounts/{app.account.public_id}/realtime/kit/{app.public_id}"
    database, port = connection.settings_dict, free_port()
    url = f"postgresql://{database['USER']}@/{database['NAME']}?" + urlencode(
        {"host": database["HOST"], "port": database["PORT"]}
    )
    environment = {**os.environ, "DATABASE_URL": url, "API_RATE": "off"}
    # Ends with us, even if we are killed.
    command = [sys.executable, "-m", "config.lifeline", *web(Address("127.0.0.1", port))]
    server = subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, start_new_session=True)
    try:
        _wait_for(port)

        def request(question: str, start: int, end: int) -> Any:
            window = urlencode({"start_time": moment(start), "end_time": moment(end)})
            path = f"{kit}/analytics/livestreams/{question}?{window}"
            # One that stays open would be closed by the server while a slow peer answers.
            client = http.client.HTTPConnection("127.0.0.1", port)
            client.request("GET", path, headers={"Authorization": f"Bearer {secret}"})
            response = client.getresponse()
            body = response.read()
            if response.status != 200:
                raise SystemExit(f"HTTP {response.status}: {body[:300]!r}")
            return json.loads(body)["data"]

        yield request
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"Nothing listens on port {port}.")


def moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
