"""The process that owns time, over real connections."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import DatabaseError, connection

from accounts.models import Account, App, Source
from analytics.snapshot import frozen
from ingest.events import Event
from ingest.lead import Lead, somebody_leads
from ingest.models import WorkerState
from ingest.record import record
from ingest.worker import NAME, OUTAGE_MS, Job, Worker, publish_snapshot
from viewers import snapshot

NOW = 1_795_356_700_000

committed = pytest.mark.django_db(transaction=True)


def state() -> WorkerState:
    return WorkerState.objects.get(name=NAME)


@pytest.fixture
def lead() -> Iterator[Lead]:
    made = Lead()
    yield made
    made.release()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the worker reads on the clock: set its one item."""
    at = [NOW]
    monkeypatch.setattr("ingest.worker.now_ms", lambda: at[0])
    return at


@pytest.mark.django_db
def test_it_notes_that_somebody_listens(clock: list[int]) -> None:
    Worker().beat()
    assert (state().started_ms, state().ticked_ms, state().resumed_ms) == (NOW, NOW, NOW)


@pytest.mark.django_db
def test_it_knows_since_when_it_listens_without_a_gap(clock: list[int]) -> None:
    worker = Worker()
    for clock[0] in range(NOW, NOW + 30_000, 1000):
        worker.beat()
    assert (state().ticked_ms, state().resumed_ms) == (NOW + 29_000, NOW)
    assert worker.resumed == NOW


@pytest.mark.django_db
def test_a_quick_restart_is_no_outage(clock: list[int]) -> None:
    Worker().beat()
    clock[0] += OUTAGE_MS
    again = Worker()
    again.beat()
    assert (state().started_ms, state().resumed_ms, again.resumed) == (NOW + OUTAGE_MS, NOW, NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("restarted", [True, False])
def test_an_outage_makes_it_wait_for_silent_sources_anew(clock: list[int], restarted: bool) -> None:
    worker = Worker()
    worker.beat()
    clock[0] += OUTAGE_MS + 1
    if restarted:
        worker = Worker()
    worker.beat()
    assert (worker.resumed, state().resumed_ms) == (NOW + OUTAGE_MS + 1, NOW + OUTAGE_MS + 1)


@committed
def test_a_second_worker_takes_over_when_the_firsts_connection_dies(lead: Lead) -> None:
    second = Lead()
    assert lead.held()
    assert lead.held()
    assert not second.held()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
            " WHERE locktype = 'advisory' AND granted AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert cursor.fetchall() == [(True,)]
    try:
        assert second.held()
        # The first notices, and waits for its turn.
        assert not lead.held()
    finally:
        second.release()


@committed
def test_a_worker_that_ends_hands_the_lead_over_at_once(lead: Lead) -> None:
    second = Lead()
    assert lead.held()
    lead.release()
    try:
        assert second.held()
    finally:
        second.release()


@committed
def test_it_is_known_whether_somebody_leads(lead: Lead) -> None:
    assert not somebody_leads()
    assert lead.held()
    assert somebody_leads()
    lead.release()
    assert not somebody_leads()


@committed
def test_it_does_what_must_be_done_once_only_while_it_leads(lead: Lead) -> None:
    assert lead.held()
    done: list[str] = []
    worker = Worker()
    work = worker.leading(lambda: done.append("done"))
    work()
    assert done == []
    lead.release()
    work()
    worker.lead.release()
    assert done == ["done"]


@pytest.mark.django_db
def test_it_publishes_the_snapshot_and_notes_when(clock: list[int]) -> None:
    app = App.objects.create(account=Account.objects.create(name="acme"), name="acme")
    source = Source.objects.create(app=app, name="players")
    record([Event("view.start", "v_1", "news", at=NOW)], source, NOW)
    Worker().beat()
    pause_s = publish_snapshot(snapshot.Follower())
    live = snapshot.current(settings.SNAPSHOT_DIR)
    assert live is not None
    assert live.view([app.pk]).totals.viewers == 1
    assert live.taken_ms == state().snapshot_ms == NOW
    assert state().snapshot_build_ms is not None
    assert pause_s > 0


@committed
@pytest.mark.parametrize("failure", [RuntimeError("out of paper"), DatabaseError("gone")])
def test_a_job_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture, failure: Exception) -> None:
    stopping = threading.Event()
    turns: list[int] = []

    def work() -> None:
        turns.append(len(turns))
        if len(turns) == 1:
            raise failure
        stopping.set()

    thread = threading.Thread(target=Job("filing", 0.01, work).run, args=[stopping])
    thread.start()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert turns == [0, 1]
    assert "filing" in caplog.text


def waited_for(true: Callable[[], bool]) -> bool:
    for _ in range(300):
        if true():
            return True
        time.sleep(0.1)
    return False


def others_connected() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


@committed
def test_it_works_until_told_to_stop_and_leaves_no_connection_open() -> None:
    before = others_connected()
    stopping = threading.Event()
    thread = threading.Thread(target=lambda: Worker().run(stopping))
    thread.start()
    assert waited_for(WorkerState.objects.filter(name=NAME, snapshot_ms__isnull=False).exists)
    stopping.set()
    thread.join(timeout=60)
    assert not thread.is_alive()
    # A backend takes a moment to go.
    assert waited_for(lambda: others_connected() <= before)


@committed
def test_it_begins_again_what_the_database_broke_off_for_another() -> None:
    worker = Worker()
    worker.beat()
    seen: list[int] = []

    def meanwhile() -> None:
        WorkerState.objects.update(started_ms=1)
        connection.close()

    def work() -> None:
        with frozen():
            seen.append(state().started_ms)
            if len(seen) == 1:
                other = threading.Thread(target=meanwhile)
                other.start()
                other.join()
            WorkerState.objects.update(started_ms=2)

    try:
        worker.leading(work)()
    finally:
        worker.lead.release()

    assert (len(seen), seen[-1], state().started_ms) == (2, 1, 2)
