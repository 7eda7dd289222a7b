import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# A fresh interpreter in which no native geography library can be found.
SCRIPT = """
import ctypes.util, os, sys
find = ctypes.util.find_library
ctypes.util.find_library = lambda name: None if name[:4].lower() in ("gdal", "geos") else find(name)
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
from django.conf import settings
settings.GDAL_LIBRARY_PATH = settings.GEOS_LIBRARY_PATH = "/nowhere/lib.so"
plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "whitenoise" not in name]
import django
django.setup()
from django.contrib import admin
from django.test import Client
from django.urls import reverse
page = Client(SERVER_NAME="localhost").get(reverse("admin:login"))
assert page.status_code == 200 and b"Turnout admin" in page.content
names = {model.__name__ for model in admin.site._registry}
assert {"ViewerSession", "ViewInterval", "IngestInterval", "Livestream", "Source", "WorkerState"} <= names
from django.template.loader import get_template
for name in ("change_list", "change_form"):
    get_template(f"admin/turnout/{name}.html")
geography = ("leaflet.admin", "django.contrib.gis.gdal", "django.contrib.gis.geos")
loaded = [name for name in geography if name in sys.modules]
assert not loaded, loaded
print("rendered")
"""


def test_it_needs_no_gdal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "rendered"), done.stderr
