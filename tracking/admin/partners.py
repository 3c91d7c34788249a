"""Admin of partners: their accounts, series of ids, and planned minutes of lanes."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from tracking.models import IdSeries, LanePlan, Partner
from tracking.pages.admin_fields import KeptPictureField
from tracking.pages.admin_lists import ExactSearch
from tracking.pages.admin_services import RefusingAdmin, ServiceAdmin, as_caller, read_as
from tracking.pages.brand import describe_brand, list_unreadable
from tracking.pictures import UnreadablePictureError
from tracking.services.partners.accounts import check_partner
from tracking.services.partners.lane_plans import keep_plan
from tracking.services.partners.logos import LogoTooLargeError, keep_logo, remove_logo
from tracking.services.requests.bodies import LaneChange
from tracking.services.requests.refusals import Mistake, RequestRefusedError

NO_PICTURE = "This file is not a JPEG or PNG that can be read."
BAD_COLOUR = "A # and six digits or letters from a to f, such as #0b6b57."


class PartnerForm(forms.ModelForm):
    """Form of a partner, with how its recipients' pages look and whom they name."""

    logo = KeptPictureField(
        required=False,
        help_text="A JPEG or PNG of at most 10 KB. It replaces the logo; empty: it stays.",
    )
    remove_logo = forms.BooleanField(label="Remove the logo", initial=False, required=False)

    class Meta:
        labels: ClassVar = {
            "contact_email": "E-mail of its engineers",
            "support_phone": "Phone for recipients",
            "support_email": "E-mail for recipients",
            "colour": "Colour",
            "dark_colour": "Colour, dark theme",
        }
        help_texts: ClassVar = {
            "name": "Recipients read it as the sender of their parcels.",
            "contact_email": "Told, for example, that a webhook endpoint is disabled.",
            "support_phone": "With country code, such as +918012345678.",
            "colour": "Of buttons and links, such as #0b6b57. Ours is used where it is hard to read.",
            "dark_colour": "Empty: the colour above is tried.",
        }
        error_messages: ClassVar = {
            "support_phone": {"invalid": "Country code and number without spaces, such as +918012345678."},
            "colour": {"invalid": BAD_COLOUR},
            "dark_colour": {"invalid": BAD_COLOUR},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.logo_file:
            del self.fields["remove_logo"]

    def clean_colour(self) -> str:
        """Return the colour in small letters, as it is stored."""
        return str(self.cleaned_data["colour"]).lower()

    def clean_dark_colour(self) -> str:
        """Return the colour of the dark theme in small letters, as it is stored."""
        return str(self.cleaned_data["dark_colour"]).lower()


@admin.register(Partner)
class PartnerAdmin(RefusingAdmin):
    """Partners with their contacts, and the looks of their recipients' pages."""

    form = PartnerForm
    logged_texts = ("partner_id", "name", "support_phone", "support_email", "logo", "colour", "dark_colour")
    list_display = ("partner_id", "name", "contact_email", "created_at")
    search_fields = ("partner_id__exact", "name")
    search_help_text = "A whole partner id, or a part of a name."
    fieldsets = (
        (None, {"fields": ("partner_id", "name", "contact_email", "created_at")}),
        (
            "Pages of its recipients",
            {"fields": ("support_phone", "support_email", "logo", "colour", "dark_colour")},
        ),
    )
    ordering = ("partner_id",)
    actions = None

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, with the logo and its removal if there is one."""
        if obj is None or not obj.logo_file:
            return self.fieldsets
        first, (title, looks) = self.fieldsets
        contacts, rest = looks["fields"][:2], looks["fields"][3:]
        return (first, (title, {"fields": (*contacts, "current_logo", "logo", "remove_logo", *rest)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the fields that cannot be changed: events and webhooks name a partner by its id."""
        return ("created_at",) if obj is None else ("partner_id", "created_at", "current_logo")

    @admin.display(description="Current logo")
    def current_logo(self, partner: Partner) -> str:
        """Return the logo as recipients see it."""
        brand = describe_brand(partner)
        return (
            format_html('<img src="{}" alt="Logo of {}" height="40">', brand.logo, partner) if brand else ""
        )

    def save_model(self, request: HttpRequest, obj: Partner, form: Any, change: bool) -> None:
        """Store the partner. Raises `RequestRefusedError` for an id or a logo that cannot be taken."""
        check_partner(obj)
        sent = form.cleaned_data.get("logo")
        if sent is not None:
            sent.seek(0)
            try:
                keep_logo(obj, sent.read())
            except UnreadablePictureError:
                raise RequestRefusedError([Mistake("/logo", "invalid", NO_PICTURE)]) from None
            except LogoTooLargeError as error:
                raise RequestRefusedError([Mistake("/logo", "invalid", str(error))]) from error
        elif form.cleaned_data.get("remove_logo"):
            remove_logo(obj)
        super().save_model(request, obj, form, change)
        for theme, colour in list_unreadable(obj):
            text = f"{colour} is hard to read in the {theme} theme: recipients see our colour there."
            self.message_user(request, text, messages.WARNING)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse it to everyone: shipments and keys go with their partner."""
        return False


class IdSeriesForm(forms.ModelForm):
    """Form of a series of ids."""

    class Meta:
        error_messages: ClassVar = {
            "prefix": {"invalid": "2 to 12 letters, digits, dots, dashes or underscores, such as SLX-."}
        }


@admin.register(IdSeries)
class IdSeriesAdmin(ExactSearch):
    """Series of ids; a new one must not overlap another."""

    form = IdSeriesForm
    list_display = ("prefix", "partner", "livemode", "created_at")
    logged_texts = ("prefix",)
    list_select_related = ("partner",)
    list_filter = ("livemode",)
    search_fields = ("prefix",)
    search_related = {"partner": "partner_id"}
    search_help_text = "A whole prefix or partner id."
    autocomplete_fields = ("partner",)
    readonly_fields = ("created_at",)
    ordering = ("prefix",)


@admin.register(LanePlan)
class LanePlanAdmin(ExactSearch, ServiceAdmin):
    """Planned minutes of a partner from hub to hub, the default of its bookings."""

    list_display = ("origin", "destination", "planned_minutes", "partner", "livemode", "updated_at")
    list_display_links = ("origin", "destination")
    list_select_related = ("partner", "origin", "destination")
    search_fields = ("origin__hub_id", "destination__hub_id")
    search_related = {"partner": "partner_id"}
    search_help_text = "A whole partner id or hub id."
    autocomplete_fields = ("partner", "origin", "destination")
    fields = ("partner", "livemode", "origin", "destination", "planned_minutes", "updated_at")
    ordering = ("-id",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the fields that name the lane, of a stored plan."""
        return (
            ("updated_at",)
            if obj is None
            else tuple(name for name in self.fields if name != "planned_minutes")
        )

    def add_row(self, request: HttpRequest, given: dict[str, Any]) -> LanePlan:
        """Set the plan of a lane; the one that it has is replaced."""
        caller = as_caller(request, given["partner"], livemode=given["livemode"])
        return self._keep(caller, given["origin"].hub_id, given["destination"].hub_id, given)

    def change_row(self, request: HttpRequest, obj: LanePlan, given: dict[str, Any]) -> LanePlan:
        """Set the plan again."""
        caller = as_caller(request, obj.partner, livemode=obj.livemode)
        return self._keep(caller, obj.origin.hub_id, obj.destination.hub_id, given)

    def _keep(self, caller: Any, origin: str, destination: str, given: dict[str, Any]) -> LanePlan:
        minutes = read_as(LaneChange, {"planned_minutes": given["planned_minutes"]}).planned_minutes
        return keep_plan(caller, origin, destination, minutes, timezone.now())
