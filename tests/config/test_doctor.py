import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from accounts.models import Account, App, Source
from config import diagnosis
from ingest.models import Recount, WorkerState
from tests.config.conftest import Home

pytestmark = pytest.mark.django_db


def now() -> int:
    return time.time_ns() // 1_000_000


def worker_ticked(ago_ms: int) -> None:
    at = now() - ago_ms
    WorkerState.objects.create(
        name="worker", started_ms=at, ticked_ms=at, resumed_ms=at, snapshot_ms=at, snapshot_build_ms=7
    )


def found(subject: str) -> diagnosis.Finding:
    return next(finding for finding in diagnosis.examine() if finding.subject == subject)


def test_it_says_one_line_for_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    worker_ticked(ago_ms=0)
    call_command("doctor", no_color=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line[6:].partition(":")[0] for line in lines] == [
        "database",
        "migrations",
        "clock",
        "worker",
        "lead",
        "snapshot",
        "events",
        "ledger",
        "geolocation",
        "disk",
    ]
    assert all(line.startswith(("ok    ", "warn  ")) for line in lines)


def test_it_exits_with_1_when_something_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor", no_color=True)
    assert "fail  worker: has never run: start `manage.py worker`" in capsys.readouterr().out


def test_it_tells_since_when_the_worker_is_silent() -> None:
    worker_ticked(ago_ms=2 * 3_600_000)
    assert found("worker") == diagnosis.Finding(
        "fail", "worker", "last seen 2 h ago: start `manage.py worker`."
    )


def test_it_tells_when_the_last_event_came() -> None:
    app = App.objects.create(account=Account.objects.create(name="a"), name="a")
    Source.objects.create(app=app, name="old", last_event_ms=now() - 90_000_000)
    Source.objects.create(app=app, name="new", last_event_ms=now() - 65_000)
    assert found("events").message == "the last one was received 1 min ago"


def test_it_tells_how_old_the_snapshot_is() -> None:
    worker_ticked(ago_ms=0)
    assert found("snapshot") == diagnosis.Finding("ok", "snapshot", "published 0 s ago, built in 7 ms")
    WorkerState.objects.update(snapshot_ms=now() - 60_000)
    assert found("snapshot").level == "fail"


def test_it_says_that_nobody_leads() -> None:
    assert found("lead").level == "fail"
    worker_ticked(ago_ms=0)
    assert found("lead").level == "warn"


def test_it_tells_what_recounts_of_the_ledger_found() -> None:
    assert "never verified: run `manage.py verify_ledger`" in found("ledger").message
    Recount.objects.create(reach="all", ran_ms=now() - 3 * 86_400_000, took_ms=1, differences=0)
    Recount.objects.create(reach="latest", ran_ms=now() - 7_200_000, took_ms=1, differences=0)
    told = "the day before, 2 h ago: no difference; the whole ledger, 3 days ago: no difference"
    assert found("ledger") == diagnosis.Finding("ok", "ledger", told)
    Recount.objects.filter(reach="all").update(differences=5)
    assert found("ledger").level == "fail"
    assert "5 differences" in found("ledger").message


def test_it_counts_migrations_that_are_not_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.health._migrated", False)
    MigrationRecorder(connection).migration_qs.filter(app="ingest").delete()
    assert found("migrations").level == "fail"
    assert "run `manage.py migrate`" in found("migrations").message


def test_it_compares_the_clocks() -> None:
    assert found("clock").level == "ok"


def test_it_names_the_database() -> None:
    assert found("database").message.startswith("PostgreSQL ")


def test_it_goes_on_without_a_database(home: Home) -> None:
    result = home.manage("doctor", "--no-color", DATABASE_URL="postgresql://127.0.0.1:1/none")
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("fail")
    assert "Look at DATABASE_URL" in lines[0]
    assert [line[6:].partition(":")[0] for line in lines] == ["database", "geolocation", "disk"]


def test_it_warns_without_geolocation_data(settings: Settings, tmp_path: Path) -> None:
    settings.GEOIP_PATH = str(tmp_path / "none.mmdb")
    assert found("geolocation").level == "warn"


@pytest.mark.parametrize(
    ("ms", "words"),
    [(-5, "0 s"), (4_200, "4 s"), (180_000, "3 min"), (7_200_000, "2 h"), (5 * 86_400_000, "5 days")],
)
def test_it_says_durations_in_the_largest_unit(ms: int, words: str) -> None:
    assert diagnosis.duration(ms) == words
