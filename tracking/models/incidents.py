"""Incidents: problems that wait for an operator. Checks: attempts that wait for their evidence."""

from django.db import models
from django.utils import timezone


class Incident(models.Model):
    """Problem that waits for an operator; at most one is open per code and subject."""

    class Severity(models.TextChoices):
        """Urgency of an incident."""

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
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=64, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=64, blank=True)
    resolution_code = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=200, blank=True)

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


class AttemptCheck(models.Model):
    """Shipment with an attempt or a delivery whose evidence is still to be computed, or computed again."""

    shipment_id = models.CharField(max_length=64, unique=True)
    # When the positions are read next, and how often they have been read.
    due_at = models.DateTimeField(db_index=True)
    looks = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.shipment_id
