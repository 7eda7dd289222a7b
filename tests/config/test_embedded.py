"""The embedded server, from processes that come and go as commands do."""

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from config.embedded import cluster
from config.embedded.server import Server, ServerNotStarted
from config.embedded.system_user import SystemUser, make_reachable
from tests.config.conftest import Home

# Uses the server until a line, or the end of the input, comes in.
USE = """
import sys
from pathlib import Path
from config.embedded.server import server_at
server_at(Path(sys.argv[1])).ensure_running()
print("up")
sys.stdin.readline()
"""


def use(home: Home) -> "subprocess.Popen[str]":
    process = home.start("-c", USE, str(home.server.directory))
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    return process


def finish(process: "subprocess.Popen[str]") -> None:
    process.communicate("\n", timeout=60)
    assert process.returncode == 0


def postmaster(home: Home) -> int:
    return int((home.server.data / "postmaster.pid").read_text().splitlines()[0])


def ask(home: Home, query: str) -> str:
    with psycopg.connect(
        host=str(home.server.sockets), user=cluster.USER, dbname=cluster.DATABASE
    ) as connection:
        row = connection.execute(query).fetchone()
    assert row
    return str(row[0])


def test_it_is_shared_by_all_and_stopped_by_the_last(home: Home) -> None:
    first = use(home)
    server = postmaster(home)
    second = use(home)
    assert postmaster(home) == server
    finish(first)
    assert home.server.is_listening()
    finish(second)
    assert not home.server.is_listening()


def test_it_keeps_data_and_settings_between_starts(home: Home) -> None:
    process = use(home)
    with psycopg.connect(
        host=str(home.server.sockets), user=cluster.USER, dbname=cluster.DATABASE, autocommit=True
    ) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        connection.execute("ALTER SYSTEM SET work_mem = '7MB'")
    finish(process)
    process = use(home)
    assert ask(home, "SELECT answer FROM kept") == "42"
    assert ask(home, "SHOW work_mem") == "7MB"
    assert ask(home, "SHOW jit") == "off"
    assert ask(home, "SHOW fsync") == "on"
    assert ask(home, "SHOW listen_addresses") == ""
    assert ask(home, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
    finish(process)


def test_it_does_not_count_a_killed_process_as_a_user(home: Home) -> None:
    killed = use(home)
    last = use(home)
    killed.kill()
    killed.communicate()
    finish(last)
    assert not home.server.is_listening()


def test_it_is_stopped_even_when_its_last_user_was_killed(home: Home) -> None:
    process = use(home)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 60
    while home.server.is_listening() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not home.server.is_listening()


def test_it_starts_again_after_the_server_crashed(home: Home) -> None:
    process = use(home)
    os.kill(postmaster(home), signal.SIGKILL)
    other = use(home)
    assert ask(home, "SELECT 1") == "1"
    finish(other)
    finish(process)
    assert not home.server.is_listening()


def test_it_lets_nobody_else_to_its_socket(home: Home) -> None:
    process = use(home)
    found = home.server.sockets.stat()
    assert stat.S_IMODE(found.st_mode) == 0o700
    assert stat.S_IMODE(home.server.directory.stat().st_mode) == 0o700
    finish(process)


def test_it_starts_where_the_path_is_too_long_for_a_socket(home: Home) -> None:
    deep = Server(home.var.joinpath(*["directory-with-a-long-name"] * 4) / "postgres")
    assert deep.sockets.parent == Path("/tmp")
    deep.ensure_running()
    try:
        assert deep.is_listening()
        assert stat.S_IMODE(deep.sockets.stat().st_mode) == 0o700
    finally:
        assert deep.leave()
        deep.sockets.rmdir()


def test_it_says_what_to_do_when_it_cannot_start(home: Home) -> None:
    process = use(home)
    finish(process)
    (home.server.data / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(ServerNotStarted, match=r"did not start: .*server\.log"):
        home.server.ensure_running()
    home.server.leave()


def test_it_refuses_a_socket_directory_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "socket").symlink_to(tmp_path / "elsewhere")
    ourselves = SystemUser(os.getuid(), os.getgid(), switched=False)
    with pytest.raises(PermissionError, match="Remove it, then start again"):
        cluster.private_directory(tmp_path / "socket", ourselves)


def test_it_opens_closed_parents_to_passing_only(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    make_reachable(closed / "data", SystemUser(uid=12_345, gid=12_345, switched=True))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701


def test_it_leaves_parents_alone_when_it_is_not_root(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    make_reachable(closed / "data", SystemUser(os.getuid(), os.getgid(), switched=False))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.parametrize(("gigabytes", "megabytes"), [(0.5, 128), (2, 256), (4, 512), (64, 1024)])
def test_it_sizes_its_buffers_by_memory(gigabytes: float, megabytes: int) -> None:
    assert cluster.shared_buffers(int(gigabytes * 1024**3)) == megabytes
