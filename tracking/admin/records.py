"""Admin of what is never changed by hand: bookings with the read model, and the audit log."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tracking.admin.accounts import ReadOnly
from tracking.models import Shipment, StaffAction
from tracking.pages.admin_lists import ExactSearch
from tracking.services.reading.typed_numbers import find_bookings


@admin.register(Shipment)
class ShipmentAdmin(ReadOnly):
    """Bookings without their recipients. Facts change through services, in the console or the API."""

    list_display = (
        "shipment_id",
        "partner",
        "status",
        "is_delayed",
        "status_at",
        "eta_at",
        "promised_to",
        "origin_hub",
        "destination_hub",
    )
    list_select_related = ("partner", "origin_hub", "destination_hub")
    search_fields = ("shipment_id__exact",)
    search_help_text = "A whole shipment id or order number, as people type it."
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("shipment_id", "console", "partner", "reference", "livemode", "created_at")}),
        (
            "Booking",
            {
                "fields": (
                    "origin_hub",
                    "destination_hub",
                    "pin_code",
                    "language",
                    "promised_from",
                    "promised_to",
                    "planned_minutes",
                    "cod_amount",
                )
            },
        ),
        (
            "State",
            {
                "fields": (
                    "status",
                    "substatus",
                    "status_at",
                    "is_delayed",
                    "eta_at",
                    "rating",
                    "state_version",
                    "updated_at",
                )
            },
        ),
    )
    readonly_fields = ("console",)

    @admin.display(description="Console")
    def console(self, shipment: Shipment) -> SafeString:
        """Return a link to the shipment's page in the console."""
        path = reverse("ops:shipment", args=[shipment.shipment_id])
        return format_html('<a href="{}">Timeline, messages and incidents</a>', path)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Shipment], search_term: str
    ) -> tuple[QuerySet[Shipment], bool]:
        """Find bookings as the console does, by indexed columns alone."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=[row.pk for row in find_bookings(search_term)]), False


@admin.register(StaffAction)
class StaffActionAdmin(ExactSearch, ReadOnly):
    """Read-only list of the audit log."""

    list_display = ("at", "actor", "role", "verb", "subject", "reason", "request_id")
    search_fields = ("actor", "shipment_id")
    search_help_text = "A whole account (staff_7) or shipment id."
    ordering = ("-id",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return all fields of an entry."""
        return [field.name for field in StaffAction._meta.fields if field.name != "id"]  # noqa: SLF001 - documented API of models
