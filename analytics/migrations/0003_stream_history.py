from django.db import migrations

# A stream's viewings in the order of the admin's list. Partitions that exist get theirs, new ones are made
# with it.
FORWARD = "CREATE INDEX analytics_view_stream ON analytics_viewinterval (app_id, stream_key, ended_ms)"


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0002_admin_lists"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, "DROP INDEX analytics_view_stream"),
    ]
