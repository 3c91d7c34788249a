"""Admin of the network: hubs with their hours, and vehicles."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from tracking.models import Hub, Shipment, Vehicle
from tracking.pages.admin_fields import WeekdaysField
from tracking.pages.admin_lists import ExactSearch
from tracking.pages.admin_services import (
    Button,
    RefusingAdmin,
    ServiceAdmin,
    as_caller,
    list_errors,
    read_as,
)
from tracking.pages.pickup import format_days
from tracking.ports import ports
from tracking.services.operations.hubs import check_hub, find_other_region, list_mistakes
from tracking.services.partners.drivers import NAME_LENGTH, keep_driver
from tracking.services.partners.vehicles import change_vehicle, register_vehicle, remove_vehicle
from tracking.services.requests.bodies import NewVehicle, VehicleChange
from tracking.services.requests.refusals import RequestRefusedError


class HubForm(forms.ModelForm):
    """Form of a hub, which says everything that is wrong at once."""

    working_days = WeekdaysField(initial="1234567", help_text="Days on which it delivers.")
    state_is_right = forms.BooleanField(label="The state is right", initial=False, required=False)

    class Meta:
        labels: ClassVar = {
            "hub_id": "Hub id",
            "pin_code": "PIN code",
            "lat": "Latitude",
            "lon": "Longitude",
            "region": "State",
            "cut_off_at": "Cut-off",
        }
        help_texts: ClassVar = {
            "hub_id": "Devices and partners name the hub by it, such as BLR-PNY. It cannot be changed later.",
            "name": "Recipients read it.",
            "lat": "Degrees, such as 13.0290.",
            "lon": "Degrees, such as 77.5190.",
            "region": "Its code on number plates; decides which holidays are kept.",
            "cut_off_at": "Parcels that arrive later leave on the next working day.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if _find_other_state(self.data) is None:
            del self.fields["state_is_right"]

    def clean(self) -> dict[str, Any]:
        """Add what no hub can have to the mistakes of the fields themselves."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        # A few PIN codes lie in another state than their neighbours, so the state can be confirmed.
        if "state_is_right" in self.fields and not given.get("state_is_right"):
            pin_code, other = given.get("pin_code"), _find_other_state(self.data)
            text = (
                f"PIN code {pin_code} is one of {other}. Correct it or the state, or confirm the state below."
            )
            self.add_error("region", text)
        for field, text in list_errors(RequestRefusedError(list_mistakes(given))):
            self.add_error(field, text)
        return given


def _find_other_state(sent: Mapping[str, Any]) -> str | None:
    """Return the state of the PIN code that a form has sent, if the form names another one."""
    return find_other_region(sent.get("pin_code"), sent.get("region"))


