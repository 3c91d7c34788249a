"""Database models of webhooks: endpoints of partners, deliveries, and their attempts."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from notifications.webhooks.rules.filters import SHIPMENT_PREFIX, Filter
from notifications.webhooks.rules.payloads import name_change
from tracking.models import Partner

# Deliveries and their attempts are deleted after this time.
KEPT_FOR = timedelta(days=30)


class WebhookEndpoint(models.Model):
    """Address of a partner that gets webhooks, with its filter, its sealed secrets and its health.

    `failing_since` is the first failure since the last success. A disabled endpoint gets nothing.
    """

    class DisabledReason(models.TextChoices):
        """Reason why an endpoint is disabled: its answer 410, five days of failures, or the partner."""

        GONE = "gone"
        FAILED_TOO_LONG = "failed_too_long"
        BY_PARTNER = "by_partner"

    endpoint_id = models.CharField(max_length=40, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="webhook_endpoints")
    livemode = models.BooleanField(default=True)
    url = models.CharField(max_length=2000)
    types = models.JSONField(default=list)
    statuses = models.JSONField(default=list)
    thin = models.BooleanField(default=False)
    sealed_secret = models.BinaryField()
    # Secret before the last rotation; it signs too, for a day after that.
    sealed_old_secret = models.BinaryField(null=True)
    rotated_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=20, choices=DisabledReason.choices, blank=True)
    # When partner and operators were notified that it was disabled; None if they were not yet.
    disabling_reported_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.endpoint_id

    @property
    def filter(self) -> Filter:
        """Filter by types and statuses."""
        return Filter(frozenset(self.types), frozenset(self.statuses))


class WebhookDelivery(models.Model):
    """One webhook for one endpoint: the bytes to send, when to try next, and the outcome.

    The process that makes an attempt has claimed the row: `claim` is its random token, `claimed_until` the
    time after which the process counts as dead.
    """

    class Outcome(models.TextChoices):
        """State of a delivery: waiting for an attempt, or one of three final outcomes."""

        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"
        DROPPED = "dropped"

    # Each index below that begins with the endpoint serves this key too.
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    message_id = models.CharField(max_length=44)
    type = models.CharField(max_length=40)
    shipment_id = models.CharField(max_length=64, blank=True)
    body = models.BinaryField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Attempts made before it was last sent again; the schedule counts from there.
    attempts_before = models.PositiveSmallIntegerField(default=0)
    # None once the outcome is final.
    next_attempt_at = models.DateTimeField(null=True)
    claim = models.CharField(max_length=32, blank=True, db_index=True)
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "message_id"], name="one_webhook_per_endpoint")
        ]
        indexes = [
            models.Index(fields=["outcome", "next_attempt_at"], name="webhooks_due"),
            models.Index(fields=["created_at"], name="webhooks_by_age"),
            models.Index(fields=["endpoint", "id"], name="webhooks_by_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} to {self.endpoint_id}"

    @property
    def change_id(self) -> str:
        """Id of the change that the webhook is about; empty for one about something else."""
        return name_change(self.message_id) if self.type.startswith(SHIPMENT_PREFIX) else ""


class WebhookAttempt(models.Model):
    """One attempt of a delivery: when, how long, and the answer or the fault.

    `status` is 0 without an answer; `fault` then says why. `answer` is the first 1 KB of the answer as text.
    """

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="made")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=20, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="one_row_per_webhook_attempt")
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.delivery_id}"
