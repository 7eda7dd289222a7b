"""The product as the soak runs it: `manage.py up` over a data directory of its own, and what it takes up."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 120
# What would decide for the processes under test.
NOT_INHERITED = {"DATABASE_URL", "HTTPS", "ALLOWED_HOSTS", "API_RATE", "INGEST_RATE"}
MEGABYTE = 1024 * 1024


class Product:
    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._var = directory / "var"
        self._log = directory / "up.log"
        self._up: subprocess.Popen[bytes] | None = None
        self._postmaster = 0

    def start(self) -> None:
        """Returns when /healthz says that all is well. Raises RuntimeError with what `up` said."""
        # It holds a password and tokens.
        self._log.touch(0o600)
        with self._log.open("wb") as log:
            self._up = subprocess.Popen(
                # Ends with us, even if we are killed.
                [
                    *(sys.executable, "-m", "config.lifeline"),
                    *(sys.executable, "manage.py", "up", "--port", str(self.port)),
                ],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for us: what we started is ended last.
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE_S
        while not self._is_well():
            if self._up.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"It did not start:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.3)
        self._postmaster = self._server_pid()

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def token(self, *scope: str) -> str:
        made = self.manage("create_token", "--account", "soak", "--app", "soak", "--create", *scope)
        if made.returncode:
            raise RuntimeError(made.stderr)
        return made.stdout.strip()

    def memory(self) -> dict[str, float]:
        """MB by part. Of PostgreSQL's processes what each has alone, and once what they share."""
        found = {"web": 0.0, "worker": 0.0, "postgres": 0.0, "shared": 0.0}
        for process in self._processes():
            try:
                command, used = process.cmdline(), process.memory_info()
            except psutil.Error:
                continue
            name = "worker" if "worker" in command else "web" if "granian" in command else ""
            if name:
                found[name] += used.rss / MEGABYTE
        for process in family(self._postmaster):
            try:
                used = process.memory_info()
            except psutil.Error:
                continue
            found["postgres"] += (used.rss - used.shared) / MEGABYTE
            found["shared"] = max(found["shared"], used.shared / MEGABYTE)
        return found

    def disk(self) -> float:
        """MB that the data directory takes on the disk."""
        blocks = 0
        for folder, _, names in os.walk(self._var):
            for name in names:
                try:
                    blocks += os.lstat(os.path.join(folder, name)).st_blocks
                except FileNotFoundError:
                    # PostgreSQL recycles its files.
                    continue
        return blocks * 512 / MEGABYTE

    def stop(self) -> None:
        """Ends `up`, and with it all that it started; PostgreSQL follows its last user."""
        if self._up is None:
            return
        self._postmaster = self._postmaster or self._server_pid()
        mine = self._processes()
        if self._up.poll() is None:
            # Not SIGINT, which whoever runs in the background was told to ignore.
            self._up.terminate()
        try:
            self._up.wait(60)
        except subprocess.TimeoutExpired:
            self._up.kill()
            self._up.wait()
        _, left = psutil.wait_procs([process for process in mine if process.pid != self._up.pid], 30)
        for process in left:
            process.kill()
        self._stop_server()

    def _stop_server(self) -> None:
        deadline = time.monotonic() + 60
        while self._postmaster and psutil.pid_exists(self._postmaster):
            if time.monotonic() > deadline:
                # PostgreSQL's "immediate": nobody needs what is in it.
                os.kill(self._postmaster, signal.SIGQUIT)
                return
            time.sleep(0.1)

    def _processes(self) -> list[psutil.Process]:
        return family(self._up.pid) if self._up else []

    def _server_pid(self) -> int:
        try:
            lines = (self._var / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
        except OSError:
            return 0
        return int(lines[0])

    def _is_well(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                return True
        except OSError:
            return False

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        return {**inherited, "VAR_DIR": str(self._var), "PYTHONUNBUFFERED": "1"}


@contextmanager
def running() -> Iterator[Product]:
    """Runs inside, and leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="turnout-soak-") as directory:
        # PostgreSQL may be another user, who has to pass.
        Path(directory).chmod(0o711)
        product = Product(Path(directory))
        try:
            product.start()
            yield product
        finally:
            # A second Ctrl-C would leave behind what the first one asked us to end.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            product.stop()


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it and its children started."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
