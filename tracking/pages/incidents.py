"""`/ops/incidents/`: the queue of incidents in full width, with filters and saved views."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from tracking.models import Hub, Incident, Partner
from tracking.pages.incident_cards import IncidentCard, list_cards
from tracking.pages.playbooks import list_playbooks
from tracking.pages.resolve_forms import PLAIN_RESULTS, describe_form
from tracking.pages.staff import staff_only
from tracking.services.operations.card_actions import FREE_CARDS
from tracking.services.operations.customer_requests import REQUEST_RESULTS
from tracking.services.operations.incident_changes import RESCHEDULED, list_rows
from tracking.services.operations.incident_kinds import KINDS
from tracking.services.operations.incident_queue import (
    MAX_ROWS,
    MINE,
    NOBODY,
    QUEUE_STATES,
    QueueFilter,
    ShownNote,
    ShownResult,
    find_bookings,
    read_notes,
    read_queue,
    read_results,
    say_place,
)
from tracking.services.operations.saved_views import list_views
from tracking.services.operations.staff_incidents import SNOOZES
from tracking.services.requests.callers import Staff
from tracking.services.requests.roles import Verb, may
from tracking.services.requests.staff_accounts import list_operators

SNOOZE_TEXTS = {"15_min": "15 min", "1_h": "1 h", "morning": "Until 08:00"}
NO_RESULTS: Mapping[int, ShownResult] = MappingProxyType({})
STATE_TEXTS = {"open": "Open", "snoozed": "Snoozed", "resolved": "Resolved"}


@staff_only
def show_incidents(request: HttpRequest) -> HttpResponse:
    """Render the queue; `part=cards` renders the list alone, and htmx gets it with the notice."""
    now = datetime.now(UTC)
    wanted = read_filter(request.GET)
    found = read_queue(request.staff.scope, wanted, request.staff.actor, now)
    bookings = find_bookings(found)
    places = {shipment_id: say_place(booking, wanted.hub) for shipment_id, booking in bookings.items()}
    cards = list_cards(list_rows(found), now, places, bookings)
    notes, results = read_notes(found), read_results(found)
    context = describe_actions(request.staff) | {
        "cards": [describe_card(card, notes, now, results) for card in cards[:MAX_ROWS]],
        "is_cut": len(cards) > MAX_ROWS,
        "incidents_shown": sum(len(card.symptoms) for card in cards[:MAX_ROWS]),
        "wanted": wanted,
        "filters_set": sum(map(bool, wanted._replace(state=""))),
        "address": f"{request.path}?{write_filter(wanted)}",
        "last_resolved": _find_last_resolved() if not cards else None,
    }
    if request.GET.get("part") == "cards":
        return render(request, "ops/incident_cards.html", context)
    if request.htmx:
        return render(request, "ops/incident_answer.html", context)
    return render(request, "ops/incidents.html", context | _list_options(request))


def read_filter(sent: QueryDict) -> QueueFilter:
    """Return the filters of an address or a form; unknown states count as `open`."""
    given = {name: sent.get(name, "")[:64] for name in QueueFilter._fields}
    state = given["state"] if given["state"] in QUEUE_STATES else "open"
    return QueueFilter(**(given | {"state": state}))


def write_filter(wanted: QueueFilter) -> str:
    """Return the filters as the query of the queue's address, without empty ones."""
    return urlencode({name: value for name, value in wanted._asdict().items() if value})


def describe_card(
    card: IncidentCard,
    notes: list[ShownNote],
    now: datetime,
    results: Mapping[int, ShownResult] = NO_RESULTS,
) -> dict[str, Any]:
    """Return a card with playbooks and notes, and with its result or the form that resolves it."""
    ids = {symptom.incident["id"] for symptom in card.symptoms}
    own = [note for note in notes if note.incident_id in ids]
    form = None if card.resolved_at else describe_form(card, now)
    playbooks = list_playbooks((symptom.incident for symptom in card.requests_first), card.card_id)
    result = results.get(card.card_id)
    return {"card": card, "playbooks": playbooks, "notes": own, "form": form, "result": result}


def describe_actions(staff: Staff) -> dict[str, Any]:
    """Return what the templates of the actions need: choices, and what the role allows."""
    return {
        "snoozes": [(snooze, SNOOZE_TEXTS[snooze]) for snooze in SNOOZES],
        "resolutions": [code for code in PLAIN_RESULTS if code != RESCHEDULED],
        "request_results": REQUEST_RESULTS,
        "may_act": may(staff.role, Verb.RESOLVE),
        "may_assign": may(staff.role, Verb.ASSIGN),
        "operators": list_operators() if may(staff.role, Verb.ASSIGN) else [],
        "bulk_limit": MAX_ROWS if may(staff.role, Verb.BULK) else FREE_CARDS,
    }


def _list_options(request: HttpRequest) -> dict[str, Any]:
    scope = request.staff.scope
    hubs = Hub.objects.order_by("hub_id")
    partners = Partner.objects.order_by("name")
    return {
        "states": [(state, STATE_TEXTS[state]) for state in QUEUE_STATES],
        "codes": list(KINDS),
        "severities": Incident.Severity.choices,
        "hubs": hubs.filter(pk__in=scope.hubs) if scope.hubs else hubs,
        "partners": partners.filter(pk__in=scope.partners) if scope.partners else partners,
        "owners": [(MINE, "Me"), (NOBODY, "Nobody"), *list_operators()],
        "views": list_views(request.staff.actor),
    }


def _find_last_resolved() -> datetime | None:
    newest = Incident.objects.exclude(resolved_at=None).order_by("-resolved_at").first()
    return newest.resolved_at if newest else None
