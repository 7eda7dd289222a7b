"""docs/settings.md and the code name the same variables."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"""(?:\benv(?:str|bool|int|list|choice)|os\.environ\.get|os\.getenv)\(\s*["'](\w+)["']""")
# Read by Django, or tests' own names.
NOT_SETTINGS = {"DJANGO_SETTINGS_MODULE"}


def names_read() -> set[str]:
    folders = ["accounts", "viewers", "analytics", "ingest", "config", "benchmarks"]
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    files += [ROOT / "manage.py", ROOT / "tests" / "conftest.py"]
    return {name for path in files for name in READ.findall(path.read_text())} - NOT_SETTINGS


def names_documented() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))


def test_it_documents_every_variable_that_is_read() -> None:
    assert names_read() - names_documented() == set()


def test_it_documents_no_variable_that_is_not_read() -> None:
    assert names_documented() - names_read() == set()
