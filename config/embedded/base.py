"""The module that Django looks for in a database engine."""

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from config.embedded.server import server_at


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL backend over the server in DATABASES[…]["EMBEDDED_DIRECTORY"].

    The server is started where connection parameters are asked for, not where a connection is opened:
    that also covers code that opens a direct connection of its own with these parameters.
    """

    def get_connection_params(self) -> dict[str, Any]:
        server_at(Path(self.settings_dict["EMBEDDED_DIRECTORY"])).ensure_running()
        return super().get_connection_params()
