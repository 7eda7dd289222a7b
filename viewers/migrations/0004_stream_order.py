from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("viewers", "0003_change_feed"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="viewersession", name="viewers_live_stream"),
        migrations.AddIndex(
            model_name="viewersession",
            index=models.Index(fields=["app", "stream_key", "started_ms"], name="viewers_live_stream"),
        ),
    ]
