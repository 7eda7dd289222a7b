"""Lets a player reach a server from an address of the test's choice."""

import select
import socket
import threading
import time


class Relay:
    """A TCP relay to ``port`` that connects from ``source`` (any 127.x.y.z), for one connection at a time.

    ``opened`` and ``closed`` are when its last connection came and went, Unix seconds: what the server saw.
    """

    def __init__(self, source: str, port: int) -> None:
        self.source = source
        self._server = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.opened = self.closed = 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with near, socket.create_connection(self._server, source_address=(self.source, 0)) as far:
                self.opened = time.time()
                self._pass_on(near, far)
            self.closed = time.time()

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        while True:
            readable, _, _ = select.select([near, far], [], [])
            for one in readable:
                try:
                    if not (piece := one.recv(65536)):
                        return
                    other[one].sendall(piece)
                except OSError:
                    return
