"""Hubs, lanes between them, and bookings with the read model beside them."""

from django.db import models
from django.utils import timezone

from tracking.models.partners import Partner


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
    # Who receives it, sealed under the key of `RecipientKey`; services/partners/recipients.py reads it.
    recipient_sealed = models.BinaryField(default=b"", blank=True)
    pin_code = models.CharField(max_length=6, blank=True)
    language = models.CharField(max_length=2, default="en")
    # Whether the recipient agreed to be notified, by the name of the transport; none is as good as no.
    consents = models.JSONField(default=dict, blank=True)
    origin_hub = models.ForeignKey(
        Hub, null=True, blank=True, on_delete=models.PROTECT, related_name="outbound"
    )
    destination_hub = models.ForeignKey(
        Hub, null=True, blank=True, on_delete=models.PROTECT, related_name="inbound"
    )
    promised_from = models.DateTimeField(null=True, blank=True)
    promised_to = models.DateTimeField(null=True, blank=True)
    planned_minutes = models.PositiveIntegerField(null=True, blank=True)
    cod_amount = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    # From 1 to 5, by the recipient.
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    token_n = models.PositiveIntegerField(default=0)
    token_sha256 = models.CharField(max_length=64, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # When anything of the row last changed, the booking or what the bus told of it.
    updated_at = models.DateTimeField(default=timezone.now)

    status = models.CharField(max_length=24, default="unknown", db_index=True)
    substatus = models.CharField(max_length=32, blank=True)
    status_at = models.DateTimeField(null=True, blank=True)
    is_delayed = models.BooleanField(default=False)
    eta_at = models.DateTimeField(null=True, blank=True)
    state_version = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["partner", "-created_at"]),
            models.Index(fields=["partner", "updated_at"]),
        ]

    def __str__(self) -> str:
        return self.shipment_id


class RecipientKey(models.Model):
    """The key of one booking's recipient, itself sealed; without it the recipient's fields are noise.

    It stands apart from the booking, by id and without a foreign key, so that the table can live where no
    backup outlasts it: destroying the key then clears the backups of the bookings too.
    """

    shipment_id = models.CharField(max_length=64, unique=True)
    sealed_key = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.shipment_id


class LanePlan(models.Model):
    """How long a partner plans from one hub to another, in minutes; what we have learned comes before it."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="lanes")
    livemode = models.BooleanField(default=True)
    origin = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="+")
    destination = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="+")
    planned_minutes = models.PositiveIntegerField()
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "livemode", "origin", "destination"], name="one_plan_per_lane"
            )
        ]

    def __str__(self) -> str:
        return f"{self.origin_id} -> {self.destination_id}: {self.planned_minutes} min"
