"""Packages of npm, as clients of the APIs and auditors of pages run them: fetched once, into `var/npm`."""

import os
import subprocess
from pathlib import Path

import pytest

from config.settings import BASE_DIR
from tests.conftest import requires

# Exact versions: what is tested must not change by itself.
AXE = "axe-core@4.14.1"
CLOUDFLARE = "cloudflare@7.3.0"
TYPESCRIPT = "typescript@7.0.2"
CACHE = BASE_DIR / "var" / "npm"


def installed(spec: str) -> Path:
    """The folder of the package `name@version` with what it needs beside it. Where npm is missing or does not
    reach its registry, the test is skipped; under CI it fails.
    """
    npm = requires("npm", "npm")
    name, _, _ = spec.rpartition("@")
    place = CACHE / spec.replace("/", "_")
    package = place / "node_modules" / name
    if not package.exists():
        place.mkdir(parents=True, exist_ok=True)
        options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
        command = [npm, "install", "--prefix", str(place), *options, spec]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = f"{spec} could not be fetched by npm: is there a network?"
            if os.environ.get("CI", "").lower() in {"1", "true"}:
                pytest.fail(f"{reason}\n{done.stderr[-2000:]}")
            pytest.skip(reason)
    return package
