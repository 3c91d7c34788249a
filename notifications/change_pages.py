"""`/ops/changes/`: one change from the bus to the phone, and the newest changes to choose from."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from notifications.change_traces import add_messages, find_shipment, read_trace
from notifications.ports import ports
from notifications.services import REMINDER_SUFFIX
from tracking.domain.errors import TransientError
from tracking.domain.payload import is_id
from tracking.domain.typed_text import strip_invisible
from tracking.models import FeedEntry
from tracking.pages.staff import staff_may
from tracking.ports import ports as tracking_ports
from tracking.services.operations.staff_reads import record_outbox
from tracking.services.reading.staff_scope import is_visible, of_visible_shipment
from tracking.services.requests.roles import Verb, may

CHANGES_SHOWN = 60


@staff_may(Verb.SEE)
def show_changes(request: HttpRequest) -> HttpResponse:
    """List the newest changes of the scope; go to the change of the query, if there is one."""
    typed = strip_invisible(request.GET.get("change", "")).removesuffix(REMINDER_SUFFIX)
    scope = request.staff.scope
    if is_id(typed) and (shipment_id := find_shipment(typed)) and is_visible(scope, shipment_id):
        return redirect("notifications:change", typed)
    entries = FeedEntry.objects.select_related("partner").defer("body").order_by("-pk")
    if scope.is_limited:
        entries = entries.filter(of_visible_shipment(scope))
    context = {"typed": typed, "entries": entries[:CHANGES_SHOWN]}
    return render(request, "notifications/changes.html", context)


@staff_may(Verb.SEE)
def show_change(request: HttpRequest, change_id: str) -> HttpResponse:
    """Show the trace of a change.

    The query may name its shipment: that finds the change of a shipment that nobody booked, too.
    """
    change_id = change_id.removesuffix(REMINDER_SUFFIX)
    named = strip_invisible(request.GET.get("shipment", ""))
    known = find_shipment(change_id) if is_id(change_id) else None
    shipment_id = known or named
    if not (is_id(change_id) and is_id(shipment_id) and is_visible(request.staff.scope, shipment_id)):
        raise Http404("No such change.")
    try:
        trace = read_trace(ports(), tracking_ports().store, change_id, shipment_id, request.staff.scope)
    except TransientError:
        return render(request, "ops/unreachable.html", {"shipment_id": shipment_id}, status=503)
    if known is None and trace.change is None:
        raise Http404("No such change.")
    shows_messages = settings.NOTIFICATIONS_OUTBOX and may(request.staff.role, Verb.READ_OUTBOX)
    if shows_messages:
        record_outbox(request.staff, f"messages of {shipment_id}", shipment_id)
    context = {"trace": add_messages(trace) if shows_messages else trace, "shows_messages": shows_messages}
    return render(request, "notifications/change.html", context)
