"""Writes on the console's page of a shipment: the recipient in clear, and the customer's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tracking.pages.staff import staff_may
from tracking.services.operations.staff_recipients import make_customer_token, unmask_recipient
from tracking.services.requests.roles import Verb


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
