import uuid

import django.db.models.deletion
from django.db import migrations, models

# The columns are those of ``analytics.models.ViewInterval``, which Django cannot create: it cannot say
# PARTITION BY. PostgreSQL wants the partition key in the primary key; the random id alone is unique too.
#   view_ended, view_started   the raw edges of a window, of an app or of one livestream, without the heap
#   view_newest                the admin's list
#   view_connection            a late sign looking for its neighbours
#   view_connection_id         search by the start of a public name
PARTITIONED = """
CREATE TABLE analytics_viewinterval (
    id uuid NOT NULL,
    connection uuid NOT NULL,
    app_id bigint NOT NULL,
    source_id bigint NOT NULL,
    connection_id varchar(128) NOT NULL,
    stream_key varchar(128) NOT NULL,
    started_ms bigint NOT NULL,
    ended_ms bigint NOT NULL,
    last_ms bigint NOT NULL,
    stop_ms bigint,
    bytes_out bigint,
    bandwidth bigint,
    bandwidth_ms bigint,
    health_ms bigint,
    place_code bigint,
    latitude double precision,
    longitude double precision,
    accuracy_km integer,
    health smallint,
    worst_health smallint,
    counted boolean DEFAULT true NOT NULL,
    skewed boolean DEFAULT false NOT NULL,
    reason varchar(10) NOT NULL,
    protocol varchar(16) DEFAULT '' NOT NULL,
    player varchar(64) DEFAULT '' NOT NULL,
    country varchar(2) DEFAULT '' NOT NULL,
    region varchar(100) DEFAULT '' NOT NULL,
    city varchar(100) DEFAULT '' NOT NULL,
    PRIMARY KEY (id, ended_ms)
) PARTITION BY RANGE (ended_ms);
CREATE INDEX analytics_view_ended ON analytics_viewinterval
    (app_id, ended_ms, stream_key) INCLUDE (counted);
CREATE INDEX analytics_view_started ON analytics_viewinterval
    (app_id, started_ms, ended_ms, stream_key) INCLUDE (counted);
CREATE INDEX analytics_view_newest ON analytics_viewinterval (ended_ms);
CREATE INDEX analytics_view_connection ON analytics_viewinterval (connection);
CREATE INDEX analytics_view_connection_id ON analytics_viewinterval (connection_id varchar_pattern_ops);
"""

# The present buckets of busy apps are written with every batch: room on the page keeps that heap-only.
TUNE_LEDGER = """
ALTER TABLE analytics_ledger SET (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0
)
"""
UNTUNE_LEDGER = """
ALTER TABLE analytics_ledger RESET (
    fillfactor,
    autovacuum_vacuum_scale_factor,
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
            name="ViewInterval",
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
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("connection", models.UUIDField()),
                ("ended_ms", models.BigIntegerField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("stop", "said it stopped"),
                            ("silent", "fell silent"),
                            ("cut", "goes on in the next piece"),
                        ],
                        max_length=10,
                    ),
                ),
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
                "db_table": "analytics_viewinterval",
                "managed": False,
            },
        ),
        # The table is made above; from then on Django knows it like any other.
        migrations.AlterModelOptions(name="viewinterval", options={}),
        migrations.CreateModel(
            name="PurgeHorizon",
            fields=[
                (
                    "app",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="accounts.app",
                    ),
                ),
                ("horizon_ms", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Ledger",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "app_id",
                        "owner",
                        "kind",
                        "level",
                        "bucket_ms",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("app_id", models.IntegerField()),
                ("owner", models.UUIDField()),
                ("kind", models.SmallIntegerField(choices=[(1, "viewing"), (2, "ingest")])),
                ("level", models.SmallIntegerField(choices=[(1, "minute"), (2, "hour"), (3, "day")])),
                ("bucket_ms", models.BigIntegerField()),
                ("starts", models.BigIntegerField(db_default=0)),
                ("ends", models.BigIntegerField(db_default=0)),
                ("area", models.BigIntegerField(db_default=0)),
                ("peak", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("peak__isnull", True)),
                        fields=["level", "bucket_ms"],
                        name="analytics_ledger_unfilled",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Livestream",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("stream_key", models.CharField(max_length=128)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("created_ms", models.BigIntegerField()),
                (
                    "app",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="livestreams",
                        to="accounts.app",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IngestInterval",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("connection", models.UUIDField()),
                ("connection_id", models.CharField(max_length=128)),
                ("stream_key", models.CharField(max_length=128)),
                ("started_ms", models.BigIntegerField()),
                ("last_ms", models.BigIntegerField()),
                ("stop_ms", models.BigIntegerField(null=True)),
                ("ended_ms", models.BigIntegerField(null=True)),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("stop", "said it stopped"),
                            ("silent", "fell silent"),
                            ("cut", "goes on in the next piece"),
                        ],
                        db_default="",
                        max_length=10,
                    ),
                ),
                ("protocol", models.CharField(blank=True, db_default="", max_length=16)),
                ("player", models.CharField(blank=True, db_default="", max_length=64)),
                ("inferred", models.BooleanField(db_default=False)),
                ("skewed", models.BooleanField(db_default=False)),
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
                (
                    "livestream",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="publishers",
                        to="analytics.livestream",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LivestreamSession",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("started_ms", models.BigIntegerField()),
                ("ended_ms", models.BigIntegerField(null=True)),
                (
                    "inferred",
                    models.BooleanField(
                        db_default=False, help_text="Nobody reported a publisher: inferred from its viewers."
                    ),
                ),
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
                    "livestream",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="sessions",
                        to="analytics.livestream",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="livestream",
            constraint=models.UniqueConstraint(
                fields=("app", "stream_key"), name="analytics_livestream_unique_in_app"
            ),
        ),
        migrations.AddIndex(
            model_name="ingestinterval",
            index=models.Index(fields=["connection", "started_ms"], name="analytics_ingest_connection"),
        ),
        migrations.AddIndex(
            model_name="ingestinterval",
            index=models.Index(fields=["livestream", "started_ms"], name="analytics_ingest_stream"),
        ),
        migrations.AddIndex(
            model_name="ingestinterval",
            index=models.Index(fields=["app", "started_ms"], name="analytics_ingest_started"),
        ),
        migrations.AddIndex(
            model_name="ingestinterval",
            index=models.Index(fields=["app", "ended_ms"], name="analytics_ingest_ended"),
        ),
        migrations.AddIndex(
            model_name="livestreamsession",
            index=models.Index(fields=["livestream", "started_ms"], name="analytics_broadcast_stream"),
        ),
        migrations.AddIndex(
            model_name="livestreamsession",
            index=models.Index(fields=["app", "started_ms"], name="analytics_broadcast_started"),
        ),
        migrations.AddIndex(
            model_name="livestreamsession",
            index=models.Index(fields=["app", "ended_ms"], name="analytics_broadcast_ended"),
        ),
        migrations.RunSQL(PARTITIONED, "DROP TABLE analytics_viewinterval"),
        migrations.RunSQL(TUNE_LEDGER, UNTUNE_LEDGER),
    ]
