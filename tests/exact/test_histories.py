"""Random histories through the one door, against the rule said plainly: sessions, ledger, totals, peaks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import retention, totals
from analytics.arithmetic import union
from analytics.horizon import earliest_start
from analytics.peaks import fill
from analytics.verify import verify
from ingest.record import record
from ingest.sweep import sweep
from tests.exact import model, world
from tests.exact.model import Piece, Sign
from tests.exact.world import SECOND, ZERO

T = 60 * SECOND
DAY = 86_400 * SECOND
MINUTE = 60 * SECOND
KEPT_DAYS = 17

# Milliseconds that fall on edges more often than chance would: of minutes, of T, of each other.
moments = st.one_of(
    st.integers(0, 1200).map(lambda s: s * SECOND),
    st.integers(0, 20).map(lambda m: m * MINUTE - ZERO % MINUTE),
    st.integers(0, 1_200_000),
).map(lambda ms: max(ms, 0))
reaches = st.one_of(
    st.just(0),
    st.just(0),
    st.integers(0, 300 * SECOND),
    st.integers(0, 30 * DAY),
)


@st.composite
def signs(draw: st.DrawFn, connections: str) -> Sign:
    at = ZERO + draw(moments)
    return Sign(
        connection=draw(st.sampled_from(connections)),
        stream=draw(st.sampled_from("xy")),
        start=at - draw(reaches),
        at=at,
        stop=draw(st.integers(0, 3)) == 0,
    )


@dataclass
class Step:
    """Something that happens: a batch of (kind, sign) arrives, or the worker does its rounds."""

    what: str
    batch: Sequence[tuple[str, Sign]] = ()


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    happened = draw(
        st.lists(
            st.one_of(
                st.tuples(st.just("view"), signs("abc")),
                st.tuples(st.just("view"), signs("abc")),
                st.tuples(st.just("publish"), signs("pq")),
            ),
            min_size=1,
            max_size=14,
        )
    )
    again = draw(st.lists(st.sampled_from(happened), max_size=4))
    arriving = draw(st.permutations(happened + again))
    steps: list[Step] = []
    while arriving:
        size = draw(st.integers(1, len(arriving)))
        steps.append(Step("batch", arriving[:size]))
        arriving = arriving[size:]
        rounds = st.sampled_from(["sweep", "outage", "purge", "fill"])
        steps += [Step(what) for what in draw(st.lists(rounds, max_size=2))]
    return steps


class Life:
    """Plays a history and keeps what the model needs to know of it."""

    def __init__(self) -> None:
        self.source = world.source(interval_s=20)
        self.source.app.retention_days = KEPT_DAYS
        self.source.app.save()
        self.told: dict[str, list[Sign]] = {"view": [], "publish": []}
        self.now = ZERO
        self.resumed = 0

    def play(self, step: Step) -> None:
        if step.what == "batch":
            # A sender's clock may run up to five minutes ahead of ours.
            self.now = max([self.now, *(sign.at - 300 * SECOND for _, sign in step.batch)])
            earliest = earliest_start(self.source.app, self.now)
            record([world.event(sign, kind) for kind, sign in step.batch], self.source, self.now)
            for kind, sign in step.batch:
                self.told[kind].append(replace(sign, start=min(max(sign.start, earliest), sign.at)))
        elif step.what == "sweep":
            self.now += 30 * SECOND
            sweep(self.now, self.resumed)
        elif step.what == "outage":
            self.now += 90 * SECOND
            self.resumed = self.now
        elif step.what == "purge":
            retention.purge(self.now)
        else:
            fill(self.now)

    def settle(self) -> None:
        """Bring the sweep up to date: what it has not declared yet is the only thing that may differ."""
        sweep(self.now, 0)

    def pieces(self, kind: str) -> list[Piece]:
        found = model.sessions(self.told[kind], T, self.now, world.keys(self.told[kind], self.source))
        return world.ordered(found)


def joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Publishers' runs are not cut: put the model's weekly pieces together again."""
    whole: list[Piece] = []
    for piece in world.ordered(pieces):
        last = whole[-1] if whole else None
        same = last and (last.connection, last.stream) == (piece.connection, piece.stream)
        if last and same and last.end == piece.start:
            whole[-1] = replace(last, end=piece.end)
        else:
            whole.append(piece)
    return world.ordered(whole)


def ingested(pieces: Sequence[Piece], first: int, last: int, now: int) -> int:
    total = 0
    for stream in {piece.stream for piece in pieces}:
        runs = [(p.start, now if p.end is None else p.end) for p in pieces if p.stream == stream]
        for start, end in union(runs):
            total += max(0, min(end or 0, last, now) - max(start, first))
    return total


def on_the_air(pieces: Sequence[Piece], first: int, last: int) -> int:
    """Streams with a broadcast, publishers' runs with gaps of up to 60 s, that overlaps [first, last)."""
    streams = set()
    for stream in {piece.stream for piece in pieces}:
        own = sorted((p for p in pieces if p.stream == stream), key=lambda p: p.start)
        broadcasts: list[list[int]] = []
        for piece in own:
            end = 2**62 if piece.end is None else piece.end
            if broadcasts and piece.start - broadcasts[-1][1] <= 60 * SECOND:
                broadcasts[-1][1] = max(broadcasts[-1][1], end)
            else:
                broadcasts.append([piece.start, end])
        if any(start < last and (end > first or start >= first) for start, end in broadcasts):
            streams.add(stream)
    return len(streams)


def check(life: Life, first: int, last: int) -> None:
    life.settle()
    app, now = life.source.app, life.now
    views, publishings = life.pieces("view"), joined(life.pieces("publish"))
    horizon = earliest_start(app, now)
    kept = [p for p in views if p.end is None or p.end >= horizon]
    assert [p for p in world.viewings() if p.end is None or p.end >= horizon] == kept
    assert world.publishings() == publishings
    first, last = min(first, last), min(max(first, last), now)
    found = totals.between(app, first, last, now)
    if not found.snapped:
        assert found.viewer_ms == model.watched(views, first, last, now)
        assert found.ingest_ms == ingested(publishings, first, last, now)
        assert found.count == (on_the_air(publishings, first, last) if first < last else 0)
        assert totals.peak(app, first, last, now).viewers == (
            model.peak(views, first, last) if first < last else 0
        )
        for point in totals.concurrency(app, first, last, now, points=8).points:
            assert point.viewers == model.concurrent(views, point.at_ms - 1)
    zone = ZoneInfo("Asia/Kathmandu")
    for day in totals.days(app, first, last, zone, now):
        if not found.snapped:
            assert day.viewer_ms == model.watched(views, day.start_ms, day.end_ms, now)
            assert day.ingest_ms == ingested(publishings, day.start_ms, day.end_ms, now)
    assert list(verify(app)) == []


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_history_gives_what_the_rule_says(data: st.DataObject) -> None:
    with transaction.atomic():
        life = Life()
        for step in data.draw(histories()):
            life.play(step)
        if data.draw(st.booleans()):
            life.now += data.draw(st.sampled_from([T, T + 1, 2 * T]))
        edges = st.integers(-31 * DAY, 1500 * SECOND).map(lambda ms: ZERO + ms)
        near = moments.map(lambda ms: ZERO + ms)
        check(life, data.draw(st.one_of(edges, near)), data.draw(st.one_of(edges, near)))
        transaction.set_rollback(True)
