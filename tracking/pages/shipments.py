"""One shipment as the console sees it, and the search that leads to it."""

import json
from datetime import timedelta
from typing import NamedTuple

import msgspec
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render

from tracking.domain.errors import TransientError
from tracking.domain.events import TrackingEvent
from tracking.domain.explain import Explained, VerdictWord
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.models import Incident, Shipment
from tracking.pages.staff import staff_only
from tracking.ports import ports
from tracking.services.reading.history import explain_shipment
from tracking.status_style import Tone
from tracking.tokens import make_token

PAGE_SIZE = 50
MAX_INCIDENTS = 20


class Mark(NamedTuple):
    """What became of an event, with the reason where it did not count."""

    word: str
    tone: Tone
    reason: str = ""

    @property
    def counts(self) -> bool:
        """Whether the event has moved the shipment, or was let pass as one that moves nothing."""
        return self.word not in ("refused", "retracted", "replaced")


class TimelineRow(NamedTuple):
    """An event of the timeline: what became of it, how long it took to reach us, all of it as JSON."""

    event: TrackingEvent
    mark: Mark
    took: timedelta
    raw: str


@staff_only
def search(request: HttpRequest) -> HttpResponse:
    """Shipments by number or reference: an exact match leads there at once, else the newest that begin so."""
    query = request.GET.get("q", "").strip()
    exact = _find_exact(query)
    if exact:
        return redirect("ops:shipment", exact)
    status = request.GET.get("status", "")
    before = request.GET.get("before", "")
    found = _list_shipments(query, status, int(before) if before.isdecimal() else None)
    context = {
        "query": query,
        "status": status,
        "statuses": [status for status in Status if status is not Status.UNKNOWN],
        "shipments": found[:PAGE_SIZE],
        "older": found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None,
    }
    return render(request, "ops/shipments.html", context)


@staff_only
def show_shipment(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Where the shipment stands, and every event of it, also those that changed nothing."""
    booking = _find_booking(shipment_id)
    try:
        state = ports().store.read_state(shipment_id)
        explained = explain_shipment(shipment_id)
    except TransientError:
        return render(request, "ops/unreachable.html", {"shipment_id": shipment_id}, status=503)
    if booking is None and state is None and not explained:
        raise Http404("No such shipment.")
    applied_only = request.GET.get("show") == "applied"
    rows = [make_row(one) for one in reversed(explained)]
    context = {
        "shipment_id": shipment_id,
        "state": state or ShipmentState(shipment_id=shipment_id),
        "booking": booking,
        "rows": [row for row in rows if row.mark.counts] if applied_only else rows,
        "total": len(rows),
        "refused": sum(not row.mark.counts for row in rows),
        "applied_only": applied_only,
        "incidents": Incident.objects.filter(shipment_id=shipment_id).order_by("-opened_at")[:MAX_INCIDENTS],
    }
    return render(request, "ops/shipment.html", context)


@staff_only
def show_brief(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """A few lines about the shipment, for the drawer of the vehicle that carries it."""
    try:
        state = ports().store.read_state(shipment_id)
    except TransientError:
        return HttpResponse(status=503)
    context = {"shipment_id": shipment_id, "state": state, "booking": _find_booking(shipment_id)}
    return render(request, "ops/brief.html", context)


@staff_only
def see_as_customer(_request: HttpRequest, shipment_id: str) -> HttpResponse:
    """The page the customer's link leads to."""
    booking = get_object_or_404(Shipment, shipment_id=shipment_id)
    return HttpResponseRedirect(f"/t/{make_token(booking.shipment_id, booking.token_n)}")


def make_row(explained: Explained) -> TimelineRow:
    """An event as a row of the timeline."""
    event = explained.event
    raw = json.dumps(msgspec.to_builtins(event), indent=2, ensure_ascii=False)
    return TimelineRow(event, find_mark(explained), event.received_at - event.occurred_at, raw)


def find_mark(explained: Explained) -> Mark:
    """What became of the event, and the rule behind it wherever that is not plain."""
    if explained.verdict != "applied":
        return _MARKS[explained.verdict]._replace(reason=explained.rule_text)
    if explained.event.corrects:
        return Mark("correction", "info", explained.rule_text)
    if explained.event.status is None and explained.event.reported_status is None:
        set_aside = explained.rule == "position_set_aside"
        return Mark("position", "idle", explained.rule_text if set_aside else "")
    return Mark("applied", "good")


_MARKS: dict[VerdictWord, Mark] = {
    "late": Mark("late", "info"),
    "rejected": Mark("refused", "warn"),
    "retracted": Mark("retracted", "idle"),
    "superseded": Mark("replaced", "idle"),
}


def _find_exact(query: str) -> str | None:
    if not query:
        return None
    booking = Shipment.objects.filter(Q(shipment_id=query) | Q(reference=query)).first()
    if booking:
        return booking.shipment_id
    # A shipment nobody booked has a timeline and no row here.
    try:
        return query if ports().store.read_state(query) else None
    except TransientError:
        return None


def _find_booking(shipment_id: str) -> Shipment | None:
    related = Shipment.objects.select_related("partner", "origin_hub", "destination_hub")
    return related.filter(shipment_id=shipment_id).first()


def _list_shipments(query: str, status: str, before: int | None) -> list[Shipment]:
    """One more than a page of them, newest first, so that the caller knows whether older ones follow."""
    found = Shipment.objects.select_related("partner", "origin_hub", "destination_hub").order_by("-pk")
    if query:
        found = found.filter(Q(shipment_id__istartswith=query) | Q(reference__istartswith=query))
    if status:
        found = found.filter(status=status)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found[: PAGE_SIZE + 1])
