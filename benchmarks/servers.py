"""Compares web servers on a view that does nothing: `python -m benchmarks.servers` (needs wrk).

What differs between them here is their own cost. Servers that are not installed are left out; to compare
them all: `pip install gunicorn uvicorn` into a throw-away environment beside the requirements.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import Any

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.urls import path

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="benchmarks.servers",
        SECRET_KEY="not a secret: " + "-" * 50,
        REST_FRAMEWORK={
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            "DEFAULT_AUTHENTICATION_CLASSES": [],
            "UNAUTHENTICATED_USER": None,
        },
    )
    django.setup()

# Only now: they read the settings when they are imported.
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Nothing(APIView):
    def get(self, request: Request) -> Response:
        return Response({"data": {"markers": []}, "success": True})


urlpatterns = [path("nothing", Nothing.as_view())]
wsgi = get_wsgi_application()
asgi = get_asgi_application()

WORKERS = 2
THREADS = 4
SERVERS = {
    "granian": f"--interface wsgi --workers {WORKERS} --blocking-threads {THREADS} --no-ws "
    "--host 127.0.0.1 --port {port} benchmarks.servers:wsgi",
    "gunicorn": f"--worker-class gthread --workers {WORKERS} --threads {THREADS} "
    "--bind 127.0.0.1:{port} benchmarks.servers:wsgi",
    "uvicorn": f"--workers {WORKERS} --no-access-log "
    "--host 127.0.0.1 --port {port} benchmarks.servers:asgi",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"Nothing listens on port {port}.")


def measure(name: str, connections: int, seconds: int) -> dict[str, Any]:
    """wrk's requests per second and 50th and 99th percentile, with keep-alive connections."""
    port = free_port()
    command = [sys.executable, "-m", name, *SERVERS[name].format(port=port).split()]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_for(port)
        time.sleep(2)
        wrk = [
            "wrk",
            "--latency",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            f"http://127.0.0.1:{port}/nothing",
        ]
        output = subprocess.run(wrk, check=True, capture_output=True, text=True).stdout
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)
    found = {key: re.search(rf"{key}\s+(\S+)", output) for key in ("Requests/sec:", "50%", "99%")}
    answer = {key: match[1] if match else "?" for key, match in found.items()}
    answer["errors"] = ", ".join(re.findall(r"(?:Socket errors|Non-2xx).*", output)) or "none"
    return answer


def main() -> None:
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed: sudo apt-get install wrk")
    for name in SERVERS:
        if find_spec(name) is None:
            print(f"{name}: not installed")
            continue
        for connections in (4, 64):
            print(f"{name}, {connections} connections: {measure(name, connections, seconds=6)}", flush=True)


if __name__ == "__main__":
    main()