@admin.register(Hub)
class HubAdmin(RefusingAdmin):
    """Hubs with their delivery hours, opening, cut-off and holidays; the Indian clock."""

    form = HubForm
    logged_texts = ("hub_id", "name", "town", "pin_code")
    list_display = (
        "hub_id",
        "name",
        "town",
        "delivers_from",
        "delivers_until",
        "delivers_on",
        "cut_off_at",
        "region",
    )
    search_fields = ("hub_id__exact", "name", "town")
    search_help_text = "A whole hub id, or a part of a name or town."
    ordering = ("hub_id",)
    actions = None
    fieldsets = (
        (None, {"fields": ("hub_id", "name", "town", "pin_code", ("lat", "lon"))}),
        (
            "Delivery",
            {
                "fields": (("delivers_from", "delivers_until"), "working_days", "region", "holidays_kept"),
            },
        ),
        ("Loading", {"fields": (("opens_at", "closes_at"), "cut_off_at")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields; one confirms a state that is not the usual one of the PIN code."""
        if _find_other_state(request.POST) is None:
            return self.fieldsets
        first, (title, delivery), last = self.fieldsets
        days, week, region, kept = delivery["fields"]
        return (first, (title, {"fields": (days, week, region, "state_is_right", kept)}), last)

    @admin.display(description="Delivers on")
    def delivers_on(self, obj: Hub) -> str:
        """Return the working days in words: as digits they read like a PIN code."""
        return format_days(obj.working_days)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the id of a stored hub: scans and bookings name it."""
        return () if obj is None else ("hub_id",)

    def save_model(self, request: HttpRequest, obj: Hub, form: Any, change: bool) -> None:
        """Store the hub. Raises `RequestRefusedError` for a place that no hub can have."""
        check_hub(obj)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Permit it for a hub that no booking names."""
        if obj is None:
            return True
        return not any(
            Shipment.objects.filter(**{side: obj}).exists() for side in ("origin_hub", "destination_hub")
        )


class VehicleForm(forms.ModelForm):
    """Form of a vehicle, with the contact of its driver, which no page of the admin shows."""

    driver_name = forms.CharField(
        max_length=NAME_LENGTH,
        required=False,
        help_text="Replaces the driver. If name and phone are both empty, the driver stays.",
    )
    driver_phone = forms.CharField(max_length=40, required=False)


@admin.register(Vehicle)
class VehicleAdmin(ExactSearch, ServiceAdmin):
    """Vehicles that report positions. Owner and class also go to the store that the line reads."""

    list_display = ("vehicle_id", "partner", "livemode", "label", "vehicle_class", "created_at")
    list_select_related = ("partner",)
    search_fields = ("vehicle_id",)
    search_related = {"partner": "partner_id"}
    search_help_text = "A whole vehicle id or partner id."
    autocomplete_fields = ("partner",)
    ordering = ("-id",)
    form = VehicleForm
    logged_texts = ("vehicle_id", "label", "cohort")
    fields = (
        "vehicle_id",
        "partner",
        "livemode",
        "label",
        "vehicle_class",
        "cohort",
        "driver_name",
        "driver_phone",
        "created_at",
    )
    changed_fields = ("label", "vehicle_class", "cohort", "driver_name", "driver_phone")
    buttons = (
        Button("forget_driver", "Remove driver", "The driver is removed."),
        Button(
            "remove",
            "Remove",
            "Removed.",
            "Its manifests are deleted too, and reports of its device belong to nobody.",
            ends_row=True,
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the fields that cannot be changed of a stored vehicle."""
        if obj is None:
            return ("created_at",)
        return tuple(name for name in self.fields if name not in self.changed_fields)

    def add_row(self, request: HttpRequest, given: dict[str, Any]) -> Vehicle:
        """Register the vehicle."""
        caller = as_caller(request, given["partner"], livemode=given["livemode"])
        sent = self._list_sent(given) | {"vehicle_id": given["vehicle_id"]}
        vehicle = register_vehicle(ports().vehicles, caller, read_as(NewVehicle, sent))
        return self._keep_driver(vehicle, given)

    def change_row(self, request: HttpRequest, obj: Vehicle, given: dict[str, Any]) -> Vehicle:
        """Change label, class, cohort and driver."""
        caller = as_caller(request, obj.partner, livemode=obj.livemode)
        change = read_as(VehicleChange, self._list_sent(given))
        return self._keep_driver(change_vehicle(ports().vehicles, caller, obj.vehicle_id, change), given)

    def forget_driver(self, request: HttpRequest, vehicle: Vehicle) -> None:
        """Remove the contact of the driver."""
        keep_driver(vehicle, "", "")

    def _keep_driver(self, vehicle: Vehicle, given: dict[str, Any]) -> Vehicle:
        if given["driver_name"] or given["driver_phone"]:
            keep_driver(vehicle, given["driver_name"], given["driver_phone"])
        return vehicle

    def remove(self, request: HttpRequest, vehicle: Vehicle) -> None:
        """Delete the vehicle and its manifests, unless one is open."""
        caller = as_caller(request, vehicle.partner, livemode=vehicle.livemode)
        remove_vehicle(ports().vehicles, caller, vehicle.vehicle_id)

    def _list_sent(self, given: dict[str, Any]) -> dict[str, str]:
        return {
            "label": given["label"],
            "class": given["vehicle_class"],
            "cohort": given["cohort"],
        }
