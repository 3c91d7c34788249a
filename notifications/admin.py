"""Admin page of notifications: deliveries are read-only."""

from typing import Any

from django.contrib import admin

from notifications.models import Delivery
from tracking.pages.admin_lists import ExactSearch


@admin.register(Delivery)
class DeliveryAdmin(ExactSearch):
    """Read-only list of delivery decisions and outcomes; only the services write these rows."""

    list_display = (
        "claimed_at",
        "shipment_id",
        "trigger",
        "transport",
        "outcome",
        "reason",
        "attempts",
        "finished_at",
    )
    search_fields = ("shipment_id", "change_id")
    search_help_text = "A whole shipment or change id."
    ordering = ("-id",)
    actions = None
    fields = (
        "change_id recipient_id transport shipment_id trigger outcome reason attempts repeats occurred_at"
        " claimed_at due_at finished_at provider_id"
    ).split()

    def _refuse(self, *_: Any) -> bool:
        """Refuse the permission to everyone: deleting a claim by hand would send its message twice."""
        return False

    has_add_permission = has_change_permission = has_delete_permission = _refuse
