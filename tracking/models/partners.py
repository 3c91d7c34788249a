"""Partners, their API keys, stored answers for repeated requests, daily usage, and the feed."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.dispatch import Signal
from django.utils import timezone

from tracking.domain.payload import OWN_PREFIXES

# Sent after keys were updated by query.
keys_changed = Signal()


class Partner(models.Model):
    """Business that books shipments and reads them through the API.

    `contact_email` is where its engineers are reached, for example about a disabled webhook endpoint.
    `feed_number` is the number of the newest entry of its feed; it is incremented under the row's lock.
    """

    partner_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    contact_email = models.EmailField(blank=True)
    # How recipients reach it; shown on their pages.
    support_phone = models.CharField(max_length=16, blank=True, validators=[RegexValidator(r"^\+\d{8,15}\Z")])
    support_email = models.EmailField(blank=True)
    # Looks of its recipients' pages: `#rrggbb` in the light and in the dark theme, and a picture.
    colour = models.CharField(max_length=7, blank=True, validators=[RegexValidator(r"^#[0-9a-f]{6}\Z")])
    dark_colour = models.CharField(max_length=7, blank=True, validators=[RegexValidator(r"^#[0-9a-f]{6}\Z")])
    logo_file = models.CharField(max_length=120, blank=True)
    logo_type = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    feed_number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class IdSeries(models.Model):
    """Series of shipment ids that a partner books under: all ids that begin with a prefix, in one mode.

    No prefix begins with another one, so an id belongs to one series at most.
    """

    prefix = models.CharField(
        max_length=12, unique=True, validators=[RegexValidator(r"^[A-Za-z0-9._-]{2,12}\Z")]
    )
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="series")
    livemode = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "id series"

    def __str__(self) -> str:
        return self.prefix

    def clean(self) -> None:
        """Raise `ValidationError` for a prefix that overlaps another series, or the ids that we give out."""
        taken = [*IdSeries.objects.exclude(pk=self.pk).values_list("prefix", flat=True), *OWN_PREFIXES]
        overlapping = [
            prefix for prefix in taken if prefix.startswith(self.prefix) or self.prefix.startswith(prefix)
        ]
        if overlapping:
            raise ValidationError({"prefix": f"It overlaps the series {overlapping[0]}."})


class ApiKeys(models.QuerySet["ApiKey"]):
    """Keys; an update by query is announced as well, for which Django has no signal."""

    def update(self, **fields: Any) -> int:
        """Update the rows; announce it by `keys_changed`, unless they were only used."""
        changed = super().update(**fields)
        if set(fields) != {"last_used_at"}:
            keys_changed.send(ApiKey)
        return changed


class ApiKey(models.Model):
    """API key of a partner. Only the SHA-256 of its secret is stored; the secret is shown once, at issue."""

    key_id = models.CharField(max_length=8, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="keys")
    # What the key is used for, in words of its issuer.
    name = models.CharField(max_length=60, blank=True, default="", db_default="")
    secret_sha256 = models.CharField(max_length=64)
    livemode = models.BooleanField(default=True)
    scopes = models.JSONField(default=list)
    # Multiple of the usual rate limits, by contract.
    limit_factor = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeys.as_manager()

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.key_id} ({self.partner})"


class KeptAnswer(models.Model):
    """Answer to a request with an `Idempotency-Key`; without a `status` the request is in progress.

    `sealed` is the body of the answer, encrypted because it may hold data of a recipient.
    """

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    livemode = models.BooleanField()
    path = models.CharField(max_length=300)
    idempotency_key = models.CharField(max_length=255)
    body_sha256 = models.CharField(max_length=64)
    claimed_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    sealed = models.BinaryField(default=b"")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "livemode", "path", "idempotency_key"],
                name="one_answer_per_idempotency_key",
            )
        ]
        indexes = [models.Index(fields=["claimed_at"])]

    def __str__(self) -> str:
        return f"{self.path} {self.idempotency_key}"


class UsageDay(models.Model):
    """Usage of a partner on a day (UTC): requests answered, events accepted."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    livemode = models.BooleanField()
    day = models.DateField()
    requests = models.PositiveBigIntegerField(default=0)
    events = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "livemode", "day"], name="one_count_per_partner_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.day}"


class FeedEntry(models.Model):
    """Change in the feed of its partner. Numbers are assigned in order, so no smaller one can appear later.

    `body` is the JSON as it is sent: the same bytes in the feed and in a push.
    """

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    livemode = models.BooleanField()
    number = models.PositiveBigIntegerField()
    change_id = models.CharField(max_length=40, unique=True)
    type = models.CharField(max_length=40)
    shipment_id = models.CharField(max_length=64)
    body = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "feed entries"
        constraints = [models.UniqueConstraint(fields=["partner", "number"], name="one_entry_per_number")]
        indexes = [models.Index(fields=["created_at"])]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.number}: {self.change_id}"
