"""Admin of webhook endpoints: created, changed, rotated and deleted by the services of the API."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from notifications.webhooks.endpoints import (
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    rotate_endpoint,
)
from notifications.webhooks.models import WebhookEndpoint
from notifications.webhooks.requests import FILTER_NAMES, EndpointChange, NewEndpoint
from notifications.webhooks.rules.filters import ALL_OF_SHIPMENTS
from tracking.domain.status import Status
from tracking.pages.admin_lists import ExactSearch
from tracking.pages.admin_services import Button, Secret, ServiceAdmin, as_caller, read_as
from tracking.ports import ports


class EndpointForm(forms.ModelForm):
    """Form of an endpoint: its URL and its filter."""

    url = forms.CharField(
        label="URL", max_length=2000, widget=forms.TextInput(attrs={"class": "vLargeTextField"})
    )
    types = forms.MultipleChoiceField(
        choices=[(name, name) for name in FILTER_NAMES],
        initial=[ALL_OF_SHIPMENTS],
        widget=forms.CheckboxSelectMultiple,
        help_text="shipment.* stands for each type of a shipment's changes.",
    )
    statuses = forms.MultipleChoiceField(
        choices=[(str(status), str(status)) for status in Status],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: changes to any status.",
    )


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ExactSearch, ServiceAdmin):
    """Endpoints of partners. The secret is shown once, when it is made."""

    form = EndpointForm
    list_display = ("endpoint_id", "partner", "livemode", "url", "failing_since", "disabled_at")
    list_select_related = ("partner",)
    search_fields = ("endpoint_id",)
    search_related = {"partner": "partner_id"}
    search_help_text = "A whole endpoint id or partner id."
    autocomplete_fields = ("partner",)
    ordering = ("-id",)
    new_fields = ("partner", "livemode", "url", "types", "statuses", "thin")
    known_fields = (
        "endpoint_id partner livemode created_at failing_since disabled_at disabled_reason rotated_at".split()
    )
    buttons = (
        Button("enable", "Enable", "Enabled."),
        Button("disable", "Disable", "Disabled.", "What waits for it is not sent."),
        Button("rotate", "Rotate the secret", "Rotated; the older secret signs too for 24 hours."),
        Button("remove", "Delete", "Deleted.", "Its deliveries are deleted too.", ends_row=True),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields of the form, and for a stored endpoint what is known of it."""
        return self.new_fields if obj is None else (*self.known_fields, "url", "types", "statuses", "thin")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields that services alone set."""
        return () if obj is None else self.known_fields

    def get_buttons(self, obj: WebhookEndpoint) -> tuple[Button, ...]:
        """Return the buttons without the one for the state that the endpoint has."""
        left_out = "enable" if obj.disabled_at is None else "disable"
        return tuple(button for button in self.buttons if button.method != left_out)

    def add_row(self, request: HttpRequest, given: dict[str, Any]) -> WebhookEndpoint:
        """Create the endpoint; its secret is shown in the answer."""
        caller = as_caller(request, given.pop("partner"), livemode=given.pop("livemode"))
        made = create_endpoint(caller, read_as(NewEndpoint, given), timezone.now())
        request.secret = Secret("webhook secret", made.secret)
        return made.endpoint

    def change_row(
        self, request: HttpRequest, obj: WebhookEndpoint, given: dict[str, Any]
    ) -> WebhookEndpoint:
        """Change URL, filter and form of the bodies."""
        return self._change(request, obj, read_as(EndpointChange, given))

    def enable(self, request: HttpRequest, endpoint: WebhookEndpoint) -> None:
        """Enable the endpoint."""
        self._change(request, endpoint, EndpointChange(enabled=True))

    def disable(self, request: HttpRequest, endpoint: WebhookEndpoint) -> None:
        """Disable the endpoint, and drop what waits for it."""
        self._change(request, endpoint, EndpointChange(enabled=False))

    def rotate(self, request: HttpRequest, endpoint: WebhookEndpoint) -> Secret:
        """Replace the secret."""
        made = rotate_endpoint(_caller(request, endpoint), endpoint.endpoint_id, timezone.now())
        return Secret("webhook secret", made.secret)

    def remove(self, request: HttpRequest, endpoint: WebhookEndpoint) -> None:
        """Delete the endpoint with its deliveries."""
        delete_endpoint(ports().live, _caller(request, endpoint), endpoint.endpoint_id, timezone.now())

    def _change(
        self, request: HttpRequest, endpoint: WebhookEndpoint, change: EndpointChange
    ) -> WebhookEndpoint:
        caller = _caller(request, endpoint)
        return change_endpoint(ports().live, caller, endpoint.endpoint_id, change, timezone.now())


def _caller(request: HttpRequest, endpoint: WebhookEndpoint) -> Any:
    return as_caller(request, endpoint.partner, livemode=endpoint.livemode)
