import django.db.models.deletion
from django.db import migrations, models

# Heartbeats rewrite a row again and again: with half of every page left free the new version stays on
# its page and no index is touched. Vacuum comes early, since the living come and go all the time.
TUNE = """
ALTER TABLE viewers_viewersession SET (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_insert_scale_factor = 0.1,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
)
"""
UNTUNE = """
ALTER TABLE viewers_viewersession RESET (
    fillfactor,
    autovacuum_vacuum_scale_factor,
    autovacuum_vacuum_insert_scale_factor,
    autovacuum_analyze_scale_factor,
    autovacuum_vacuum_cost_delay
)
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ViewerSession",
            fields=[
                ("connection_id", models.CharField(max_length=128)),
                ("stream_key", models.CharField(max_length=128)),
                ("started_ms", models.BigIntegerField()),
                ("last_ms", models.BigIntegerField()),
                ("stop_ms", models.BigIntegerField(null=True)),
                ("protocol", models.CharField(blank=True, db_default="", max_length=16)),
                ("player", models.CharField(blank=True, db_default="", max_length=64)),
                ("bytes_out", models.BigIntegerField(help_text="Bytes sent so far.", null=True)),
                (
                    "bandwidth",
                    models.BigIntegerField(
                        help_text="Bytes per second, of the newest sign that knew it.", null=True
                    ),
                ),
                ("bandwidth_ms", models.BigIntegerField(null=True)),
                (
                    "health",
                    models.SmallIntegerField(
                        help_text="0 to 100, of the newest sign that knew it.", null=True
                    ),
                ),
                ("health_ms", models.BigIntegerField(null=True)),
                ("worst_health", models.SmallIntegerField(null=True)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("accuracy_km", models.IntegerField(null=True)),
                ("country", models.CharField(blank=True, db_default="", max_length=2)),
                ("region", models.CharField(blank=True, db_default="", max_length=100)),
                ("city", models.CharField(blank=True, db_default="", max_length=100)),
                (
                    "place_code",
                    models.BigIntegerField(
                        help_text="Morton code of Web Mercator at 26 levels; empty: unlocated.", null=True
                    ),
                ),
                (
                    "counted",
                    models.BooleanField(db_default=True, help_text="Whether map and totals count it."),
                ),
                (
                    "skewed",
                    models.BooleanField(
                        db_default=False, help_text="A sign's clock was off; the time of receipt was used."
                    ),
                ),
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("ip", models.GenericIPAddressField(null=True)),
                ("user_agent", models.CharField(blank=True, db_default="", max_length=256)),
                (
                    "app",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="accounts.app",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="accounts.source",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["app", "place_code"], name="viewers_live_place"),
                    models.Index(fields=["app", "stream_key"], name="viewers_live_stream"),
                    models.Index(fields=["app", "started_ms"], name="viewers_live_started"),
                    models.Index(fields=["started_ms"], name="viewers_live_newest"),
                    models.Index(
                        fields=["connection_id"],
                        name="viewers_live_connection",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(fields=["ip"], name="viewers_live_ip"),
                ],
            },
        ),
        migrations.RunSQL(TUNE, UNTUNE),
    ]
