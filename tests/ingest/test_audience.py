"""The simulated audience: plausible, repeatable, and by the same door as everybody."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.models import Scope
from analytics.models import IngestInterval, LivestreamSession, ViewInterval
from ingest.adapters.rest import parse_event
from ingest.players import player_of
from ingest.simulation.audience import RAMP_MS, Audience, Report
from tests.worlds import World, make_world
from viewers.geolocation.addresses import is_public, parse
from viewers.geolocation.places import locate
from viewers.models import ViewerSession

PROJECT = Path(__file__).parents[2]
NOW = 1_795_356_700_000
SECOND = 1000


def played(audience: Audience, until_s: int) -> list[Report]:
    reports: list[Report] = []
    for elapsed in range(0, until_s * SECOND, 500):
        reports += audience.reports(NOW + elapsed)
    return reports


def test_it_is_there_within_seconds_and_stays_as_large() -> None:
    audience = Audience(1, 300, 6, 15 * SECOND, NOW)
    played(audience, RAMP_MS // SECOND + 5)
    assert audience.present == 300
    played(audience, 600)
    assert 270 <= audience.present <= 300


def test_the_same_seed_brings_the_same_audience() -> None:
    first, second, other = (Audience(seed, 50, 4, 15 * SECOND, NOW) for seed in (1, 1, 2))
    reports = played(first, 120)
    assert reports == played(second, 120)
    assert reports != played(other, 120)


def test_everything_it_says_can_be_used() -> None:
    audience = Audience(3, 100, 5, 15 * SECOND, NOW)
    for report in [*played(audience, 900), *audience.farewell(NOW + 900 * SECOND)]:
        parse_event(report)


def test_viewers_come_stay_report_and_leave_some_without_a_word() -> None:
    audience = Audience(1, 200, 5, 15 * SECOND, NOW)
    counts = Counter(report["type"] for report in played(audience, 1800))
    assert counts["publish.stop"] > 0
    assert counts["view.update"] > 20 * counts["view.start"] / 2
    left = counts["view.start"] - audience.present
    assert 0.75 * left < counts["view.stop"] < 0.95 * left


def test_it_sits_all_over_the_world() -> None:
    addresses = [
        report["ip"] for report in played(Audience(1, 2000, 5, 15 * SECOND, NOW), 20) if "ip" in report
    ]
    public = [address for address in addresses if is_public(parse(address))]  # type: ignore[arg-type]
    assert 0.95 < len(public) / len(addresses) < 1
    places = [place for place in map(locate, public) if place]
    assert len(places) > 0.95 * len(public)
    assert len({place.country for place in places}) > 40
    assert len({place.code for place in places}) > 500


def test_it_watches_in_many_ways() -> None:
    reports = [report for report in played(Audience(1, 2000, 5, 15 * SECOND, NOW), 20) if "ip" in report]
    players = Counter(player_of(report["userAgent"]) for report in reports)
    assert len(players) > 10
    assert 0 < players[""] < 0.05 * len(reports)
    assert {report["protocol"] for report in reports} == {"hls", "dash", "webrtc", "rtmp", "srt"}
    assert 0 < sum("healthScore" not in report for report in reports) < 0.2 * len(reports)


@pytest.mark.django_db(transaction=True)
def test_it_comes_over_http_and_leaves_in_order(live_server: LiveServer) -> None:
    world = make_world("north")
    process = audience_of(world, live_server)
    try:
        until = time.monotonic() + 30
        while ViewerSession.objects.count() < 10 and time.monotonic() < until:
            time.sleep(0.1)
        assert ViewerSession.objects.count() >= 10
        assert LivestreamSession.objects.filter(ended_ms__isnull=True).exists()
    finally:
        process.send_signal(signal.SIGTERM)
        errors = process.communicate(timeout=30)[1]
    assert (process.returncode, errors) == (0, b"")
    assert not ViewerSession.objects.exists()
    assert ViewInterval.objects.count() >= 10
    assert not IngestInterval.objects.filter(ended_ms__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_it_says_when_it_is_refused(live_server: LiveServer) -> None:
    world = make_world("north")
    process = audience_of(world, live_server, scope=Scope.READ)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert b"--scopes ingest" in errors


def audience_of(world: World, live_server: LiveServer, scope: str = Scope.INGEST) -> subprocess.Popen[bytes]:
    given = ["--url", live_server.url, "--token", world.secrets[scope], "--viewers", "60", "--streams", "3"]
    return subprocess.Popen(
        [sys.executable, "manage.py", "audience", *given],
        cwd=PROJECT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
