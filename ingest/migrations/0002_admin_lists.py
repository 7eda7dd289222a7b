from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0001_worker"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="workerstate",
            options={"verbose_name": "worker", "verbose_name_plural": "worker"},
        ),
    ]
