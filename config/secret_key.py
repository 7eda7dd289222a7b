"""The key that signs sessions and forms: made once, kept where the data lies."""

import os
import secrets
import tempfile
from pathlib import Path


def secret_key_in(directory: Path) -> str:
    """Reads `directory`/secret_key, making it first where there is none. Two processes may do so at once."""
    path = directory / "secret_key"
    if not path.exists():
        _make(path)
    return path.read_text().strip()


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes it with mode 0600.
    handle, mine = tempfile.mkstemp(dir=path.parent, prefix="secret_key.")
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        # A link never replaces: whoever comes second reads the key of the first.
        os.link(mine, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(mine)
