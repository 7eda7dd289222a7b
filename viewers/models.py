"""Who is here now."""

from django.db import models

from accounts.models import App, Source


class Sighting(models.Model):
    """What is known of one connection's run: shared by the live table and by history.

    Times are integer milliseconds since the epoch. A run starts at its first sign and ends at its last.
    ``last_ms`` is the last sign that was not a stop, ``stop_ms`` the last stop: the run is over while
    ``stop_ms >= last_ms``. Big tables carry no foreign key constraints and no sequences, so that they can
    be spread over machines.
    """

    app = models.ForeignKey(App, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    source = models.ForeignKey(Source, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    connection_id = models.CharField(max_length=128)
    stream_key = models.CharField(max_length=128)
    started_ms = models.BigIntegerField()
    last_ms = models.BigIntegerField()
    stop_ms = models.BigIntegerField(null=True)
    protocol = models.CharField(max_length=16, blank=True, db_default="")
    player = models.CharField(max_length=64, blank=True, db_default="")
    bytes_out = models.BigIntegerField(null=True, help_text="Bytes sent so far.")
    bandwidth = models.BigIntegerField(
        null=True, help_text="Bytes per second, of the newest sign that knew it."
    )
    bandwidth_ms = models.BigIntegerField(null=True)
    health = models.SmallIntegerField(null=True, help_text="0 to 100, of the newest sign that knew it.")
    health_ms = models.BigIntegerField(null=True)
    worst_health = models.SmallIntegerField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    accuracy_km = models.IntegerField(null=True)
    country = models.CharField(max_length=2, blank=True, db_default="")
    region = models.CharField(max_length=100, blank=True, db_default="")
    city = models.CharField(max_length=100, blank=True, db_default="")
    place_code = models.BigIntegerField(
        null=True, help_text="Morton code of Web Mercator at 26 levels; empty: unlocated."
    )
    counted = models.BooleanField(db_default=True, help_text="Whether map and totals count it.")
    skewed = models.BooleanField(
        db_default=False, help_text="A sign's clock was off; the time of receipt was used."
    )

    class Meta:
        abstract = True


class ViewerSession(Sighting):
    """The living: one row per connection, its latest run.

    A heartbeat changes no indexed column and finds room on its own page (fillfactor 50), so that it is a
    heap-only update. Written by ``viewers.sessions.live_table`` only.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=256, blank=True, db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["app", "place_code"], name="viewers_live_place"),
            models.Index(fields=["app", "stream_key", "started_ms"], name="viewers_live_stream"),
            models.Index(fields=["app", "started_ms"], name="viewers_live_started"),
            models.Index(fields=["started_ms"], name="viewers_live_newest"),
            models.Index(
                fields=["connection_id"], name="viewers_live_connection", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(fields=["ip"], name="viewers_live_ip"),
        ]
        verbose_name = "live session"
        verbose_name_plural = "live sessions"

    def __str__(self) -> str:
        return self.connection_id
