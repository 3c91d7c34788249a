"""Incidents that wait for an operator, their notes, saved views of their queue; checks of attempts."""

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.dispatch import Signal
from django.utils import timezone

# Sent with `incident` when one was opened or resolved, in the transaction that did it.
incident_changed = Signal()


class Incidents(models.QuerySet["Incident"]):
    """Incidents; a resolution by query is announced as well, for which Django has no signal."""

    def update(self, **fields: Any) -> int:
        """Update the rows; announce those that this resolves by `incident_changed`."""
        if fields.get("resolved_at") is None:
            return super().update(**fields)
        with transaction.atomic():
            touched = list(self.values_list("pk", flat=True))
            changed = super().update(**fields)
            resolved = Incident.objects.filter(pk__in=touched, resolved_at__isnull=False) if changed else ()
            for incident in resolved:
                incident_changed.send(Incident, incident=incident)
        return changed


class Incident(models.Model):
    """Problem that waits for an operator; at most one is open per code and subject.

    `owner` is the account of staff that works on it. `version` grows by one with each change; `last_action`,
    `changed_by` and `changed_at` say what the newest change was, who made it and when. At `day_moved_at` the
    delivery was moved to the `agreed_day`.
    """

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
    owner = models.CharField(max_length=64, blank=True)
    agreed_day = models.DateField(null=True, blank=True, help_text="Indian day, agreed with the recipient.")
    day_moved_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    last_action = models.CharField(max_length=16, blank=True)
    changed_by = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    objects = Incidents.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "subject"],
                condition=models.Q(resolved_at__isnull=True),
                name="one_open_incident_per_code_and_subject",
            )
        ]
        indexes = [
            models.Index(fields=["resolved_at", "opened_at"]),
            models.Index(fields=["shipment_id", "resolved_at"]),
            models.Index(
                fields=["resolved_at"],
                condition=models.Q(agreed_day__isnull=False, day_moved_at__isnull=True),
                name="agreed_days_to_move",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the incident; announce a new one, and one that is resolved, by `incident_changed`."""
        is_new = self._state.adding
        with transaction.atomic():
            super().save(*args, **kwargs)
            if is_new or self.resolved_at is not None:
                incident_changed.send(Incident, incident=self)


class IncidentNote(models.Model):
    """Note of an account of staff on an incident. It holds no phone numbers and e-mail addresses."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=64)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.actor}: {self.text[:40]}"


class SavedView(models.Model):
    """Filters of the incident queue that an account of staff has saved under a name."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    filters = models.CharField(max_length=400, help_text="Query string of the queue's address.")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_saved_view_per_name")]

    def __str__(self) -> str:
        return self.name


class AttemptCheck(models.Model):
    """Shipment with an attempt or a delivery whose evidence is still to be computed, or computed again."""

    shipment_id = models.CharField(max_length=64, unique=True)
    # When the positions are read next, and how often they have been read.
    due_at = models.DateTimeField(db_index=True)
    looks = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.shipment_id
