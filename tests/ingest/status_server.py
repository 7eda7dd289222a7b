"""A statistics page on a port of its own, with whatever a test lets a server say."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StatusServer(ThreadingHTTPServer):
    """Answers every GET with ``status`` and ``page``; ``requests`` counts them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.page = b""
        self.headers: dict[str, str] = {}
        self.requests: list[dict[str, str]] = []
        # Seconds to wait before the answer, and between its bytes.
        self.slow_s = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/stat"


class _Handler(BaseHTTPRequestHandler):
    server: StatusServer

    def do_GET(self) -> None:
        self.server.requests.append(dict(self.headers))
        time.sleep(self.server.slow_s)
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(self.server.page)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def status_server() -> Iterator[StatusServer]:
    with StatusServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def page(uptime_s: int, *clients: tuple[int, str, int, str], pid: int = 7, stream: str = "a") -> bytes:
    """A page with one stream of ``live``; its clients: (number, address, age in ms, "play" or "publish")."""
    listed = "".join(
        f"<client><id>{number}</id><address>{address}</address><time>{age}</time><flashver>LNX 9</flashver>"
        f"{'<publishing/>' if kind == 'publish' else ''}<active/></client>"
        for number, address, age, kind in clients
    )
    return (
        f"<?xml version='1.0' encoding='utf-8' ?><rtmp><pid>{pid}</pid><uptime>{uptime_s}</uptime><server>"
        f"<application><name>live</name><live><stream><name>{stream}</name><time>9999999</time>"
        f"<bw_audio>96000</bw_audio><bw_video>800000</bw_video>{listed}"
        f"</stream></live></application></server></rtmp>"
    ).encode()
