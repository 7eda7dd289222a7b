"""Geolocation data from files: installed whole, or not at all."""

import gzip
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from tests.viewers.geo_fixture import LONDON, PARIS, TOKYO, flat, write_mmdb, write_records
from tests.viewers.geoip.updates import BUILT_MS, EVERYWHERE, city, files_in, update
from viewers.geolocation import geoip, geoip_files, geoip_install
from viewers.geolocation.places import locate


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
