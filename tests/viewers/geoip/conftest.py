"""A data folder of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from viewers.geolocation import geoip_files


@pytest.fixture(autouse=True)
def var_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with nothing installed."""
    monkeypatch.setattr(geoip_files, "PACKAGE", "no_such_package")
    folder = tmp_path / "var"
    with override_settings(GEOIP_PATH="", VAR_DIR=folder, GEOIP_ALLOW_PRIVATE=False):
        geoip_files.recheck()
        yield folder
