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
    verified_ms = models.BigIntegerField(null=True)
    verified_differences = models.IntegerField(null=True)

    class Meta:
        verbose_name = "worker"
        verbose_name_plural = "worker"

    def __str__(self) -> str:
        return self.name
