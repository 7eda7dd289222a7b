from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="WorkerState",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("started_ms", models.BigIntegerField()),
                ("ticked_ms", models.BigIntegerField()),
                ("resumed_ms", models.BigIntegerField()),
                ("snapshot_ms", models.BigIntegerField(null=True)),
                ("snapshot_build_ms", models.IntegerField(null=True)),
                ("verified_ms", models.BigIntegerField(null=True)),
                ("verified_differences", models.IntegerField(null=True)),
            ],
        ),
    ]
