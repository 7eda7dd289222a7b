"""Stops the embedded server when its last user went without doing so: killed, or ended past Python's exit.

`python -m config.embedded.keeper DIRECTORY` returns at once and goes on in the background, where it sleeps
on the users' lock.
"""

import os
import sys
from pathlib import Path


def main() -> None:
    if os.fork():
        # Whoever started us has nobody to wait for.
        os._exit(0)
    # Only now: the caller waits for the fork, not for imports.
    from config.embedded.server import Server

    server = Server(Path(sys.argv[1]))
    while not server.stop_when_unused():
        pass


if __name__ == "__main__":
    main()
