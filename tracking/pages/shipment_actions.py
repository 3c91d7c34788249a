"""Writes on the console's page of a shipment: its incidents, and the recipient in clear."""

from datetime import UTC, datetime
from typing import get_args

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tracking.models import Incident
from tracking.pages.staff import staff_may
from tracking.ports import ports
from tracking.services.operations.incidents import push_incidents
from tracking.services.operations.staff_incidents import acknowledge_as_staff, resolve_as_staff
from tracking.services.operations.staff_recipients import make_customer_token, unmask_recipient
from tracking.services.requests.bodies import Resolution
from tracking.services.requests.roles import Verb

RESOLUTIONS: tuple[str, ...] = get_args(Resolution.__annotations__["resolution_code"])


@staff_may(Verb.ACKNOWLEDGE)
@require_POST
def acknowledge(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Acknowledge an incident."""
    return _show_again(acknowledge_as_staff(request.staff, incident_id, datetime.now(UTC)))


@staff_may(Verb.RESOLVE)
@require_POST
def resolve(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Resolve an incident with a code."""
    code = request.POST.get("resolution", "")
    if code not in RESOLUTIONS:
        return HttpResponseBadRequest("No such resolution.")
    resolution = Resolution(resolution_code=code)
    return _show_again(resolve_as_staff(request.staff, incident_id, resolution, datetime.now(UTC)))


@staff_may(Verb.UNMASK)
@require_POST
def unmask(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Render the recipient in clear, once; the shipment's page shows it masked again when it is loaded."""
    contact = unmask_recipient(request.staff, shipment_id)
    context = {"shipment_id": shipment_id, "contact": contact, "in_clear": True}
    template = "ops/recipient.html" if request.htmx else "ops/recipient_page.html"
    return render(request, template, context)


@staff_may(Verb.SEE_AS_CUSTOMER)
@require_POST
def see_as_customer(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Redirect to the customer's page of the shipment."""
    return redirect("customer", token=make_customer_token(request.staff, shipment_id))


def _show_again(incident: Incident) -> HttpResponse:
    push_incidents(ports().live, [incident])
    return redirect("ops:shipment", incident.shipment_id) if incident.shipment_id else redirect("ops:fleet")
