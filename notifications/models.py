"""Database models of notifications: decisions with their outcome, and copies of sent messages."""

from django.db import models
from django.utils import timezone

from notifications.consent_models import (
    AddressHashKey as AddressHashKey,  # noqa: PLC0414 - Django finds models here
)
from notifications.consent_models import Choice as Choice  # noqa: PLC0414 - as above
from notifications.consent_models import ConsentEntry as ConsentEntry  # noqa: PLC0414 - as above
from notifications.consent_models import Preference as Preference  # noqa: PLC0414 - as above
from notifications.consent_models import PreferenceLink as PreferenceLink  # noqa: PLC0414 - as above


class Delivery(models.Model):
    """Decision about notifying one recipient of one change by one transport, and its outcome.

    The row is created before anything is sent: the process that creates it has claimed the notification. A
    claim older than 60 s without an outcome may be claimed again, because its process died. A deferred
    notification keeps its change and is decided again at `due_at`.
    """

    class Outcome(models.TextChoices):
        """State of the decision: claimed, deferred, or one of three final outcomes."""

        CLAIMED = "claimed"
        DEFERRED = "deferred"
        SENT = "sent"
        SUPPRESSED = "suppressed"
        FAILED = "failed"

    change_id = models.CharField(max_length=40)
    recipient_id = models.CharField(max_length=40)
    transport = models.CharField(max_length=10)
    shipment_id = models.CharField(max_length=64, db_index=True)
    trigger = models.CharField(max_length=32)
    # `shipment|leg|trigger|episode|recipient|transport`: a fact is sent once, whatever change reports it.
    fact = models.CharField(max_length=200, unique=True, null=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.CLAIMED)
    reason = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=100, blank=True)
    # When the fact happened; empty in rows of older versions.
    occurred_at = models.DateTimeField(null=True, blank=True)
    # Keyed hash of the address, or of another address of the same person; empty in rows of older versions.
    address_hash = models.CharField(max_length=64, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    # Change as JSON, only of a notification that was deferred; it holds nothing personal.
    change = models.TextField(blank=True)
    # How often the same change came again after it was decided.
    repeats = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["change_id", "recipient_id", "transport"], name="one_delivery_per_effect"
            )
        ]
        indexes = [
            models.Index(fields=["outcome", "due_at"]),
            models.Index(fields=["address_hash", "transport", "claimed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.transport} {self.trigger} {self.outcome}"


class DailyCount(models.Model):
    """Number of segments that one partner caused by one transport on one day in India."""

    partner_id = models.CharField(max_length=64)
    transport = models.CharField(max_length=10)
    day = models.DateField()
    segments = models.PositiveIntegerField(default=0, db_column="messages")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner_id", "transport", "day"], name="one_count_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.transport} {self.day}: {self.segments}"


class OutboxMessage(models.Model):
    """Copy of a message that its provider accepted; created only if the outbox is enabled."""

    change_id = models.CharField(max_length=40)
    recipient_id = models.CharField(max_length=40)
    transport = models.CharField(max_length=10)
    shipment_id = models.CharField(max_length=64, db_index=True)
    trigger = models.CharField(max_length=32)
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    html = models.TextField(blank=True)
    language = models.CharField(max_length=2)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.transport} to {self.shipment_id}"


class MessageCode(models.Model):
    """Short code in a message, and what is shown to a person who types it in.

    A message that is sent again after a crash has the same code. `segments` is its length as its provider
    charges for it. The masked address is emptied when the recipient is erased.
    """

    code = models.CharField(max_length=8, unique=True)
    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="message_code")
    language = models.CharField(max_length=2)
    masked_address = models.CharField(max_length=254)
    segments = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return self.code
