"""Admin page of notifications: deliveries are read-only."""

from typing import Any

from django.contrib import admin

from notifications.models import Delivery


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):
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
    list_filter = ("outcome", "reason", "transport", "trigger")
    search_fields = ("=shipment_id", "=change_id", "=recipient_id")
    search_help_text = "A whole shipment, change or recipient id."
    ordering = ("-id",)
    show_full_result_count = False

    def _refuse(self, *_: Any) -> bool:
        """Refuse the permission to everyone: deleting a claim by hand would send its message twice."""
        return False

    has_add_permission = has_change_permission = has_delete_permission = _refuse
