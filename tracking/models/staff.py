"""Staff: what an account is limited to, the audit log, notes on shipments, corrections to be confirmed."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from tracking.models.partners import Partner
from tracking.models.shipments import Hub


class StaffScope(models.Model):
    """Hubs and partners that an account of staff is limited to. An empty list does not limit."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_scope"
    )
    hubs = models.ManyToManyField(
        Hub, blank=True, related_name="+", help_text="Shipments from or to these hubs; none: all hubs."
    )
    partners = models.ManyToManyField(
        Partner, blank=True, related_name="+", help_text="Shipments of these partners; none: all partners."
    )

    def __str__(self) -> str:
        return f"scope of account {self.user_id}"


class AppendOnlyError(TypeError):
    """Raised when a row of an append-only table is to be changed or deleted."""


class AppendOnlyRows(models.QuerySet[Any]):
    """Rows that can be read and added, and never changed or deleted."""

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse the change."""
        raise AppendOnlyError("The audit log is append-only.")

    update = delete = bulk_update = _raw_delete = _refuse

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Add rows. Raises `AppendOnlyError` if existing rows would be changed on a conflict."""
        if kwargs.get("update_conflicts"):
            self._refuse()
        return super().bulk_create(*args, **kwargs)


class StaffAction(models.Model):
    """Entry of the audit log: who did what to which object, in which role, and why.

    Entries are never changed or deleted: this class refuses it, and so does a trigger of the database.
    `actor` names the account and is no foreign key, so that an entry survives the account.
    """

    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=64)
    role = models.CharField(max_length=16)
    verb = models.CharField(max_length=40)
    subject = models.CharField(max_length=120, help_text="Kind and id of the object: `shipment SLX-1`.")
    shipment_id = models.CharField(max_length=64, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects = AppendOnlyRows.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["actor", "-id"]),
            models.Index(fields=["shipment_id"]),
            models.Index(fields=["at"]),
        ]
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.actor}: {self.verb} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry. Raises `AppendOnlyError` for an entry that is stored already."""
        if not self._state.adding:
            raise AppendOnlyError("The audit log is append-only.")
        super().save(*args, **(kwargs | {"force_insert": True}))

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Raise `AppendOnlyError`."""
        raise AppendOnlyError("The audit log is append-only.")


class ShipmentNote(models.Model):
    """Internal note of an account of staff on a shipment. It holds no phone numbers and e-mail addresses.

    It is erased together with the recipient: what else is written in it cannot be known.
    """

    shipment_id = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=64)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.actor} on {self.shipment_id}: {self.text[:40]}"


class AskedCorrection(models.Model):
    """Correction of a delivery that one account has asked for and another must confirm.

    `correction` is the body of the API as JSON. An event has one open request at most; `outcome` is empty
    while it is open, then `confirmed` or `declined`.
    """

    shipment_id = models.CharField(max_length=64, db_index=True)
    event_id = models.CharField(max_length=64)
    correction = models.JSONField()
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shipment_id", "event_id"],
                condition=models.Q(outcome=""),
                name="one_open_correction_per_event",
            )
        ]

    def __str__(self) -> str:
        return f"{self.shipment_id} {self.event_id}"
