"""docs/architecture.md knows every room of the house, and no room that is not there."""

import re
import tomllib

import pytest

from tests.docs.documents import ROOT, document

APPS = ["accounts", "viewers", "analytics", "ingest", "config"]
# Django's own, alike in every app.
NOT_DESCRIBED = {"__init__.py", "apps.py", "migrations", "__pycache__", "templates"}
# Inside of packages that have a row of their own.
NAME = re.compile(r"`([\w/]+\.py|[\w/]+/)`( ◇)?")


def section(app: str) -> str:
    """What stands under the app's own heading."""
    text = document("docs/architecture.md").text
    _, heading, rest = text.partition(f"\n### `{app}/`\n")
    assert heading, f"docs/architecture.md does not describe {app}/"
    return re.split(r"^#{2,3} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def described(app: str) -> set[str]:
    return {name.rstrip("/").rpartition("/")[2] for name, _ in NAME.findall(section(app))}


def rooms(app: str) -> set[str]:
    """The app's modules and packages."""
    found = {path.name for path in (ROOT / app).iterdir() if path.suffix == ".py" or path.is_dir()}
    return found - NOT_DESCRIBED


def inside(app: str) -> set[str]:
    """The modules of the app's packages, by their bare names."""
    return {path.name for path in (ROOT / app).rglob("*.py")}


@pytest.mark.parametrize("app", APPS)
def test_it_describes_every_module_and_package(app: str) -> None:
    assert rooms(app) - described(app) == set()


@pytest.mark.parametrize("app", APPS)
def test_it_describes_nothing_that_is_not_there(app: str) -> None:
    assert described(app) - rooms(app) - inside(app) == set()


def test_it_describes_every_folder() -> None:
    house = document("docs/architecture.md").text
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    made_by_running = {"var", "htmlcov", "node_modules", "__pycache__"}

    assert {folder for folder in folders - made_by_running if f"`{folder}/`" not in house} == set()


@pytest.mark.parametrize("name", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_it_names_files_that_exist(name: str) -> None:
    paths = {
        span for span in document(name).inline() if re.fullmatch(r"[\w.]+(/[\w.]+)+\.\w+|\w+(/\w+)+/", span)
    }

    assert len(paths) > 10
    # Under an app's heading a path begins in the app.
    places = [ROOT, *(ROOT / app for app in APPS)]
    assert {path for path in paths if not any((place / path).exists() for place in places)} == set()


def test_it_marks_the_pure_modules() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [pure] = [each["source_modules"] for each in contracts if each["name"] == "Pure modules import no Django"]
    marked = {(app, name.rstrip("/")) for app in APPS for name, mark in NAME.findall(section(app)) if mark}

    assert marked == {room_of(module, marked) for module in pure}


def room_of(module: str, marked: set[tuple[str, str]]) -> tuple[str, str]:
    """A module is marked by its path in the app, `sessions/runs.py`, or with its whole room, `adapters`."""
    app, *parts = module.split(".")
    path = "/".join(parts) + ".py"
    return (app, parts[0]) if (app, parts[0]) in marked else (app, path)
