"""Console page of one shipment: where it stands, its incidents, and every event with its verdict."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from tracking.domain.errors import TransientError
from tracking.domain.explain import Explained
from tracking.domain.shipment import ShipmentState
from tracking.models import Incident
from tracking.pages.corrections import describe_requests, list_correctable
from tracking.pages.incident_cards import list_cards
from tracking.pages.incidents import describe_actions, describe_card
from tracking.pages.late_reason import say_lateness_to_staff
from tracking.pages.notices import show_again
from tracking.pages.shipment_eta import describe_eta
from tracking.pages.shipment_records import describe_records
from tracking.pages.shipment_timeline import make_rows
from tracking.pages.shipment_track import describe_track
from tracking.pages.shipments import check_visible, find_booking
from tracking.pages.staff import staff_only
from tracking.ports import ports
from tracking.services.operations.incident_changes import list_rows
from tracking.services.operations.incident_queue import find_bookings, read_notes
from tracking.services.operations.staff_drivers import read_masked_driver
from tracking.services.operations.staff_recipients import read_masked_contact
from tracking.services.reading.history import explain_shipment
from tracking.services.requests.staff_accounts import name_accounts

MAX_INCIDENTS = 20


@staff_only
def show_shipment(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Show the state of the shipment and all its events, including those that changed nothing."""
    check_visible(request, shipment_id)
    booking = find_booking(shipment_id)
    try:
        state = ports().store.read_state(shipment_id)
        explained = explain_shipment(ports().store, shipment_id)
    except TransientError:
        return render(request, "ops/unreachable.html", {"shipment_id": shipment_id}, status=503)
    if booking is None and state is None and not explained:
        raise Http404("No such shipment.")
    state = state or ShipmentState(shipment_id=shipment_id)
    context = {
        "shipment_id": shipment_id,
        "state": state,
        "late_reason": say_lateness_to_staff(state),
        "booking": booking,
        "driver": read_masked_driver(request.staff.scope, state.vehicle_id),
        **_describe_timeline(explained, applied_only=request.GET.get("show") == "applied"),
        "correctable": list_correctable(request.staff.role, explained, timezone.now()),
        "asked": describe_requests(request.staff, shipment_id, explained),
        **describe_eta(explained, state, timezone.now()),
        "track": describe_track(explained, state),
        **_describe_incidents(shipment_id),
        "contact": read_masked_contact(booking) if booking else None,
        **describe_actions(request.staff),
        **describe_records(request.staff, shipment_id, booking),
        "panels": _render_panels(request, shipment_id, explained),
    }
    return show_again(request, render(request, "ops/shipment.html", context))


def _describe_timeline(explained: list[Explained], *, applied_only: bool) -> dict[str, Any]:
    """Return the rows of the timeline, newest first, and their numbers."""
    rows = make_rows(reversed(explained))
    return {
        "rows": [row for row in rows if row.mark.counts] if applied_only else rows,
        "total": len(rows),
        "refused": sum(not row.mark.counts for row in rows),
        "applied_only": applied_only,
    }


def _render_panels(request: HttpRequest, shipment_id: str, explained: list[Explained]) -> list[SafeString]:
    """Return the panels of other packages (setting `OPS_SHIPMENT_PANELS`)."""
    events = [each.event for each in explained]
    renderers = [import_string(path) for path in settings.OPS_SHIPMENT_PANELS]
    return [renderer(request, request.staff, shipment_id, events) for renderer in renderers]


def _describe_incidents(shipment_id: str) -> dict[str, Any]:
    """Return the card of the open incidents, and the resolved ones, newest first."""
    rows = list(Incident.objects.filter(shipment_id=shipment_id).order_by("-opened_at")[:MAX_INCIDENTS])
    open_rows = [row for row in rows if row.resolved_at is None]
    notes = read_notes(rows)
    now = timezone.now()
    cards = list_cards(list_rows(open_rows), now, bookings=find_bookings(open_rows))
    resolved = [row for row in rows if row.resolved_at is not None]
    names = name_accounts(row.resolved_by for row in resolved)
    return {
        "cards": [describe_card(card, notes, now) for card in cards],
        "resolved": [(row, names[row.resolved_by]) for row in resolved],
    }
