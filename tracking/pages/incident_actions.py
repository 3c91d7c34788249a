"""Actions on incidents by forms: each calls its service, then shows the page it came from with a notice."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tracking.pages.next_page import redirect_to_next
from tracking.pages.notices import add_notice
from tracking.pages.staff import staff_may
from tracking.ports import ports
from tracking.services.operations import staff_incidents
from tracking.services.operations.incident_changes import push_incidents
from tracking.services.operations.incident_undo import undo_as_staff
from tracking.services.operations.saved_views import delete_view, save_view
from tracking.services.operations.staff_incidents import SNOOZES, Card, Outcome, Seen
from tracking.services.requests.bodies import RESOLUTION_CODES, Resolution
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import ConflictError
from tracking.services.requests.roles import Verb

# Ids and versions of the incidents on one card: `12.3-14.1`; without a version the newest one is meant.
_CARD = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,9})?(?:-[0-9]{1,18}(?:\.[0-9]{1,9})?)*")
_ENTRIES = re.compile(r"[0-9]{1,18}(?:-[0-9]{1,18}){0,199}")
NOTE_LENGTH = 500
# Service that acts on cards for an account of staff.
Act = Callable[[Staff, Sequence[Card], datetime], Outcome]


@staff_may(Verb.ACKNOWLEDGE)
@require_POST
def acknowledge(request: HttpRequest) -> HttpResponse:
    """Claim the cards."""
    return _act(request, "Claimed", staff_incidents.acknowledge_as_staff)


@staff_may(Verb.ASSIGN)
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Give the cards to another account."""
    owner, now = request.POST.get("owner", ""), _now()
    outcome = staff_incidents.assign_as_staff(request.staff, read_cards(request), owner, now)
    return _show(request, "Assigned", outcome, now)


@staff_may(Verb.SNOOZE)
@require_POST
def snooze(request: HttpRequest) -> HttpResponse:
    """Hide the cards for a while."""
    chosen = next((code for code in SNOOZES if code == request.POST.get("snooze", SNOOZES[0])), None)
    if chosen is None:
        return HttpResponseBadRequest("No such snooze.")
    now = _now()
    outcome = staff_incidents.snooze_as_staff(request.staff, read_cards(request), chosen, now)
    return _show(request, "Snoozed", outcome, now)


@staff_may(Verb.RESOLVE)
@require_POST
def resolve(request: HttpRequest) -> HttpResponse:
    """Resolve the cards with a code."""
    code, note = request.POST.get("resolution", ""), request.POST.get("note", "").strip()
    if not code:
        raise ConflictError("Choose a result first.")
    if code not in RESOLUTION_CODES or "\0" in note:
        return HttpResponseBadRequest("No such resolution.")
    resolution = Resolution(resolution_code=code, note=note[:200] or None)
    now = _now()
    outcome = staff_incidents.resolve_as_staff(request.staff, read_cards(request), resolution, now)
    return _show(request, "Resolved", outcome, now)


@staff_may(Verb.REOPEN)
@require_POST
def reopen(request: HttpRequest) -> HttpResponse:
    """Open resolved cards again."""
    return _act(request, "Reopened", staff_incidents.reopen_as_staff)


@staff_may(Verb.NOTE)
@require_POST
def note(request: HttpRequest) -> HttpResponse:
    """Add a note to the first incident of a card."""
    cards, text = read_cards(request), request.POST.get("note", "")[:NOTE_LENGTH]
    if not cards or not text.strip() or "\0" in text:
        return HttpResponseBadRequest("A note needs words.")
    now = _now()
    outcome = staff_incidents.note_as_staff(request.staff, cards[0][0].incident_id, text, now)
    return _show(request, "Noted on", outcome, now)


@staff_may(Verb.UNDO)
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Undo the actions of the notice."""
    entries = request.POST.get("entries", "")
    if not _ENTRIES.fullmatch(entries):
        return HttpResponseBadRequest("Nothing to undo.")
    numbers = [int(number) for number in entries.split("-")]
    now = _now()
    outcome = undo_as_staff(request.staff, numbers, now)
    return _show(request, "Undone for", outcome._replace(entry_ids=[]), now)


@staff_may(Verb.SAVE_VIEW)
@require_POST
def keep_view(request: HttpRequest) -> HttpResponse:
    """Save the filters of the address that the form was sent from."""
    filters = urlsplit(request.POST.get("next", "")).query
    save_view(request.staff, request.POST.get("name", ""), filters)
    return redirect_to_next(request, reverse("ops:incidents"))


@staff_may(Verb.DELETE_VIEW)
@require_POST
def drop_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete a saved view."""
    delete_view(request.staff, view_id)
    return redirect("ops:incidents")


def read_cards(request: HttpRequest) -> list[Card]:
    """Return the cards that the form names; malformed ones are left out."""
    sent = (text for text in request.POST.getlist("card") if _CARD.fullmatch(text))
    return [tuple(_read_seen(one) for one in text.split("-")) for text in sent]


def _read_seen(text: str) -> Seen:
    number, _, version = text.partition(".")
    return Seen(int(number), int(version) if version else None)


def _act(request: HttpRequest, done: str, act: Act) -> HttpResponse:
    """Call a service that needs nothing but the cards, and show what it has done."""
    now = _now()
    return _show(request, done, act(request.staff, read_cards(request), now), now)


def _show(request: HttpRequest, done: str, outcome: Outcome, at: datetime) -> HttpResponse:
    """Push the incidents to the consoles and show the page again, with a notice of what was recorded `at`."""
    push_incidents(ports().live, outcome.incidents)
    plural = "" if outcome.cards == 1 else "s"
    subject = outcome.incidents[0].subject if outcome.cards == 1 else f"{outcome.cards} incident{plural}"
    add_notice(request, " ".join([f"{done} {subject}.", *outcome.conflicts]), outcome.entry_ids, at)
    return redirect_to_next(request, reverse("ops:incidents"))


def _now() -> datetime:
    return datetime.now(UTC)
