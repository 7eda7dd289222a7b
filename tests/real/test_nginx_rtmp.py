"""A real encoder, a real server, real players: what the map and the totals say of them."""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.db import connection
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Scope, Source, SourceKind
from analytics.models import IngestInterval, ViewInterval
from ingest import pollers
from ingest.views import backlog
from ingest.worker import Worker
from tests.conftest import requires
from tests.real.relay import Relay
from tests.real.rtmp import Encoder, Nginx, Player, wait_for
from tests.viewers.geo_fixture import LONDON, PARIS, SAO_PAULO, TOKYO, write_mmdb
from tests.worlds import World, make_world
from viewers.models import ViewerSession

SPOTS = {"127.1.0.0/16": LONDON, "127.2.0.0/16": PARIS, "127.3.0.0/16": TOKYO, "127.4.0.0/16": SAO_PAULO}

pytestmark = pytest.mark.django_db(transaction=True)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(10)


class Stage:
    """The server, and whoever appears on it; everything ends with the test."""

    def __init__(self, nginx: Nginx, ffmpeg: str, ending: ExitStack) -> None:
        self.nginx = nginx
        self._ffmpeg = ffmpeg
        self._ending = ending

    def encoder(self, stream: str) -> tuple[Encoder, Relay]:
        relay = self._relay("127.9.0.1")
        encoder = Encoder(self._ffmpeg, relay.port, stream)
        self._ending.callback(end, encoder.process)
        return encoder, relay

    def player(self, stream: str, source: str) -> tuple[Player, Relay]:
        relay = self._relay(source)
        player = Player(self._ffmpeg, relay.port, stream)
        self._ending.callback(end, player.process)
        return player, relay

    def _relay(self, source: str) -> Relay:
        relay = Relay(source, self.nginx.rtmp_port)
        self._ending.callback(relay.close)
        return relay


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> Iterator[World]:
    settings.GEOIP_PATH = str(write_mmdb(tmp_path / "places.mmdb", SPOTS))
    settings.GEOIP_ALLOW_PRIVATE = True
    settings.SNAPSHOT_DIR = tmp_path / "snapshot"
    settings.SNAPSHOT_DIR.mkdir()
    yield make_world("north")
    with connection.cursor() as cursor:
        # Django empties its own tables only.
        cursor.execute("TRUNCATE analytics_viewinterval")


@pytest.fixture
def stage(world: World, live_server: LiveServer, tmp_path: Path) -> Iterator[Callable[[bool], Stage]]:
    program = requires("nginx", "nginx-light libnginx-mod-rtmp")
    ffmpeg = requires("ffmpeg", "ffmpeg")

    with ExitStack() as ending:
        servers: list[Nginx] = []

        def set_up(all_callbacks: bool) -> Stage:
            port = int(live_server.url.rpartition(":")[2])
            token = world.secrets[Scope.INGEST]
            nginx = Nginx(program, tmp_path / "nginx", port, token, all_callbacks=all_callbacks)
            Source.objects.filter(pk=world.source.pk).update(
                kind=SourceKind.NGINX_RTMP, poll_url=nginx.stat_url, interval_s=2
            )
            servers.append(nginx)
            nginx.start()
            return Stage(nginx, ffmpeg, ending)

        yield set_up
        # First: a server that outlived its players would report them gone while the database is emptied.
        for nginx in servers:
            nginx.stop()
        time.sleep(0.3)
    backlog.wait()


@pytest.fixture
def worker(world: World) -> Iterator[None]:
    stopping = threading.Event()

    def run() -> None:
        Worker().run(stopping)
        # In a process of its own this thread's connection ends with it.
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stopping.set()
    thread.join(30)


def ask(live_server: LiveServer, path: str, world: World) -> Any:
    with urlopen(Request(live_server.url + path, headers=world.headers()), timeout=10) as response:
        return json.load(response)["data"]


