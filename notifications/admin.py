"""The admin of this floor: deliveries, to be read and never changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from notifications.models import Delivery


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):
    """Every decision and what came of it; rows are written by the services alone."""

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

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one: a deleted claim is a message sent twice."""
        return False
