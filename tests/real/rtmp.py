"""A real nginx-rtmp with the configuration of the docs, and real encoders and players."""

import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

CONFIGURATION = Path(__file__).parents[2] / "docs" / "nginx.conf"
MODULES = Path("/usr/lib/nginx/modules")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def wait_for(condition: Callable[[], object], timeout_s: float = 15) -> None:
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("what the test waits for did not happen")
        time.sleep(0.05)


class Nginx:
    """Unprivileged, on free ports, in a directory of its own."""

    def __init__(self, program: str, prefix: Path, web_port: int, token: str, *, all_callbacks: bool) -> None:
        self.rtmp_port, self.http_port = free_port(), free_port()
        self._command = [program, "-p", str(prefix), "-c", str(prefix / "nginx.conf")]
        self._pid = prefix / "nginx.pid"
        self._log = prefix / "error.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.began = 0.0
        prefix.mkdir(parents=True, exist_ok=True)
        text = CONFIGURATION.read_text()
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{web_port}").replace("TOKEN/", f"{token}/")
        text = text.replace("listen 1935", f"listen 127.0.0.1:{self.rtmp_port}")
        text = text.replace("listen 127.0.0.1:8080", f"listen 127.0.0.1:{self.http_port}")
        text = text.replace("modules/ngx_rtmp", f"{MODULES}/ngx_rtmp")
        if all_callbacks:
            text = re.sub(r"# (on_(?:play|publish) )", r"\1", text)
        # What an unprivileged server needs beside: files of its own.
        paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{name}_temp_path {prefix}/{name};" for name in paths)
        text = text.replace("http {", f"http {{ {temporary}", 1)
        (prefix / "nginx.conf").write_text(f"daemon off; pid {self._pid}; error_log {self._log};\n{text}")

    @property
    def stat_url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/stat"

    def start(self) -> None:
        self._pid.unlink(missing_ok=True)
        self.began = time.time()
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # It writes its pid when it listens. Connecting to find out would use up a connection number.
        wait_for(lambda: self._pid.exists() and self._pid.read_text().strip())

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)
            self._process = None


class Encoder:
    def __init__(self, ffmpeg: str, port: int, stream: str) -> None:
        source = ["-re", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10", "-c:v", "flv1", "-g", "5"]
        target = ["-f", "flv", f"rtmp://127.0.0.1:{port}/live/{stream}"]
        self.process = run(ffmpeg, [*source, *target])


class Player:
    def __init__(self, ffmpeg: str, port: int, stream: str) -> None:
        self.process = run(ffmpeg, ["-i", f"rtmp://127.0.0.1:{port}/live/{stream}", "-f", "null", "-"])


def run(ffmpeg: str, arguments: list[str]) -> subprocess.Popen[bytes]:
    quiet = [ffmpeg, "-nostdin", "-v", "quiet"]
    return subprocess.Popen([*quiet, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
