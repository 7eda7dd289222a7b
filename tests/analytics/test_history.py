"""Viewings that are over, on servers of either kind: those that know growing ids and those that do not."""

import pytest
from django.db import connection

from accounts.clock import now_ms
from accounts.models import Account, App, Source
from analytics import history
from analytics.models import ViewInterval
from ingest.events import Event
from ingest.record import record
from tests.analytics.api.crowd import crowd
from tests.analytics.signs import HOUR, START, tell, watched
from tests.worlds import World
from viewers.sessions import live_table, pgarrays
from viewers.sessions.pgarrays import raw_cursor


@pytest.mark.django_db
@pytest.mark.parametrize("growing_from", [history.GROWING_IDS, 10**9])
def test_it_keeps_what_stopped_and_what_was_settled(
    monkeypatch: pytest.MonkeyPatch, growing_from: int
) -> None:
    monkeypatch.setattr(history, "GROWING_IDS", growing_from)
    app = App.objects.create(account=Account.objects.create(name="a"), name="a")
    source = Source.objects.create(app=app, name="players", interval_s=15)
    now = now_ms()
    record([Event("view.start", name, "concert", at=now - 5_000) for name in ("stops", "falls")], source, now)
    record([Event("view.stop", "stops", "concert", at=now)], source, now)
    later = now + 10 * source.silence_ms
    record([Event("view.update", "falls", "concert", at=later)], source, later)
    kept = ViewInterval.objects.order_by("reason")
    assert [(row.connection_id, row.reason, row.ended_ms) for row in kept] == [
        ("falls", "silent", now - 5_000),
        ("stops", "stop", now),
    ]
    assert len({row.pk for row in kept}) == 2
    with raw_cursor() as cursor:
        grow = cursor.connection.info.server_version >= growing_from
    assert {row.pk.version for row in kept} == {7 if grow else 4}


@pytest.mark.django_db
def test_neighbours_are_found_by_connection_however_old_the_statistics_are(world: World) -> None:
    crowd(world.app.pk, 3_000)
    with connection.cursor() as plainly:
        # Nothing has ended after this hour, as far as the planner knows.
        plainly.execute("UPDATE analytics_viewinterval SET ended_ms = %s", [START])
        plainly.execute("ANALYZE analytics_viewinterval")
        plainly.execute("UPDATE analytics_viewinterval SET ended_ms = %s", [START + HOUR])
    tell(world.source, watched("v", START, START + HOUR + 1))
    neighbour = ViewInterval.objects.get(connection_id="v")
    statement = history.near_statement(START + HOUR)

    with raw_cursor() as cursor, live_table.one_by_one(cursor):
        values = [pgarrays.uuids([neighbour.connection.bytes]), pgarrays.int8s([START + HOUR])]
        cursor.execute(f"EXPLAIN {statement}", values, prepare=False)
        plan = [line for (line,) in cursor]

    assert {line.split(" using ")[1].split()[0] for line in plan if " using " in line} == {
        "analytics_viewinterval_20260126_connection_idx"
    }
    found = history.near({neighbour.connection.bytes: START + HOUR, bytes(16): START})
    assert [(viewing.row, viewing.ended) for viewing in found] == [(neighbour.pk, START + HOUR + 1)]
    assert history.near({neighbour.connection.bytes: START + HOUR + 2}) == []
