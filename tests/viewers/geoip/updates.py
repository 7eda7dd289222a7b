"""What an update of the geolocation data leaves behind."""

import io
import time
from pathlib import Path

from django.core.management import call_command

from tests.viewers.geo_fixture import BUILT_S, LONDON
from viewers.geolocation.places import locate

DAY_S = 86_400
BUILT_MS = BUILT_S * 1000
EVERYWHERE = {"0.0.0.0/1": LONDON, "128.0.0.0/1": LONDON, "2000::/3": LONDON}
IP = "81.2.69.142"


def city() -> str:
    place = locate(IP)
    return place.city if place else "nowhere"


def update(source: Path | str, *options: str) -> str:
    out = io.StringIO()
    call_command("geoip", "--update", str(source), *options, stdout=out, stderr=out)
    return out.getvalue()


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "geoip").iterdir() if path.suffix == ".mmdb")


def now_s() -> int:
    return int(time.time())
