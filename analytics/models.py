"""How much, over time."""

import uuid

from django.db import models

from accounts.models import App, Source
from viewers.models import Sighting


class EndReason(models.TextChoices):
    STOP = "stop", "said it stopped"
    SILENT = "silent", "fell silent"
    CUT = "cut", "goes on in the next piece"


class Livestream(models.Model):
    """A stream key of an app, from its first sign on. Both make its id (``analytics.identity``)."""

    id = models.UUIDField(primary_key=True, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, related_name="livestreams")
    stream_key = models.CharField(max_length=128)
    name = models.CharField(max_length=200, blank=True)
    created_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["app", "stream_key"], name="analytics_livestream_unique_in_app")
        ]

    def __str__(self) -> str:
        return self.name or self.stream_key


class LivestreamSession(models.Model):
    """One broadcast: a livestream's publisher runs with gaps of at most 60 s. Open: ``ended_ms`` is null."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    app = models.ForeignKey(App, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    livestream = models.ForeignKey(
        Livestream, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="sessions"
    )
    started_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)
    inferred = models.BooleanField(
        db_default=False, help_text="Nobody reported a publisher: inferred from its viewers."
    )

    class Meta:
        indexes = [
            models.Index(fields=["livestream", "started_ms"], name="analytics_broadcast_stream"),
            models.Index(fields=["app", "started_ms"], name="analytics_broadcast_started"),
            models.Index(fields=["app", "ended_ms"], name="analytics_broadcast_ended"),
            models.Index(fields=["started_ms"], name="analytics_broadcast_newest"),
        ]
        verbose_name = "broadcast"
        verbose_name_plural = "broadcasts"

    def __str__(self) -> str:
        return self.id.hex


class IngestInterval(models.Model):
    """One publisher's run, live (``ended_ms`` null) or over. Written by ``analytics.publishers`` only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.UUIDField()
    app = models.ForeignKey(App, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    source = models.ForeignKey(Source, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    livestream = models.ForeignKey(
        Livestream,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="publishers",
    )
    connection_id = models.CharField(max_length=128)
    stream_key = models.CharField(max_length=128)
    started_ms = models.BigIntegerField()
    last_ms = models.BigIntegerField()
    stop_ms = models.BigIntegerField(null=True)
    ended_ms = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=10, blank=True, choices=EndReason.choices, db_default="")
    protocol = models.CharField(max_length=16, blank=True, db_default="")
    player = models.CharField(max_length=64, blank=True, db_default="")
    inferred = models.BooleanField(db_default=False)
    skewed = models.BooleanField(db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["connection", "started_ms"], name="analytics_ingest_connection"),
            models.Index(fields=["livestream", "started_ms"], name="analytics_ingest_stream"),
            models.Index(fields=["app", "started_ms"], name="analytics_ingest_started"),
            models.Index(fields=["app", "ended_ms"], name="analytics_ingest_ended"),
            models.Index(fields=["started_ms"], name="analytics_ingest_newest"),
            models.Index(
                fields=["connection_id"],
                name="analytics_ingest_connection_id",
                opclasses=["varchar_pattern_ops"],
            ),
        ]
        verbose_name = "publisher's run"
        verbose_name_plural = "publishers' runs"

    def __str__(self) -> str:
        return self.connection_id


class ViewInterval(Sighting):
    """A viewing that is over: ``[started_ms, ended_ms)``, without the viewer's address.

    The table is partitioned by week of ``ended_ms`` (``analytics.partitions``), so the database's key is
    (id, ended_ms); the random id alone serves Django. Rows are never changed: a late sign replaces them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.UUIDField()
    ended_ms = models.BigIntegerField()
    reason = models.CharField(max_length=10, choices=EndReason.choices)

    class Meta:
        db_table = "analytics_viewinterval"
        verbose_name = "past viewing"
        verbose_name_plural = "past viewings"

    def __str__(self) -> str:
        return self.connection_id


class LedgerKind(models.IntegerChoices):
    VIEW = 1, "viewing"
    INGEST = 2, "ingest"


class LedgerLevel(models.IntegerChoices):
    MINUTE = 1, "minute"
    HOUR = 2, "hour"
    DAY = 3, "day"


class Ledger(models.Model):
    """Sums of what began and ended in one bucket of time, for one owner: see ``docs/ledger.md``.

    ``owner`` is a livestream's id, or ``analytics.identity.WHOLE_APP`` for the app. ``area`` is in ms,
    relative to the bucket's end. ``peak`` is the highest running sum relative to the bucket's start; null
    while it is not filled.
    """

    pk = models.CompositePrimaryKey("app_id", "owner", "kind", "level", "bucket_ms")
    app_id = models.IntegerField()
    owner = models.UUIDField()
    kind = models.SmallIntegerField(choices=LedgerKind.choices)
    level = models.SmallIntegerField(choices=LedgerLevel.choices)
    bucket_ms = models.BigIntegerField()
    starts = models.BigIntegerField(db_default=0)
    ends = models.BigIntegerField(db_default=0)
    area = models.BigIntegerField(db_default=0)
    peak = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["level", "bucket_ms"],
                condition=models.Q(peak__isnull=True),
                name="analytics_ledger_unfilled",
            )
        ]

    def __str__(self) -> str:
        return f"{self.owner}/{self.level}/{self.bucket_ms}"


class PurgeHorizon(models.Model):
    """From when on an app's single viewings are complete. Before it only the ledger speaks."""

    app = models.OneToOneField(App, primary_key=True, on_delete=models.CASCADE)
    horizon_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.app}: {self.horizon_ms}"


class ReplayChange(models.Model):
    """Of an app, what a bucket of five minutes changed in its viewers by cell: see ``docs/replay.md``.

    ``stale``: viewings that began or ended in it may have changed since it was counted.
    """

    pk = models.CompositePrimaryKey("app_id", "bucket_ms")
    app_id = models.IntegerField()
    bucket_ms = models.BigIntegerField()
    cells = models.BinaryField(help_text="As analytics.replay.cells packs them.")
    stale = models.BooleanField(db_default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["app_id", "bucket_ms"],
                condition=models.Q(stale=True),
                name="analytics_replay_stale",
            )
        ]

    def __str__(self) -> str:
        return f"{self.app_id}/{self.bucket_ms}"


class ReplayKeyframe(models.Model):
    """An app's viewers by cell just before an instant, from which the changes after it lead on."""

    pk = models.CompositePrimaryKey("app_id", "at_ms")
    app_id = models.IntegerField()
    at_ms = models.BigIntegerField()
    cells = models.BinaryField(help_text="As analytics.replay.cells packs them.")

    def __str__(self) -> str:
        return f"{self.app_id}/{self.at_ms}"


class ReplayRange(models.Model):
    """What is known of an app: its viewers at every fifth minute from ``since_ms`` to ``until_ms``.

    There is a keyframe at ``since_ms``. It is 0 once nothing was before.
    """

    app = models.OneToOneField(App, primary_key=True, on_delete=models.CASCADE)
    since_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.app}: {self.since_ms} to {self.until_ms}"