def spans(rows: Any) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """By stream and player's country: when, in Unix seconds."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in rows:
        key = (row.stream_key, getattr(row, "country", ""))
        found.setdefault(key, []).append((row.started_ms / 1000, row.ended_ms / 1000))
    return {key: sorted(times) for key, times in found.items()}


@pytest.mark.parametrize("all_callbacks", [True, False], ids=["all callbacks", "closing callbacks and polls"])
@pytest.mark.usefixtures("worker")
def test_a_real_stream_is_on_the_map_and_in_the_totals(
    stage: Callable[[bool], Stage], live_server: LiveServer, world: World, all_callbacks: bool
) -> None:
    on_stage = stage(all_callbacks)
    encoders = {name: on_stage.encoder(name) for name in ("a", "b")}
    wait_for(lambda: all(relay.opened for _, relay in encoders.values()))
    time.sleep(1)
    seats = [
        ("a", "127.1.0.1"),
        ("a", "127.1.0.2"),
        ("a", "127.2.0.1"),
        ("b", "127.3.0.1"),
        ("b", "127.4.0.1"),
    ]
    players = [on_stage.player(stream, source) for stream, source in seats]
    began = time.time()

    def on_map() -> Any:
        return ask(live_server, "/api/cluster/viewers/geolocation?aggregation=none", world)

    wait_for(lambda: on_map()["stats"]["totalViewers"] == 5)
    markers = on_map()["markers"]
    assert sorted((marker["data"]["streamKey"], *marker["position"]) for marker in markers) == sorted(
        (f"live/{stream}", spot.latitude, spot.longitude)
        for stream, spot in (("a", LONDON), ("a", LONDON), ("a", PARIS), ("b", TOKYO), ("b", SAO_PAULO))
    )

    time.sleep(max(began + 6 - time.time(), 0))
    players[1][0].process.send_signal(signal.SIGKILL)
    wait_for(lambda: on_map()["stats"]["totalViewers"] == 4)
    encoders["b"][0].process.terminate()
    wait_for(lambda: encoders["b"][1].closed)
    wait_for(lambda: IngestInterval.objects.filter(ended_ms__isnull=False).count() == 1)
    for player, _ in players:
        player.process.terminate()
    time.sleep(1)
    # Those of the stream that ended wait for more of it, and listen to nothing else.
    for player, _ in players:
        player.process.kill()
    wait_for(lambda: all(relay.closed for _, relay in players))
    encoders["a"][0].process.terminate()
    wait_for(lambda: encoders["a"][1].closed)
    wait_for(lambda: IngestInterval.objects.filter(ended_ms__isnull=False).count() == 2)
    wait_for(lambda: not ViewerSession.objects.exists())
    wait_for(lambda: on_map()["stats"]["totalViewers"] == 0)

    watched = spans(ViewInterval.objects.all())
    expected: dict[tuple[str, str], list[tuple[float, float]]] = {}
    countries = ["GB", "GB", "FR", "JP", "BR"]
    for (stream, _), country, (_, relay) in zip(seats, countries, players, strict=True):
        expected.setdefault((f"live/{stream}", country), []).append((relay.opened, relay.closed))
    for key, times in expected.items():
        # Two players of one place: by order.
        assert watched.pop(key) == [pytest.approx(span, abs=1) for span in sorted(times)]
    assert watched == {}
    published = spans(IngestInterval.objects.filter(inferred=False))
    for name, (_, relay) in encoders.items():
        assert published.pop((f"live/{name}", "")) == [pytest.approx((relay.opened, relay.closed), abs=1)]
    assert published == {}

    kit = "/accounts/north/realtime/kit/north-app/analytics/livestreams/overall"
    overall = ask(live_server, kit, world)
    assert overall["count"] == 2
    watching = sum(relay.closed - relay.opened for _, relay in players)
    assert overall["total_viewer_seconds"] == pytest.approx(watching, abs=len(players) + 1)
    publishing = sum(relay.closed - relay.opened for _, relay in encoders.values())
    assert overall["total_ingest_seconds"] == pytest.approx(publishing, abs=len(encoders) + 1)


def test_a_connection_number_used_again_joins_no_two_players(
    stage: Callable[[bool], Stage], live_server: LiveServer, world: World
) -> None:
    on_stage = stage(False)
    nginx = on_stage.nginx

    def play() -> tuple[Player, Relay]:
        # Without polls and opening callbacks the same steps give the same numbers.
        _, publishing = on_stage.encoder("a")
        wait_for(lambda: publishing.opened)
        time.sleep(1)
        player, watching = on_stage.player("a", "127.1.0.1")
        wait_for(lambda: watching.opened)
        time.sleep(1.5)
        return player, watching

    def poll() -> None:
        pollers.poll(Source.objects.get(pk=world.source.pk), lambda: time.time_ns() // 1_000_000)

    play()
    poll()
    before = ViewerSession.objects.get()
    time.sleep(max(nginx.began + 7 - time.time(), 0))
    nginx.stop()
    nginx.start()
    player, watching = play()
    # A callback of the new run, of which no poll has told yet.
    player.process.terminate()
    wait_for(lambda: watching.closed)
    wait_for(ViewInterval.objects.exists)
    assert ViewInterval.objects.get().connection_id == before.connection_id
    stands = ViewerSession.objects.get()
    assert (stands.started_ms, stands.last_ms, stands.stop_ms) == (before.started_ms, before.last_ms, None)

    play()
    poll()
    assert ViewerSession.objects.filter(started_ms=before.started_ms, last_ms=before.last_ms).count() == 1
    assert ViewerSession.objects.count() == 2
