"""PostgreSQL refuses to run as root. Where we are root, its programs run as an unprivileged system user."""

import logging
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

PREFERRED = "postgres"
CREATED = "turnout-db"


@dataclass(frozen=True)
class SystemUser:
    uid: int
    gid: int
    switched: bool

    def run(self, command: list[str], timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """Runs `command` as this user. Raises CalledProcessError, whose stderr says why."""
        return subprocess.run(  # noqa: S603 - programs of the wheel and of this module, no shell
            command,
            check=True,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            # Our working directory may be closed to that user.
            cwd="/",
            umask=0o077,
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
        )


def server_user(directory: Path) -> SystemUser:
    """Who runs the server in `directory`: ourselves or, when we are root, the owner of its files."""
    if os.geteuid() != 0:
        return SystemUser(os.geteuid(), os.getegid(), switched=False)
    if directory.exists() and directory.stat().st_uid != 0:
        owner = directory.stat()
        return SystemUser(owner.st_uid, owner.st_gid, switched=True)
    entry = _entry(PREFERRED) or _entry(CREATED) or _create()
    return SystemUser(entry.pw_uid, entry.pw_gid, switched=True)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create() -> pwd.struct_passwd:
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        CREATED,
    ]
    subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return pwd.getpwnam(CREATED)


def make_reachable(path: Path, user: SystemUser) -> None:
    """Lets `user` pass through the directories above `path`, with `o+x` and no right to list them."""
    if not user.switched:
        return
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if parent.stat().st_uid != user.uid and not mode & stat.S_IXOTH:
            logger.warning("chmod o+x %s: the database's system user has to pass through it.", parent)
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
