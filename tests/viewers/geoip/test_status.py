"""What is said of the geolocation data in use."""

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from tests.viewers.geo_fixture import BUILT_S, LONDON, flat, write_mmdb, write_records
from tests.viewers.geoip.updates import BUILT_MS, DAY_S, EVERYWHERE, now_s
from viewers.geolocation import geoip


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
