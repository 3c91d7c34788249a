"""Hubs, lane plans, and bookings with the read model."""

from datetime import time
from typing import Any, get_args

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Replace, Upper
from django.utils import timezone

from tracking.domain.calendars import REGIONS, HolidaysKept
from tracking.models.partners import Partner


def _make_plain_expression(column: str | Value, separators: str) -> Upper:
    """Return the column without these characters, in upper case: what different spellings have in common."""
    plain: Any = column
    for separator in separators:
        plain = Replace(plain, Value(separator), Value(""))
    return Upper(plain)


_IN_REFERENCES = "-._ #/:"
_PLAIN_ID = _make_plain_expression("shipment_id", "-._")
_PLAIN_REFERENCE = _make_plain_expression("reference", _IN_REFERENCES)


def is_reference(text: str) -> Q:
    """Return the condition that a booking has exactly this reference, found by the index of plain ones."""
    return Q(reference=text, plain_reference=_make_plain_expression(Value(text), _IN_REFERENCES))


class Hub(models.Model):
    """Hub where parcels are sorted or handed over; coordinates in degrees.

    Times are of the Indian clock. People get parcels from `delivers_from` to `delivers_until` on working days
    (digits of ISO weekdays, Monday is 1). Vans are loaded while the hub is open, until the cut-off; an empty
    time is no limit. `region` is the state whose holidays are kept (ISO 3166-2 letters); if empty, it is that
    of the PIN code.
    """

    hub_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    town = models.CharField(max_length=120)
    pin_code = models.CharField(max_length=6)
    lat = models.FloatField()
    lon = models.FloatField()
    delivers_from = models.TimeField(default=time(8))
    delivers_until = models.TimeField(default=time(21))
    working_days = models.CharField(
        max_length=7, default="1234567", validators=[RegexValidator(r"^(?!.*(.).*\1)[1-7]+$")]
    )
    opens_at = models.TimeField(null=True, blank=True)
    closes_at = models.TimeField(null=True, blank=True)
    cut_off_at = models.TimeField(null=True, blank=True)
    region = models.CharField(max_length=2, blank=True, choices=[(code, code) for code in REGIONS])
    # Street address for those who collect a parcel; empty where nobody may come.
    address = models.CharField(max_length=200, blank=True)
    # Days for which a parcel waits to be collected, the day of its arrival not counted.
    pickup_days = models.PositiveSmallIntegerField(default=7)
    holidays_kept = models.CharField(
        max_length=8, default="state", choices=[(kept, kept) for kept in get_args(HolidaysKept)]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(delivers_from__lt=F("delivers_until")), name="delivery_begins_before_it_ends"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Shipment(models.Model):
    """Booking (recipient, parcel, promise) and read model of a shipment, which is updated from the bus.

    The source of truth is the timeline in DynamoDB. The columns from `status` on serve search and lists, and
    can be rebuilt from it at any time. `partner` is null for a shipment that was scanned and never booked.
    """

    shipment_id = models.CharField(max_length=64, unique=True)
    plain_id = models.GeneratedField(
        expression=_PLAIN_ID, output_field=models.CharField(max_length=64), db_persist=True
    )
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="shipments"
    )
    reference = models.CharField(max_length=64, blank=True)
    plain_reference = models.GeneratedField(
        expression=_PLAIN_REFERENCE, output_field=models.CharField(max_length=64), db_persist=True
    )
    livemode = models.BooleanField(default=True)
    # Recipient, encrypted with the key in `RecipientKey`; services/partners/recipients.py reads it.
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
    # Rating by the recipient, from 1 to 5.
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    token_n = models.PositiveIntegerField(default=0)
    token_sha256 = models.CharField(max_length=64, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # Last change of the row, of the booking or of the read model.
    updated_at = models.DateTimeField(default=timezone.now)

    status = models.CharField(max_length=24, default="unknown", db_index=True)
    substatus = models.CharField(max_length=32, blank=True)
    status_at = models.DateTimeField(null=True, blank=True)
    is_delayed = models.BooleanField(default=False)
    # Failed attempts; null in a row that was written before they were kept.
    attempts = models.PositiveSmallIntegerField(null=True, blank=True)
    eta_at = models.DateTimeField(null=True, blank=True)
    state_version = models.PositiveBigIntegerField(default=0)
    # Time the ended shipment was written to the archive and read back.
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["partner", "-created_at"]),
            models.Index(fields=["partner", "updated_at"]),
            models.Index(fields=["plain_id"]),
            models.Index(fields=["plain_reference"]),
            models.Index(fields=["pin_code", "-id"]),
            # Small, and written once for each shipment: the figures of a day read it.
            models.Index(
                fields=["status_at"],
                name="ended_shipments_by_time",
                condition=Q(status__in=["delivered", "returned"]),
            ),
        ]

    def __str__(self) -> str:
        return self.shipment_id


class RecipientKey(models.Model):
    """Encrypted key of the recipient of one booking; without it the recipient's fields cannot be read.

    The table has no foreign key to the booking, so that it can be kept where backups are short-lived. Then
    deleting the key erases the recipient from backups of the bookings too. `phone_hash` finds the booking by
    the recipient's phone number: empty without a number, null in a row that was written before it existed.
    """

    shipment_id = models.CharField(max_length=64, unique=True)
    sealed_key = models.BinaryField()
    phone_hash = models.CharField(max_length=64, null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.shipment_id


class PhoneHashKey(models.Model):
    """Sealed key of the hashes of phone numbers; there is one row, which is random.

    It is stored, so that a change of the product's keys loses no hash.
    """

    name = models.CharField(max_length=16, unique=True)
    sealed_key = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class LanePlan(models.Model):
    """Planned minutes of a partner from one hub to another; learned statistics take precedence."""

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
