from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0002_admin_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recount",
            fields=[
                (
                    "reach",
                    models.CharField(
                        choices=[("all", "the whole ledger"), ("latest", "the day before")],
                        max_length=10,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("since_ms", models.BigIntegerField(null=True)),
                ("ran_ms", models.BigIntegerField()),
                ("took_ms", models.BigIntegerField()),
                ("differences", models.BigIntegerField()),
                ("example", models.CharField(blank=True, max_length=300)),
            ],
        ),
        # Nothing ever wrote them.
        migrations.RemoveField(model_name="workerstate", name="verified_ms"),
        migrations.RemoveField(model_name="workerstate", name="verified_differences"),
    ]
