"""Relational records: partners and keys, hubs, bookings with the read model beside them, incidents."""

from django.db import models
from django.utils import timezone


class Partner(models.Model):
    """A business that books shipments and reads them through the API."""

    partner_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A partner's key: its secret is kept as sha256 only and shown once, when it is issued."""

    key_id = models.CharField(max_length=8, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="keys")
    secret_sha256 = models.CharField(max_length=64)
    livemode = models.BooleanField(default=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.key_id} ({self.partner})"


class Hub(models.Model):
    """A place of ours where parcels are sorted or handed over; coordinates in degrees."""

    hub_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    town = models.CharField(max_length=120)
    pin_code = models.CharField(max_length=6)
    lat = models.FloatField()
    lon = models.FloatField()

    def __str__(self) -> str:
        return self.name


class Shipment(models.Model):
    """A booking (who receives what, promised when) and, beside it, the read model the bus feeds.

    The truth about where a shipment stands is its timeline in DynamoDB; the columns from `status` on
    serve search and lists, and may be rebuilt from there at any time. `partner` is empty for a shipment
    that was scanned and never booked.
    """

    shipment_id = models.CharField(max_length=64, unique=True)
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="shipments"
    )
    reference = models.CharField(max_length=64, blank=True)
    livemode = models.BooleanField(default=True)
    recipient_name = models.CharField(max_length=120, blank=True)
    recipient_phone = models.CharField(max_length=20, blank=True)
    recipient_email = models.EmailField(blank=True)
    recipient_address = models.CharField(max_length=300, blank=True)
    pin_code = models.CharField(max_length=6, blank=True)
    language = models.CharField(max_length=2, default="en")
    consent_sms = models.BooleanField(default=False)
    consent_email = models.BooleanField(default=False)
    origin_hub = models.ForeignKey(
        Hub, null=True, blank=True, on_delete=models.PROTECT, related_name="outbound"
    )
    destination_hub = models.ForeignKey(
        Hub, null=True, blank=True, on_delete=models.PROTECT, related_name="inbound"
    )
    promised_from = models.DateTimeField(null=True, blank=True)
    promised_to = models.DateTimeField(null=True, blank=True)
    planned_minutes = models.PositiveIntegerField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    token_n = models.PositiveIntegerField(default=0)
    token_sha256 = models.CharField(max_length=64, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    status = models.CharField(max_length=24, default="unknown", db_index=True)
    substatus = models.CharField(max_length=32, blank=True)
    status_at = models.DateTimeField(null=True, blank=True)
    is_delayed = models.BooleanField(default=False)
    eta_at = models.DateTimeField(null=True, blank=True)
    state_version = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["partner", "-created_at"])]

    def __str__(self) -> str:
        return self.shipment_id


class Incident(models.Model):
    """Something that went wrong and waits for an operator; at most one open per code and subject."""

    class Severity(models.TextChoices):
        """How soon it must be looked at."""

        CRITICAL = "critical"
        HIGH = "high"
        MEDIUM = "medium"
        LOW = "low"

    code = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, help_text="The shipment, device or shard it is about.")
    shipment_id = models.CharField(max_length=64, blank=True)
    vehicle_id = models.CharField(max_length=64, blank=True)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    why = models.CharField(max_length=200)
    opened_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "subject"],
                condition=models.Q(resolved_at__isnull=True),
                name="one_open_incident_per_code_and_subject",
            )
        ]
        indexes = [models.Index(fields=["resolved_at", "opened_at"])]

    def __str__(self) -> str:
        return f"{self.code}: {self.subject}"
