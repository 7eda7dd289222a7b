#!/usr/bin/env python3
"""Fetch the front-end files that the pages serve themselves.

Usage: ``python scripts/vendor.py``. Needs ``npm``, at development time only: what it
writes under ``static/vendor/`` is committed, so a running server needs neither npm nor
the network. Files are copied out of the published packages and never edited; to take a
newer one, change its version here and run this again.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    files: tuple[str, ...]
    purpose: str


PACKAGES = (
    Package(
        "world-atlas", "2.0.2", ("countries-50m.json",), "country shapes from Natural Earth, public domain"
    ),
    Package(
        "topojson-client", "3.1.0", ("dist/topojson-client.min.js",), "shapes and borders out of TopoJSON"
    ),
    Package("geojson-vt", "5.0.3", ("geojson-vt.js",), "slices the shapes into map tiles"),
    Package(
        "uplot", "1.6.32", ("dist/uPlot.iife.min.js", "dist/uPlot.min.css"), "draws the curves over time"
    ),
)


def fetch(package: Package, workdir: Path) -> str:
    """Copy the package's files and licence into ``static/vendor/<name>/``; return its licence name."""
    command = ["npm", "pack", "--json", f"{package.name}@{package.version}"]
    # Names and versions are those above, not input; npm is wherever the developer has it.
    packed = subprocess.run(command, cwd=workdir, check=True, capture_output=True, text=True)  # noqa: S603
    archive = workdir / json.loads(packed.stdout)[0]["filename"]
    target = VENDOR / package.name
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        for member in (*package.files, "LICENSE"):
            (target / Path(member).name).write_bytes(_content(tar, f"package/{member}"))
        return str(json.loads(_content(tar, "package/package.json"))["license"])


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    stream = tar.extractfile(name)
    if stream is None:
        raise SystemExit(f"{name} is not a file in the package")
    return stream.read()


def readme(licences: dict[str, str]) -> str:
    """The table of what is vendored, for ``static/vendor/README.md``."""
    lines = [
        "# Vendored front-end files",
        "",
        "Written by `python scripts/vendor.py`; never edited. Leaflet itself comes with django-leaflet.",
        "",
        "| file | npm package | version | licence | what it does |",
        "|---|---|---|---|---|",
    ]
    for package in PACKAGES:
        for file in package.files:
            cells = (
                f"`{package.name}/{Path(file).name}`",
                package.name,
                package.version,
                licences[package.name],
                package.purpose,
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as workdir:
        licences = {package.name: fetch(package, Path(workdir)) for package in PACKAGES}
    (VENDOR / "README.md").write_text(readme(licences))


if __name__ == "__main__":
    main()
