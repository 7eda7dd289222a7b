"""Collects the static files, when there is something new among them: compressing them takes seconds."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

# Packages bring these, and no page of ours uses them.
UNUSED = ["redoc"]


def collect() -> bool:
    """Brings STATIC_ROOT up to date; False when it was."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    # When a file came here, not how old it is: an older version of a package is new to us, too.
    if manifest.exists() and all(path.stat().st_ctime < manifest.stat().st_mtime for path in _sources()):
        return False
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
    return True


def _sources() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list(UNUSED):
            yield Path(storage.path(name))
