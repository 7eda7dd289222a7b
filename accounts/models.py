"""Who owns what: Account → App → Source, and the tokens and people that may act for them."""

import hashlib
import secrets
import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

PUBLIC_ID_LENGTH = 32
public_id_validator = RegexValidator(
    r"^[A-Za-z0-9_-]{1,32}\Z", "Use 1 to 32 letters, digits, hyphens or underscores."
)


def new_public_id() -> str:
    return uuid.uuid4().hex


class Account(models.Model):
    """A customer. Nothing of one account is ever visible to another."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, validators=[public_id_validator]
    )
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class App(models.Model):
    """One audience: the unit of the map, of the totals, and of retention."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, default=new_public_id, validators=[public_id_validator]
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="apps")
    name = models.CharField(max_length=100)
    retention_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(17)],
        help_text="Days that single viewings are kept; empty: as the server is set. Totals stay.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="accounts_app_unique_in_account")
        ]

    def __str__(self) -> str:
        return self.name


class SourceKind(models.TextChoices):
    """Where signs come from; decides how long a silence may last."""

    REST = "rest", "REST API"
    NGINX_RTMP = "nginx-rtmp", "nginx-rtmp"


# A source that sends no heartbeats says only "start" and "stop": nothing between them proves a viewer
# gone, so the silence that ends its sessions is a cap against lost stops, not a measurement.
NO_HEARTBEAT_SILENCE_MS = 7 * 86_400_000
NGINX_RTMP_SILENCE_MS = 90_000


class Source(models.Model):
    """One sender of events: a media server, a fleet of players, a log reader.

    Sessions belong to their source, not to a token: tokens rotate, connections go on.
    """

    app = models.ForeignKey(App, on_delete=models.PROTECT, related_name="sources")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=SourceKind.choices, default=SourceKind.REST)
    interval_s = models.PositiveIntegerField(
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
        help_text="Seconds between two reports of one viewer, or between two polls.",
    )
    heartbeats = models.BooleanField(
        default=True, help_text="Whether the source reports each viewer again and again while it watches."
    )
    counts_viewers = models.BooleanField(
        default=True,
        help_text="Switch off where another source reports the same audience: nothing is counted then.",
    )
    sees_publishers = models.BooleanField(
        default=False,
        help_text="Whether the source reports publishers. Set by the first one it reports.",
    )
    poll_url = models.CharField(
        max_length=500, blank=True, help_text="The server's statistics page, for sources that are polled."
    )
    # The start of the server's present run. Connection numbers begin again after a restart, so it is part
    # of a connection's identity; it is sticky (±5 s) because servers report their uptime in whole seconds.
    epoch_ms = models.BigIntegerField(null=True, blank=True, editable=False)
    last_event_ms = models.BigIntegerField(null=True, blank=True, editable=False)
    last_poll_ms = models.BigIntegerField(null=True, blank=True, editable=False)
    last_poll_error = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "name"], name="accounts_source_unique_in_app")]

    def __str__(self) -> str:
        return self.name

    @property
    def silence_ms(self) -> int:
        """T: the longest gap, in ms, between two signs of one session."""
        if self.kind == SourceKind.NGINX_RTMP:
            return max(NGINX_RTMP_SILENCE_MS, 3_000 * self.interval_s)
        return 3_000 * self.interval_s if self.heartbeats else NO_HEARTBEAT_SILENCE_MS


class Scope(models.TextChoices):
    READ = "read", "read figures"
    INGEST = "ingest", "send events"
    BEACON = "beacon", "send events from a public page"
    ADMIN = "admin", "read everything, with addresses"


# Lets secret scanners know a token when they see one.
TOKEN_PREFIX = "trn_"  # noqa: S105


def hash_token(token: str) -> str:
    """SHA-256, hexadecimal. Tokens carry 256 random bits, so no salt or slow hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class ApiToken(models.Model):
    """A key to one account or to one of its apps. Only its hash is stored; it is shown once."""

    hash = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False, help_text="The token's first characters.")
    name = models.CharField(max_length=100, blank=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    app = models.ForeignKey(App, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens")
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    # What `apps_for` would find, known where the token was just read in order to authenticate somebody.
    visible_app_ids: tuple[int, ...] | None = None

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(source__isnull=True) | models.Q(app__isnull=False),
                name="accounts_token_source_needs_app",
            )
        ]

    def __str__(self) -> str:
        return self.name or f"{self.hint}…"

    @classmethod
    def issue(cls, **fields: Any) -> tuple["ApiToken", str]:
        """A new token's row and its secret, which is nowhere stored."""
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        return cls.objects.create(hash=hash_token(secret), hint=secret[:8], **fields), secret


class Membership(models.Model):
    """Lets a user see an account's map, analytics and admin pages."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "account"], name="accounts_membership_unique")]

    def __str__(self) -> str:
        return f"{self.user} in {self.account}"


class EmbedLink(models.Model):
    """Shows everybody who has it how many watch one stream, and roughly where, until it is revoked.

    Its address is the signed `id`: see `accounts.embeds`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="embed_links")
    stream_key = models.CharField(max_length=128)
    name = models.CharField(
        "title", max_length=100, blank=True, help_text="Shown above the map, to everybody. May be empty."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="embed_links"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["app", "stream_key"], name="accounts_embed_by_stream")]

    def __str__(self) -> str:
        return self.name or f"map of {self.stream_key}"
