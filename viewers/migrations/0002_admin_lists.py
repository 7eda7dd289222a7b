from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("viewers", "0001_live"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="viewersession",
            options={"verbose_name": "live session", "verbose_name_plural": "live sessions"},
        ),
    ]
