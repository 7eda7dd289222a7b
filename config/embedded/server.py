"""Starts, shares and stops the embedded PostgreSQL.

Each process that uses the server holds a shared lock on `users.lock`; starting and stopping happen under an
exclusive lock on `start.lock`. A process that ends tries to make its shared lock exclusive: when that works,
nobody else uses the server, and it is stopped. A killed process loses its locks with its life; for the case
that it was the last one, a keeper sleeps on the same lock.
"""

import atexit
import fcntl
import functools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db.utils import OperationalError

from config.embedded import cluster
from config.embedded.system_user import SystemUser, make_reachable, server_user

PATIENCE_SECONDS = 60
RETRY_PAUSES = (0.25, 0.5, 1.0)


class ServerNotStarted(OperationalError):
    """The embedded PostgreSQL did not start; the message says what it said, and where its log is."""


@functools.cache
def server_at(directory: Path) -> "Server":
    return Server(directory)


class Server:
    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.data = self.directory / "data"
        self.log = self.directory / "server.log"
        self.sockets = cluster.socket_directory(self.directory)
        self._mutex = threading.Lock()
        self._users: int | None = None
        self._owner_pid = 0

    def ensure_running(self) -> None:
        """Returns when the server accepts connections and counts this process among its users."""
        with self._mutex:
            if self._is_ours() and self.is_listening():
                return
            self.directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._exclusively():
                if not self._is_ours():
                    self._join()
                try:
                    self._start()
                except (subprocess.SubprocessError, OSError) as error:
                    said = " ".join(str(getattr(error, "stderr", None) or error).split())
                    raise ServerNotStarted(
                        f"The embedded PostgreSQL did not start: {said} See {self.log}."
                    ) from error

    def leave(self) -> bool:
        """Gives the server up. Stops it, and returns True, when nobody else uses it. May be repeated."""
        with self._mutex:
            if not self._is_ours() or self._users is None:
                return False
            try:
                with self._exclusively():
                    return self._stop_if_last(self._users)
            finally:
                # Not only closed: a child that was forked meanwhile holds the same lock.
                fcntl.flock(self._users, fcntl.LOCK_UN)
                os.close(self._users)
                self._users = None

    def stop_when_unused(self) -> bool:
        """Sleeps until nobody uses the server, then stops it. False when somebody came in between."""
        users = os.open(self._beside("users.lock"), os.O_RDWR)
        try:
            fcntl.flock(users, fcntl.LOCK_EX)
            # Whoever joins holds the start lock while it waits for this one: the same order here.
            fcntl.flock(users, fcntl.LOCK_UN)
            with self._exclusively():
                return self._stop_if_last(users)
        finally:
            os.close(users)

    def is_listening(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            return probe.connect_ex(str(self.sockets / f".s.PGSQL.{cluster.PORT}")) == 0

    def _is_ours(self) -> bool:
        # A forked child inherits the parent's lock, which is not its own to turn or to close.
        return self._users is not None and self._owner_pid == os.getpid()

    def _join(self) -> None:
        self._users = os.open(self._beside("users.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        self._owner_pid = os.getpid()
        fcntl.flock(self._users, fcntl.LOCK_SH)
        atexit.register(self.leave)

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        handle = os.open(self._beside("start.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _beside(self, name: str) -> Path:
        return self.directory.with_name(f"{self.directory.name}.{name}")

    def _start(self) -> None:
        user = server_user(self.directory)
        deadline = time.monotonic() + PATIENCE_SECONDS
        # "Rejecting" is a start or a stop that somebody began and did not live to see: it passes.
        while (status := self._status()) == "rejecting" and time.monotonic() < deadline:
            time.sleep(0.1)
        if status == "accepting":
            return
        if user.switched:
            # Ours, and made for it: nothing to warn of.
            self.directory.parent.chmod(0o711)
        for path in (self.directory, self.sockets):
            cluster.private_directory(path, user)
            make_reachable(path, user)
        make_reachable(cluster.PROGRAMS / "postgres", user)
        cluster.create(self.data, user)
        cluster.configure(self.data, self.sockets, user)
        self._launch(user)
        self._create_database(user)
        self._start_keeper()

    def _start_keeper(self) -> None:
        command = [sys.executable, "-m", "config.embedded.keeper", str(self.directory)]
        # In a session of its own: Ctrl-C is not meant for it.
        subprocess.run(  # noqa: S603 - ourselves
            command,
            check=True,
            cwd=Path(__file__).parents[2],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _launch(self, user: SystemUser) -> None:
        options = [f"--log={self.log}", "--wait", f"--timeout={PATIENCE_SECONDS}", "--silent"]
        for pause in RETRY_PAUSES:
            try:
                return self._control(user, "start", *options)
            except subprocess.CalledProcessError:
                # After a crash, processes of the old server hold its memory for a moment.
                time.sleep(pause)
        self._control(user, "start", *options)

    def _stop_if_last(self, users: int) -> bool:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if self.is_listening():
            self._control(server_user(self.directory), "stop", "--mode=fast", "--wait", "--silent")
        return True

    def _status(self) -> str:
        command = [
            str(cluster.PROGRAMS / "pg_isready"),
            f"--host={self.sockets}",
            f"--port={cluster.PORT}",
            "--quiet",
        ]
        code = subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode  # noqa: S603
        return {0: "accepting", 1: "rejecting"}.get(code, "stopped")

    def _control(self, user: SystemUser, action: str, *options: str) -> None:
        user.run([str(cluster.PROGRAMS / "pg_ctl"), action, f"--pgdata={self.data}", *options])

    def _create_database(self, user: SystemUser) -> None:
        access = [f"--host={self.sockets}", f"--port={cluster.PORT}", f"--username={cluster.USER}"]
        query = f"SELECT 1 FROM pg_database WHERE datname = '{cluster.DATABASE}'"
        psql = [
            str(cluster.PROGRAMS / "psql"),
            *access,
            "--no-psqlrc",
            "--tuples-only",
            "--command",
            query,
            "postgres",
        ]
        if not user.run(psql).stdout.strip():
            user.run([str(cluster.PROGRAMS / "createdb"), *access, cluster.DATABASE])
