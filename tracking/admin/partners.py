"""Admin of partners: their accounts, series of ids, API keys, and planned minutes of lanes."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from tracking.api.keys import SCOPES, issue_key, revoke_key, rotate_key
from tracking.models import ApiKey, IdSeries, LanePlan, Partner
from tracking.pages.admin_fields import KeptPictureField
from tracking.pages.admin_lists import ExactSearch
from tracking.pages.admin_services import Button, RefusingAdmin, Secret, ServiceAdmin, as_caller, read_as
from tracking.pictures import UnreadablePictureError
from tracking.services.partners.accounts import check_partner
from tracking.services.partners.lane_plans import keep_plan
from tracking.services.partners.logos import LogoTooLargeError, keep_logo
from tracking.services.requests.bodies import LaneChange
from tracking.services.requests.refusals import Mistake, RequestRefusedError

# A rotated key stays valid for this time, as with `manage.py issue_key --rotate`.
OVERLAP = timedelta(hours=24)
NO_PICTURE = "This file is not a JPEG or PNG that can be read."
BAD_COLOUR = "A # and six digits or letters from a to f, such as #0b6b57."


class PartnerForm(forms.ModelForm):
    """Form of a partner, with how its recipients' pages look and whom they name."""

    logo = KeptPictureField(
        required=False,
        help_text="A JPEG or PNG of at most 10 KB. It replaces the logo; empty: it stays.",
    )

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

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the fields that cannot be changed: events and webhooks name a partner by its id."""
        return ("created_at",) if obj is None else ("partner_id", "created_at")

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
        super().save_model(request, obj, form, change)

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


class KeyForm(forms.ModelForm):
    """Form of a new key."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in SCOPES],
        initial=SCOPES,
        help_text="What the key may do. Leave only what its user needs.",
        widget=forms.CheckboxSelectMultiple,
    )
    livemode = forms.BooleanField(
        label="Live", initial=True, required=False, help_text="Without it: a key for test shipments only."
    )
    limit_factor = forms.IntegerField(
        min_value=1,
        max_value=1000,
        initial=1,
        help_text="Multiple of the usual limits: 2 permits twice as many.",
    )
    name = forms.CharField(max_length=60, required=False, help_text="What it is used for, as “ERP in Pune”.")
    expires_in_days = forms.IntegerField(
        min_value=1, max_value=3650, required=False, help_text="Empty: it never expires."
    )


@admin.register(ApiKey)
class ApiKeyAdmin(ExactSearch, ServiceAdmin):
    """API keys. The key itself is shown once; a stored key can be rotated and revoked, and not changed."""

    form = KeyForm
    logged_texts = ("name",)
    list_display = ("key_id", "name", "partner", "livemode", "state", "expires_at", "last_used_at")
    list_select_related = ("partner",)
    list_filter = ("livemode",)
    search_fields = ("key_id",)
    search_related = {"partner": "partner_id"}
    search_help_text = "A whole key id (the third part of the key) or partner id."
    autocomplete_fields = ("partner",)
    ordering = ("-id",)
    new_fields = ("partner", "name", "livemode", "scopes", "limit_factor", "expires_in_days")
    kept_fields = (
        *("key_id", "name", "partner", "livemode", "granted", "limit_factor"),
        *("created_at", "expires_at", "revoked_at", "last_used_at"),
    )
    buttons = (
        Button("rotate", "Rotate", "The key is replaced; both keys work for 24 hours."),
        Button(
            "revoke",
            "Revoke",
            "The key is revoked: requests with it are refused from now on.",
            "It stops working at once, and for ever.",
        ),
    )

    def get_form(
        self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """Return the form of a new key; a stored one has no field to change."""
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, *args, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what a new key is made from, or what is known of a stored one."""
        return self.new_fields if obj is None else self.kept_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return all fields of a stored key."""
        return () if obj is None else self.kept_fields

    @admin.display(description="Scopes")
    def granted(self, key: ApiKey) -> str:
        """Return the scopes in one line."""
        return ", ".join(key.scopes)

    def get_buttons(self, obj: ApiKey) -> tuple[Button, ...]:
        """Return none for a key that has ended."""
        return self.buttons if self.state(obj) == "valid" else ()

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        """Return whether the key is valid, revoked or expired."""
        if key.revoked_at is not None:
            return "revoked"
        return "expired" if key.expires_at is not None and key.expires_at <= timezone.now() else "valid"

    def add_row(self, request: HttpRequest, given: dict[str, Any]) -> ApiKey:
        """Issue the key; it is shown in the answer."""
        days = given.pop("expires_in_days")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        return self._keep_secret(request, issue_key(given.pop("partner"), expires_at=expires_at, **given))

    def rotate(self, request: HttpRequest, key: ApiKey) -> Secret:
        """Issue a key with the same rights."""
        self._keep_secret(request, rotate_key(key, timezone.now(), OVERLAP))
        return request.secret

    def revoke(self, request: HttpRequest, key: ApiKey) -> None:
        """End the key."""
        revoke_key(key, timezone.now())

    def _keep_secret(self, request: HttpRequest, key: str) -> ApiKey:
        request.secret = Secret("API key", key)
        return ApiKey.objects.get(key_id=key.split("_")[2])


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
