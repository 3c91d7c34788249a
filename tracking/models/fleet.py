"""Vehicles of partners, and manifests: which shipments a vehicle carries, in which order, and when."""

from django.db import models
from django.utils import timezone

from tracking.models.partners import Partner


class Vehicle(models.Model):
    """Vehicle that reports positions. Its id is the one its device sends, so it is unique across partners."""

    vehicle_id = models.CharField(max_length=64, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="vehicles")
    livemode = models.BooleanField(default=True)
    label = models.CharField(max_length=120, blank=True)
    vehicle_class = models.CharField(max_length=24, blank=True)
    cohort = models.CharField(max_length=40, blank=True)
    # Name and phone number of the driver, sealed; services/partners/drivers.py reads and writes them.
    driver_sealed = models.BinaryField(default=b"", db_default=b"", editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.vehicle_id


class Manifest(models.Model):
    """Manifest of one run of a vehicle: its time and its stops. Open until it is closed.

    `version` grows by one with each change of the stops, so that an older copy never replaces a newer one.
    """

    manifest_id = models.CharField(max_length=40, unique=True)
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="manifests")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    # Shown to recipients whose parcel is on its way to their door, and to nobody else.
    driver_first_name = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["vehicle", "closed_at"])]

    def __str__(self) -> str:
        return self.manifest_id


class Stop(models.Model):
    """Stop of a shipment on a manifest. A shipment is on one open manifest at most.

    `open` is True while the manifest is open and null afterwards, so that a database constraint holds this.
    """

    manifest = models.ForeignKey(Manifest, on_delete=models.CASCADE, related_name="stops")
    shipment_id = models.CharField(max_length=64)
    sequence = models.PositiveIntegerField()
    open = models.BooleanField(null=True, default=True)

    class Meta:
        ordering = ["sequence", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["shipment_id", "open"], name="one_open_manifest_per_shipment"),
            models.UniqueConstraint(fields=["manifest", "shipment_id"], name="one_stop_per_shipment"),
        ]

    def __str__(self) -> str:
        return f"{self.manifest_id} {self.sequence}: {self.shipment_id}"
