import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded.server import Server

ROOT = Path(__file__).resolve().parents[2]
# What would decide for the process under test; the last one is set by tests that drive a browser.
NOT_INHERITED = {"DATABASE_URL", "HTTPS", "DJANGO_ALLOW_ASYNC_UNSAFE"}


class Home:
    """A data directory of its own, and processes that use it as commands of a real installation would."""

    def __init__(self, directory: Path) -> None:
        self.var = directory / "var"
        self.server = Server(self.var / "postgres")
        self.processes: list[subprocess.Popen[str]] = []

    def environment(self, **extra: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        return {**inherited, "VAR_DIR": str(self.var), "PYTHONUNBUFFERED": "1", **extra}

    def manage(self, *arguments: str, **extra: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(**extra),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *arguments: str, **extra: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment(**extra),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        return process

    def clear(self) -> None:
        """Ends what a test that failed half-way has left."""
        for process in self.processes:
            if process.returncode is None:
                process.kill()
                process.communicate()
        if self.server.is_listening():
            # Joining and leaving makes us the last user, who stops it.
            self.server.ensure_running()
            self.server.leave()


@pytest.fixture
def home() -> Iterator[Home]:
    # Not tmp_path: another run of pytest closes its parent to others, and PostgreSQL may be another user.
    with tempfile.TemporaryDirectory(prefix="turnout-test-") as directory:
        Path(directory).chmod(0o711)
        home = Home(Path(directory))
        yield home
        home.clear()
