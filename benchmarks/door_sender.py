"""One of the door's senders: a process that holds prepared bodies and posts them when it is told to."""

import json
import signal
from collections.abc import Sequence
from http.client import HTTPConnection
from multiprocessing import get_context
from multiprocessing.connection import Connection

TIMEOUT_S = 120
PATIENCE_S = 300

Bodies = Sequence[bytes]


class Sender:
    """``load`` hands bodies over, which is not measured; between ``start`` and ``finish`` they are sent."""

    def __init__(self, port: int, token: str) -> None:
        spawn = get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs, port, token), daemon=True)
        self._process.start()
        theirs.close()

    def load(self, bodies: Bodies, packed: bool) -> None:
        self._pipe.send((bodies, packed))
        self._answer()

    def start(self) -> None:
        self._pipe.send(None)

    def finish(self) -> int:
        """How many events were accepted; all of them, or this raises RuntimeError."""
        return self._answer()

    def close(self) -> None:
        self._pipe.close()
        self._process.join(10)

    def _answer(self) -> int:
        if not self._pipe.poll(PATIENCE_S):
            raise RuntimeError("A sender does not answer.")
        accepted, problem = self._pipe.recv()
        if problem:
            raise RuntimeError(problem)
        return int(accepted)


def _serve(pipe: Connection, port: int, token: str) -> None:
    # Ctrl-C is for the one that started us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    while True:
        try:
            bodies, packed = pipe.recv()
            # The server closes a connection that was idle for long.
            connection.close()
            connection.connect()
            pipe.send((0, ""))
            pipe.recv()
        except (EOFError, ConnectionError):
            return
        try:
            pipe.send((sum(_post(connection, token, body, packed) for body in bodies), ""))
        except Exception as error:
            pipe.send((0, f"{type(error).__name__}: {error}"))


def _post(connection: HTTPConnection, token: str, body: bytes, packed: bool) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    if packed:
        headers["Content-Encoding"] = "gzip"
    connection.request("POST", "/api/ingest/events", body, headers)
    response = connection.getresponse()
    answer = response.read()
    data = json.loads(answer).get("data", {})
    if response.status != 200 or data["rejected"]:
        raise RuntimeError(f"The server answered {response.status}: {answer[:300]!r}")
    return int(data["accepted"])
