"""Writes on the console's page of a shipment: recipient and proofs in clear, notes, the customer's page."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tracking.pages.notices import add_notice
from tracking.pages.shipment_records import describe_audit, describe_proofs
from tracking.pages.shipments import find_booking
from tracking.pages.staff import staff_may
from tracking.services.operations import staff_recipients
from tracking.services.operations.shipment_notes import note_shipment
from tracking.services.operations.staff_recipients import make_customer_token, unmask_recipient
from tracking.services.requests.roles import Verb


@staff_may(Verb.UNMASK)
@require_POST
def unmask(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Render the recipient in clear, once; the shipment's page shows it masked again when it is loaded."""
    contact = unmask_recipient(request.staff, shipment_id)
    shown = {"contact": contact, "booking": find_booking(shipment_id)}
    return _show_in_clear(request, shipment_id, "ops/recipient.html", shown)


@staff_may(Verb.SEE_PROOFS)
@require_POST
def see_proofs(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Render the pictures of the proofs, once; the shipment's page names them only when it is loaded."""
    found = staff_recipients.see_proofs(request.staff, shipment_id)
    shown = {"proofs": describe_proofs(found, in_clear=True)}
    return _show_in_clear(request, shipment_id, "ops/proofs.html", shown)


def _show_in_clear(request: HttpRequest, shipment_id: str, panel: str, shown: dict[str, Any]) -> HttpResponse:
    """Render a panel in clear as a page; htmx gets it with the audit of the page, which has a new entry."""
    context = {"shipment_id": shipment_id, "in_clear": True, "panel": panel, **shown}
    if not request.htmx:
        return render(request, "ops/panel_page.html", context)
    return render(request, "ops/panel_answer.html", context | describe_audit(request.staff, shipment_id))


@staff_may(Verb.NOTE_SHIPMENT)
@require_POST
def add_note(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Add a note to the shipment, and show its page again."""
    note_shipment(request.staff, shipment_id, request.POST.get("note", ""), datetime.now(UTC))
    add_notice(request, "Note added.")
    return redirect(f"{reverse('ops:shipment', args=[shipment_id])}#notes")


@staff_may(Verb.SEE_AS_CUSTOMER)
@require_POST
def see_as_customer(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Redirect to the customer's page of the shipment."""
    return redirect("customer", token=make_customer_token(request.staff, shipment_id))
