from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_accounts"),
        ("analytics", "0001_analytics"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="ingestinterval",
            options={"verbose_name": "publisher's run", "verbose_name_plural": "publishers' runs"},
        ),
        migrations.AlterModelOptions(
            name="livestreamsession",
            options={"verbose_name": "broadcast", "verbose_name_plural": "broadcasts"},
        ),
        migrations.AlterModelOptions(
            name="viewinterval",
            options={"verbose_name": "past viewing", "verbose_name_plural": "past viewings"},
        ),
        migrations.AddIndex(
            model_name="ingestinterval",
            index=models.Index(fields=["started_ms"], name="analytics_ingest_newest"),
        ),
        migrations.AddIndex(
            model_name="ingestinterval",
            index=models.Index(
                fields=["connection_id"],
                name="analytics_ingest_connection_id",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="livestreamsession",
            index=models.Index(fields=["started_ms"], name="analytics_broadcast_newest"),
        ),
    ]
