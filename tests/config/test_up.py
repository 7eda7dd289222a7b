"""`manage.py up`, as a person starts and stops it."""

import json
import os
import signal
import socket
import stat
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from config.running import AlreadyRunning, claim
from tests.config.conftest import Home

# Generous: a slow machine with other work is no reason to fail.
PATIENCE_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_until(process: "subprocess.Popen[str]", said: Callable[[str], bool]) -> list[str]:
    """Its lines up to the one waited for. Fails, showing all, when it ends before or takes too long."""
    assert process.stdout
    timer = threading.Timer(PATIENCE_SECONDS, process.kill)
    timer.start()
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if said(line):
            timer.cancel()
            return lines
    timer.cancel()
    pytest.fail("It never said so:\n" + "".join(lines))


def processes_of(home: Home) -> list[str]:
    """Command lines of living processes whose environment or arguments name this data directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if (
            int(entry.name) != os.getpid()
            and command
            and str(home.var).encode() in environment + command.encode()
        ):
            found.append(command)
    return found


def wait_until_none(home: Home) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while processes_of(home) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(home) == []


def test_it_serves_until_it_is_stopped_and_leaves_nothing_behind(home: Home) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = home.start("manage.py", "up", "--port", str(port))
    lines = read_until(process, lambda line: "Turnout is at" in line)
    assert url in lines[-1]
    text = "".join(lines)
    assert f"Log in at {url}/ as admin, password " in text
    assert f"{url}/api/cluster/viewers/geolocation" in text
    assert "/accounts/main/realtime/kit/main/analytics/livestreams/overall" in text
    with urllib.request.urlopen(f"{url}/healthz") as response:
        assert json.load(response)["status"] == "ok"

    second = home.manage("up", "--port", str(port))
    assert second.returncode == 0
    assert f"already running (process {process.pid}) at {url}" in second.stdout

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    wait_until_none(home)
    assert not home.server.is_listening()


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs Linux: elsewhere the orphans stay")
def test_it_takes_its_processes_along_when_it_is_killed(home: Home) -> None:
    process = home.start("manage.py", "up", "--port", str(free_port()))
    read_until(process, lambda line: "Turnout is at" in line)
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)
    wait_until_none(home)


def test_it_says_that_the_port_is_taken(home: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = home.manage("up", PORT=str(port))
    assert result.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port}: Address already in use." in result.stderr
    assert "PORT=8001" in result.stderr


def test_it_claims_its_place_for_one_process(tmp_path: Path) -> None:
    with claim(tmp_path, "http://127.0.0.1:8000"):
        expected = rf"\(process {os.getpid()}\) at http://127\.0\.0\.1:8000"
        with pytest.raises(AlreadyRunning, match=expected), claim(tmp_path, "http://127.0.0.1:8001"):
            pass
        assert stat.S_IMODE((tmp_path / "up.lock").stat().st_mode) == 0o600
    with claim(tmp_path, "http://127.0.0.1:8002"):
        pass
