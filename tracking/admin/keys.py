"""Admin of the API keys of partners."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from tracking.api.keys import SCOPE_TEXTS, SCOPES, issue_key, revoke_key, rotate_key
from tracking.models import ApiKey
from tracking.pages.admin_lists import ExactSearch
from tracking.pages.admin_services import Button, Secret, ServiceAdmin

# A rotated key stays valid for this time, as with `manage.py issue_key --rotate`.
OVERLAP = timedelta(hours=24)
# What the shop of a partner needs; scopes of its vehicles, proofs and corrections are ticked by hand.
USUAL_SCOPES = [
    scope for scope in SCOPES if scope not in ("events:correct", "vehicles:write", "proofs:write")
]


class KeyForm(forms.ModelForm):
    """Form of a new key."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope}: {text}") for scope, text in SCOPE_TEXTS.items()],
        initial=USUAL_SCOPES,
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
