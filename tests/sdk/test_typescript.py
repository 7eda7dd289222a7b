"""The vendor's official TypeScript SDK against this server: a program is checked by its types, then run.

It is one program, because compiling it takes seconds: `livestreams.ts` asks, and the tests look at what came.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.analytics.signs import HOUR, MINUTE, START, published, tell, watched
from tests.conftest import requires
from tests.npm import CLOUDFLARE, TYPESCRIPT, installed
from tests.sdk.test_sessions import of, on_the_air
from tests.worlds import World

PROGRAM = Path(__file__).with_name("livestreams.ts")
OPTIONS = ["--strict", "--target", "es2022", "--module", "node16", "--lib", "es2022,dom", "--types", ""]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in JavaScript, beside the packages that it imports. Types that do not fit fail here."""
    node = requires("node", "nodejs")
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(installed(CLOUDFLARE).parent)
    (folder / PROGRAM.name).write_text(PROGRAM.read_text())
    compiler = installed(TYPESCRIPT) / "bin" / "tsc"
    command = [node, str(compiler), *OPTIONS, "--outDir", str(folder), str(folder / PROGRAM.name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout
    return folder / "livestreams.js"


@pytest.fixture
def came(program: Path, world: World, live_server: LiveServer) -> dict[str, Any]:
    """What the program was answered: two broadcasts of one livestream in the past, another on the air."""
    tell(
        world.source,
        published("p1", START, START + HOUR),
        watched("v1", START, START + 10 * MINUTE),
        published("p2", START + 2 * HOUR, START + 3 * HOUR),
    )
    on_the_air(world)
    arguments = [f"{live_server.url}/client/v4", world.secrets["read"], "north"]
    done = subprocess.run(
        [requires("node", "nodejs"), str(program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        # Nothing of ours, such as a proxy, comes between.
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_is_answered(came: dict[str, Any], world: World) -> None:
    totals = {"count": 1, "total_ingest_seconds": 600, "total_viewer_seconds": 600}
    assert came["overall"] == {"data": totals, "success": True}
    assert came["daywise"] == {"data": [{"date": "2026-01-31", **totals}], "success": True}

    assert sorted(came["names"]) == ["live", "now"]
    assert came["idle"]["data"]["id"] == of(world)
    assert came["idle"]["data"]["paging"] == {"total_count": 1, "start_offset": 1, "end_offset": 1}

    assert came["first"]["data"]["livestream"]["stream_key"] == "live"
    assert came["first"]["data"]["session"]["started_time"] == "2026-01-31T20:00:00.000Z"
    assert came["second"]["data"]["session"]["viewer_seconds"] == 600
    assert came["second"]["data"]["paging"] == {"total_count": 2, "start_offset": 2, "end_offset": 2}
    assert came["details"]["data"]["id"] == came["second"]["data"]["session"]["id"]
    assert came["details"]["data"]["ingest_seconds"] == 3600

    assert came["active"]["data"]["livestream"]["status"] == "LIVE"
    assert int(came["active"]["data"]["session"]["ingest_seconds"]) >= 20
    assert "session" not in came["inactive"]["data"]

    missing = [{"code": 404, "message": "No such livestream in this app."}]
    for name in ("missing", "missingActive"):
        assert (came[name]["raised"], came[name]["errors"]) == ("NotFoundError", missing)
    assert came["missingSession"]["errors"][0]["message"] == "No such livestream session in this app."
    assert came["elsewhere"]["errors"][0]["message"] == "No such app, or it is not one of yours."
    assert came["excessive"]["raised"] == "BadRequestError"
    assert came["excessive"]["errors"] == [
        {"code": 400, "message": "per_page must be a whole number from 1 to 100."}
    ]
    assert came["stranger"]["raised"] == "AuthenticationError"
    assert came["stranger"]["errors"][0]["code"] == 10000
