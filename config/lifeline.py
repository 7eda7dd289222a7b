"""Runs a command that ends when its parent does: `python -m config.lifeline PROGRAM ARGUMENT…`

A supervisor that is killed with SIGKILL can stop nobody. Linux can be asked beforehand to send a signal
then; elsewhere this only runs the command.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(signum: signal.Signals) -> None:
    """Has this process receive `signum` when its parent dies. The wish survives exec, but not fork."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)


def main() -> None:
    parent = os.getppid()
    die_with_parent(signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("The supervisor is gone.")
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - its arguments are given by config.processes


if __name__ == "__main__":
    main()
