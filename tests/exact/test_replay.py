"""Random histories through the one door: what is replayed, against the rows counted one by one."""

from collections import Counter
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from accounts.models import Source
from analytics import peaks, retention
from analytics.models import ReplayKeyframe, ReplayRange, ViewInterval
from analytics.replay import frames
from analytics.replay.cells import CELL_BITS, NOWHERE
from analytics.replay.recount import STEP_MS
from analytics.replay.verify import verify
from ingest.events import Event
from ingest.record import record
from ingest.sweep import sweep
from tests.exact import world
from tests.exact.test_histories import DAY, KEPT_DAYS, MINUTE, T, signs
from tests.exact.world import SECOND, ZERO
from viewers.models import ViewerSession

PLACES = [None, (52.2, 21.0), (52.2001, 21.0), (-33.9, 18.4), (10.0, 179.99)]
ROUNDS = ["sweep", "outage", "peaks", "replay", "replay", "purge", "later"]


@dataclass
class Step:
    what: str
    batch: tuple[Event, ...] = ()


@st.composite
def events(draw: st.DrawFn) -> Event:
    # Whatever a connection said before, each of its signs may come from somewhere else.
    return structs.replace(world.event(draw(signs("abc"))), position=draw(st.sampled_from(PLACES)))


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    happened = draw(st.lists(events(), min_size=1, max_size=12))
    again = draw(st.lists(st.sampled_from(happened), max_size=4))
    arriving = draw(st.permutations(happened + again))
    steps = []
    while arriving:
        size = draw(st.integers(1, len(arriving)))
        steps.append(Step("batch", tuple(arriving[:size])))
        arriving = arriving[size:]
        steps += [Step(what) for what in draw(st.lists(st.sampled_from(ROUNDS), max_size=3))]
    return steps


class Life:
    def __init__(self) -> None:
        self.source: Source = world.source(interval_s=20)
        self.source.app.retention_days = KEPT_DAYS
        self.source.app.save()
        self.now = ZERO
        self.resumed = 0

    def play(self, step: Step) -> None:
        if step.what == "batch":
            self.now = max([self.now, *(event.at - 300 * SECOND for event in step.batch if event.at)])
            record(list(step.batch), self.source, self.now)
        elif step.what == "sweep":
            self.now += 30 * SECOND
            sweep(self.now, self.resumed)
        elif step.what == "outage":
            self.now += 90 * SECOND
            self.resumed = self.now
        elif step.what == "later":
            self.now += 25 * MINUTE
        elif step.what == "peaks":
            peaks.fill(self.now)
        elif step.what == "replay":
            frames.fill(self.now)
        else:
            retention.purge(self.now)

    def settle(self) -> None:
        """Until the worker has nothing left to do."""
        self.now += 20 * MINUTE
        sweep(self.now, 0)
        while peaks.fill(self.now) + frames.fill(self.now):
            pass


def counted(app_id: int, at: int) -> Counter[int]:
    """The viewers just before an instant, of every row, by cell."""
    past = ViewInterval.objects.filter(app_id=app_id, counted=True, started_ms__lt=at, ended_ms__gte=at)
    live = ViewerSession.objects.filter(app_id=app_id, counted=True, started_ms__lt=at)
    codes = [row.place_code for row in (*past, *live)]
    return Counter(NOWHERE if code is None else code >> CELL_BITS for code in codes)


def replayed(app_id: int, at: int) -> Counter[int]:
    found = frames.before(app_id, at)
    assert 0 not in found.viewers
    return Counter(dict(zip(found.cells.tolist(), found.viewers.tolist(), strict=True)))


@pytest.mark.django_db
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_history_is_replayed_as_its_rows_say(data: st.DataObject) -> None:
    with transaction.atomic():
        life = Life()
        for step in data.draw(histories()):
            life.play(step)
        life.settle()
        app_id = life.source.app_id
        known = ReplayRange.objects.get(app_id=app_id)
        assert life.now - T - 10 * MINUTE < known.until_ms
        instants = {row.ended_ms for row in ViewInterval.objects.all()}
        instants |= {row.started_ms for row in (*ViewInterval.objects.all(), *ViewerSession.objects.all())}
        near = {at - at % STEP_MS + step for at in instants for step in (0, STEP_MS, DAY)}
        keyframes = set(ReplayKeyframe.objects.values_list("at_ms", flat=True))
        for at in near | keyframes:
            if known.since_ms <= at <= known.until_ms:
                assert replayed(app_id, at) == counted(app_id, at)
        assert list(verify(life.source.app)) == []
        transaction.set_rollback(True)
