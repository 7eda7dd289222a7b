import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=accounts.models.new_public_id,
                        max_length=32,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Za-z0-9_-]{1,32}\\Z",
                                "Use 1 to 32 letters, digits, hyphens or underscores.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="App",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=accounts.models.new_public_id,
                        max_length=32,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Za-z0-9_-]{1,32}\\Z",
                                "Use 1 to 32 letters, digits, hyphens or underscores.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "retention_days",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Days that single viewings are kept; empty: as the server is set. Totals stay.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(17)],
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="apps",
                        to="accounts.account",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="accounts.account",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[("rest", "REST API"), ("nginx-rtmp", "nginx-rtmp")],
                        default="rest",
                        max_length=20,
                    ),
                ),
                (
                    "interval_s",
                    models.PositiveIntegerField(
                        default=15,
                        help_text="Seconds between two reports of one viewer, or between two polls.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3600),
                        ],
                    ),
                ),
                (
                    "heartbeats",
                    models.BooleanField(
                        default=True,
                        help_text="Whether the source reports each viewer again and again while it watches.",
                    ),
                ),
                (
                    "counts_viewers",
                    models.BooleanField(
                        default=True,
                        help_text="Switch off where another source reports the same audience: nothing is counted then.",
                    ),
                ),
                (
                    "sees_publishers",
                    models.BooleanField(
                        default=False,
                        help_text="Whether the source reports publishers. Set by the first one it reports.",
                    ),
                ),
                (
                    "poll_url",
                    models.CharField(
                        blank=True,
                        help_text="The server's statistics page, for sources that are polled.",
                        max_length=500,
                    ),
                ),
                ("epoch_ms", models.BigIntegerField(blank=True, editable=False, null=True)),
                ("last_event_ms", models.BigIntegerField(blank=True, editable=False, null=True)),
                ("last_poll_ms", models.BigIntegerField(blank=True, editable=False, null=True)),
                ("last_poll_error", models.CharField(blank=True, editable=False, max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "app",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sources", to="accounts.app"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hash", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "hint",
                    models.CharField(
                        editable=False, help_text="The token's first characters.", max_length=12
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("read", "read figures"),
                                ("ingest", "send events"),
                                ("beacon", "send events from a public page"),
                                ("admin", "read everything, with addresses"),
                            ],
                            max_length=10,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to="accounts.account",
                    ),
                ),
                (
                    "app",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to="accounts.app",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to="accounts.source",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="app",
            constraint=models.UniqueConstraint(
                fields=("account", "public_id"), name="accounts_app_unique_in_account"
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("user", "account"), name="accounts_membership_unique"),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.UniqueConstraint(fields=("app", "name"), name="accounts_source_unique_in_app"),
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__isnull", True), ("app__isnull", False), _connector="OR"),
                name="accounts_token_source_needs_app",
            ),
        ),
    ]
