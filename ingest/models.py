"""What the worker remembers between two ticks."""

from django.db import models


class WorkerState(models.Model):
    """One row, ``worker``: its heartbeat. Times are ms since the epoch."""

    name = models.CharField(primary_key=True, max_length=20)
    started_ms = models.BigIntegerField()
    ticked_ms = models.BigIntegerField()
    # After an outage of our own nobody is declared silent before every source had T to report again.
    resumed_ms = models.BigIntegerField()
    snapshot_ms = models.BigIntegerField(null=True)
    snapshot_build_ms = models.IntegerField(null=True)

    class Meta:
        verbose_name = "worker"
        verbose_name_plural = "worker"

    def __str__(self) -> str:
        return self.name


class Recount(models.Model):
    """How the last recount of the ledger turned out, of each reach. Written by ``ingest.recount`` only."""

    class Reach(models.TextChoices):
        ALL = "all", "the whole ledger"
        LATEST = "latest", "the day before"

    reach = models.CharField(primary_key=True, max_length=10, choices=Reach.choices)
    since_ms = models.BigIntegerField(null=True)
    ran_ms = models.BigIntegerField()
    took_ms = models.BigIntegerField()
    differences = models.BigIntegerField()
    # The first difference found, for whoever is to look into it.
    example = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.get_reach_display()
