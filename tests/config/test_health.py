import time

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from config import health
from ingest.models import WorkerState
from tests.config.conftest import Home

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)


def worker_ticked(ago_ms: int) -> None:
    at = time.time_ns() // 1_000_000 - ago_ms
    WorkerState.objects.create(name="worker", started_ms=at, ticked_ms=at, resumed_ms=at)


def test_it_says_that_all_is_well(client: Client) -> None:
    worker_ticked(ago_ms=1_000)
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "migrations": "ok", "worker": "ok"}
    assert "no-store" in response["Cache-Control"]


def test_it_misses_a_worker_that_never_ran(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"status": "failing", "database": "ok", "migrations": "ok", "worker": "failing"}


def test_it_misses_a_worker_that_fell_silent(client: Client) -> None:
    worker_ticked(ago_ms=16_000)
    assert client.get("/healthz").json()["worker"] == "failing"


def test_it_notices_a_migration_that_is_not_applied(client: Client) -> None:
    worker_ticked(ago_ms=0)
    MigrationRecorder(connection).migration_qs.filter(app="ingest").delete()
    assert client.get("/healthz").json()["migrations"] == "failing"


def test_it_answers_without_a_database(home: Home) -> None:
    answer = "Client().get('/healthz', HTTP_HOST='localhost')"
    ask = f"from django.test import Client; answer = {answer}; print(answer.status_code, answer.text)"
    result = home.manage("shell", "--no-imports", "-c", ask, DATABASE_URL="postgresql://127.0.0.1:1/none")
    assert result.stdout.startswith("503 ")
    assert '"database": "failing"' in result.stdout


def test_it_is_only_for_reading(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
