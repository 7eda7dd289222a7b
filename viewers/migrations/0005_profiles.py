from django.db import migrations

# What is in the feed tells no profile: without it, whoever follows reads the live table anew.
ADD = """
TRUNCATE viewers_livechange;
ALTER TABLE viewers_livechange ADD COLUMN profiles text[];
ALTER TABLE viewers_livechange ALTER profiles SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("viewers", "0004_stream_order"),
    ]

    operations = [
        migrations.RunSQL(ADD, "ALTER TABLE viewers_livechange DROP COLUMN profiles"),
    ]
