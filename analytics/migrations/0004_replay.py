import django.db.models.deletion
from django.db import migrations, models

PACKED = models.BinaryField(help_text="As analytics.replay.cells packs them.")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_accounts"),
        ("analytics", "0003_stream_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReplayChange",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "app_id",
                        "bucket_ms",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("app_id", models.IntegerField()),
                ("bucket_ms", models.BigIntegerField()),
                ("cells", PACKED),
                ("stale", models.BooleanField(db_default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("stale", True)),
                        fields=["app_id", "bucket_ms"],
                        name="analytics_replay_stale",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplayKeyframe",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "app_id", "at_ms", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("app_id", models.IntegerField()),
                ("at_ms", models.BigIntegerField()),
                ("cells", PACKED),
            ],
        ),
        migrations.CreateModel(
            name="ReplayRange",
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
                ("since_ms", models.BigIntegerField()),
                ("until_ms", models.BigIntegerField()),
            ],
        ),
    ]
