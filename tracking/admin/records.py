"""Admin of what is never changed by hand: bookings with the read model, and the audit log."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from tracking.admin.accounts import ReadOnly
from tracking.models import Shipment, StaffAction
from tracking.pages.admin_lists import ExactSearch
from tracking.pages.audit_words import ActionInWords, list_in_words
from tracking.services.reading.typed_numbers import find_bookings

# Entries of the audit log on the page of a shipment's history.
ENTRIES_SHOWN = 200


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

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the entries of the audit log about the shipment, newest first."""
        shipment = self.get_object(request, unquote(object_id))
        if shipment is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, shipment):
            raise PermissionDenied
        rows = StaffAction.objects.filter(shipment_id=shipment.shipment_id)[:ENTRIES_SHOWN]
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {shipment}",
            "opts": self.opts,
            "object": shipment,
            "entries": list_in_words(rows),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/shipment_history.html", context)

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

    list_display = ("when", "who", "role", "what", "about", "change", "reason")
    search_fields = ("actor", "shipment_id")
    search_help_text = "A whole account (staff_7) or shipment id."
    ordering = ("-id",)

    fields = (*list_display, "shipment_id", "request_id")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list with its entries in words, for which the names of all accounts are read at once."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        for said in list_in_words(changelist.result_list):
            said.action.in_words = said
        return changelist

    @admin.display(description="When", ordering="at")
    def when(self, action: StaffAction) -> str:
        """Return the time in India, with seconds."""
        return f"{localtime(action.at):%-d %b %Y, %H:%M:%S}"

    @admin.display(description="Account", ordering="actor")
    def who(self, action: StaffAction) -> str:
        """Return the name of the account."""
        return self._say(action).who

    @admin.display(description="Action", ordering="verb")
    def what(self, action: StaffAction) -> str:
        """Return what the account did."""
        return self._say(action).what

    @admin.display(description="Object")
    def about(self, action: StaffAction) -> str:
        """Return the object of the action."""
        return self._say(action).subject

    @admin.display(description="Change", empty_value="–")
    def change(self, action: StaffAction) -> str:
        """Return the values before and after."""
        return self._say(action).change

    def _say(self, action: StaffAction) -> ActionInWords:
        """Return the entry in words; those of a list are worked out together."""
        if not hasattr(action, "in_words"):
            action.in_words = list_in_words([action])[0]
        return action.in_words
