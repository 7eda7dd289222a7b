"""Viewings and broadcasts straight into the tables and the ledger, as the writers would put them."""

import uuid
from collections.abc import Sequence

from django.db import connection

from accounts.models import Account, App
from analytics import partitions
from analytics.arithmetic import Interval, union
from analytics.identity import livestream_id
from analytics.ledger import Deltas
from analytics.models import IngestInterval, LedgerKind, Livestream, LivestreamSession, ViewInterval
from viewers.models import ViewerSession


def view_row(app_id: int, stream_key: str, start: int, end: int, counted: bool = True) -> ViewInterval:
    return ViewInterval(
        connection=uuid.uuid4(),
        app_id=app_id,
        source_id=1,
        connection_id="v",
        stream_key=stream_key,
        started_ms=start,
        last_ms=end,
        ended_ms=end,
        reason="stop",
        counted=counted,
    )


def live_row(app_id: int, stream_key: str, start: int, counted: bool = True) -> ViewerSession:
    return ViewerSession(
        id=uuid.uuid4(),
        app_id=app_id,
        source_id=1,
        connection_id="v",
        stream_key=stream_key,
        started_ms=start,
        last_ms=start,
        counted=counted,
    )


class World:
    """One app with livestreams ``a`` and ``b`` whose tables and ledger a test fills with intervals."""

    def __init__(self) -> None:
        account = Account.objects.create(name="Account")
        self.app = App.objects.create(account=account, name="App")
        self.streams = {
            key: Livestream.objects.create(
                id=livestream_id(self.app.pk, key), app=self.app, stream_key=key, created_ms=0
            )
            for key in "ab"
        }

    def view(self, stream: str, start: int, end: int | None, *, counted: bool = True) -> None:
        """A viewing that is over, or (without an end) goes on."""
        if end is None:
            live_row(self.app.pk, stream, start, counted).save(force_insert=True)
        else:
            partitions.ensure(end, end)
            view_row(self.app.pk, stream, start, end, counted).save(force_insert=True)
        if counted:
            self.change(LedgerKind.VIEW, stream, [(start, end)], 1)

    def view_all(self, stream: str, intervals: Sequence[Interval]) -> None:
        for start, end in intervals:
            self.view(stream, start, end)

    def forget(self) -> None:
        """Past viewings are purged; the ledger stays."""
        ViewInterval.objects.filter(app=self.app).delete()

    def publish(self, stream: str, start: int, end: int | None, *, inferred: bool = False) -> None:
        """A publisher's run, and what it changes in the union of its livestream."""
        livestream = self.streams[stream]
        before = self.published(stream)
        IngestInterval.objects.create(
            connection=uuid.uuid4(),
            app=self.app,
            source_id=1,
            livestream=livestream,
            connection_id="p",
            stream_key=stream,
            started_ms=start,
            last_ms=start,
            ended_ms=end,
            inferred=inferred,
        )
        self.change(LedgerKind.INGEST, stream, before, -1)
        self.change(LedgerKind.INGEST, stream, self.published(stream), 1)

    def published(self, stream: str) -> list[Interval]:
        runs = IngestInterval.objects.filter(livestream=self.streams[stream], inferred=False)
        return union(runs.values_list("started_ms", "ended_ms"))

    def broadcast(self, stream: str, start: int, end: int | None) -> None:
        LivestreamSession.objects.create(
            app=self.app, livestream=self.streams[stream], started_ms=start, ended_ms=end
        )

    def change(self, kind: LedgerKind, stream: str, intervals: Sequence[Interval], sign: int) -> None:
        deltas = Deltas()
        deltas.add(
            self.app.pk,
            kind,
            self.streams[stream].pk,
            starts=[start for start, _ in intervals],
            ends=[end for _, end in intervals if end is not None],
            sign=sign,
        )
        with connection.cursor() as cursor:
            deltas.write(cursor)
