"""Console views of shipments: the search, and the page of one shipment."""

import json
import re
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from tracking.domain.errors import TransientError
from tracking.domain.events import TrackingEvent
from tracking.domain.explain import Explained, VerdictWord
from tracking.domain.payload import is_id
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.domain.typed_text import strip_invisible
from tracking.models import Incident, Shipment
from tracking.pages.incident_cards import list_cards
from tracking.pages.incidents import describe_actions, describe_card
from tracking.pages.staff import staff_only
from tracking.ports import ports
from tracking.services.operations.incident_changes import list_rows
from tracking.services.operations.incident_queue import read_notes
from tracking.services.operations.staff_recipients import read_masked_contact
from tracking.services.reading.history import explain_shipment
from tracking.services.reading.staff_scope import is_visible, visible_shipments
from tracking.services.reading.typed_numbers import find_bookings
from tracking.services.requests.roles import Scope
from tracking.services.requests.staff_accounts import name_accounts
from tracking.status_style import Tone

PAGE_SIZE = 50
MAX_INCIDENTS = 20
# Longest id and longest reference; longer text finds nothing, and some databases refuse to search for it.
MAX_QUERY = 64
# Number of a row, at most 18 digits: it fits the database's integers.
_ROW_NUMBER = re.compile(r"[0-9]{1,18}")


class Mark(NamedTuple):
    """Label of an event's verdict, with the reason if it did not count."""

    word: str
    tone: Tone
    reason: str = ""

    @property
    def counts(self) -> bool:
        """True unless the event was refused, retracted or replaced."""
        return self.word not in ("refused", "retracted", "replaced")


class TimelineRow(NamedTuple):
    """Event of the timeline: its verdict, its delay from occurrence to receipt, and its JSON."""

    event: TrackingEvent
    mark: Mark
    took: timedelta
    raw: str


@staff_only
def search(request: HttpRequest) -> HttpResponse:
    """Search by number or reference: redirect to an exact match, else list the newest by prefix."""
    query = strip_invisible(request.GET.get("q", ""))
    exact = _find_exact(query, request.staff.scope)
    if exact:
        return redirect("ops:shipment", exact)
    status = request.GET.get("status", "")
    before = request.GET.get("before", "")
    row = int(before) if _ROW_NUMBER.fullmatch(before) else None
    found = _list_shipments(request.staff.scope, query, status, row)
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
    """Show the state of the shipment and all its events, including those that changed nothing."""
    _check_visible(request, shipment_id)
    booking = _find_booking(shipment_id)
    try:
        state = ports().store.read_state(shipment_id)
        explained = explain_shipment(ports().store, shipment_id)
    except TransientError:
        return render(request, "ops/unreachable.html", {"shipment_id": shipment_id}, status=503)
    if booking is None and state is None and not explained:
        raise Http404("No such shipment.")
    applied_only = request.GET.get("show") == "applied"
    rows = [make_row(event) for event in reversed(explained)]
    context = {
        "shipment_id": shipment_id,
        "state": state or ShipmentState(shipment_id=shipment_id),
        "booking": booking,
        "rows": [row for row in rows if row.mark.counts] if applied_only else rows,
        "total": len(rows),
        "refused": sum(not row.mark.counts for row in rows),
        "applied_only": applied_only,
        **_describe_incidents(shipment_id),
        "contact": read_masked_contact(booking) if booking else None,
        **describe_actions(request.staff),
    }
    return render(request, "ops/shipment.html", context)


@staff_only
def show_brief(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Render a summary of the shipment for the drawer of the vehicle that carries it."""
    _check_visible(request, shipment_id)
    try:
        state = ports().store.read_state(shipment_id)
    except TransientError:
        return HttpResponse(status=503)
    context = {"shipment_id": shipment_id, "state": state, "booking": _find_booking(shipment_id)}
    return render(request, "ops/brief.html", context)


def make_row(explained: Explained) -> TimelineRow:
    """Build the timeline row of an event."""
    event = explained.event
    raw = json.dumps(msgspec.to_builtins(event), indent=2, ensure_ascii=False)
    return TimelineRow(event, find_mark(explained), event.received_at - event.occurred_at, raw)


def find_mark(explained: Explained) -> Mark:
    """Return the label of the event's verdict, with the rule's text unless it was simply applied."""
    if explained.verdict != "applied":
        return _MARKS[explained.verdict]._replace(reason=explained.rule_text)
    if explained.event.corrects:
        return Mark("correction", "info", explained.rule_text)
    if explained.event.evidence is not None:
        tone: Tone = "bad" if explained.event.evidence.verdict == "contradicted" else "info"
        return Mark("evidence", tone, explained.rule_text)
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


def _describe_incidents(shipment_id: str) -> dict[str, Any]:
    """Return the card of the open incidents, and the resolved ones, newest first."""
    rows = list(Incident.objects.filter(shipment_id=shipment_id).order_by("-opened_at")[:MAX_INCIDENTS])
    open_rows = [row for row in rows if row.resolved_at is None]
    notes = read_notes(rows)
    cards = list_cards(list_rows(open_rows), timezone.now())
    resolved = [row for row in rows if row.resolved_at is not None]
    names = name_accounts(row.resolved_by for row in resolved)
    return {
        "cards": [describe_card(card, notes) for card in cards],
        "resolved": [(row, names[row.resolved_by]) for row in resolved],
    }


def _check_visible(request: HttpRequest, shipment_id: str) -> None:
    """Raise `Http404` for a shipment outside of the scope: the answer is that for none."""
    if not is_visible(request.staff.scope, shipment_id):
        raise Http404("No such shipment.")


def _find_exact(query: str, scope: Scope) -> str | None:
    if not query or len(query) > MAX_QUERY:
        return None
    booking = visible_shipments(scope).filter(Q(shipment_id=query) | Q(reference=query)).first()
    if booking:
        return booking.shipment_id
    # A shipment that was never booked has a timeline but no database row; only an unlimited scope shows it.
    try:
        if not scope.is_limited and is_id(query) and ports().store.read_state(query):
            return query
    except TransientError:
        return None
    typed = [found for found in find_bookings(query) if is_visible(scope, found.shipment_id)]
    return typed[0].shipment_id if len(typed) == 1 else None


def _find_booking(shipment_id: str) -> Shipment | None:
    related = Shipment.objects.select_related("partner", "origin_hub", "destination_hub")
    return related.filter(shipment_id=shipment_id).first()


def _list_shipments(scope: Scope, query: str, status: str, before: int | None) -> list[Shipment]:
    """List up to `PAGE_SIZE + 1` shipments, newest first; the extra one shows that older ones follow."""
    if len(query) > MAX_QUERY:
        return []
    found = visible_shipments(scope).select_related("partner", "origin_hub", "destination_hub")
    found = found.order_by("-pk")
    if query:
        found = found.filter(Q(shipment_id__istartswith=query) | Q(reference__istartswith=query))
    if status in list(Status):
        found = found.filter(status=status)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found[: PAGE_SIZE + 1])
