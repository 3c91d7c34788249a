"""Actions on incidents by forms: each calls its service, then shows the page it came from with a notice."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tracking.models import StaffAction
from tracking.pages.incidents import read_filter, write_filter
from tracking.pages.next_page import redirect_to_next
from tracking.pages.notices import add_notice
from tracking.pages.resolve_forms import OTHERS_DAY, name_day_field, name_field
from tracking.pages.staff import staff_may
from tracking.ports import ports
from tracking.services.operations import staff_incidents
from tracking.services.operations.card_actions import Card, Outcome, Seen
from tracking.services.operations.incident_changes import AGREED, RESCHEDULED, push_incidents
from tracking.services.operations.incident_names import name_incident, name_shipment
from tracking.services.operations.incident_undo import undo_as_staff
from tracking.services.operations.saved_views import delete_view, save_view
from tracking.services.operations.staff_incidents import END_SNOOZE, SNOOZES
from tracking.services.requests.bodies import RESOLUTION_CODES, Resolution
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import ConflictError
from tracking.services.requests.roles import Verb

# Ids and versions of the incidents on one card: `12.3-14.1`; without a version the newest one is meant.
_ONE = r"[0-9]{1,18}(?:\.[0-9]{1,9})?"
_SEEN, _CARD = re.compile(_ONE), re.compile(rf"{_ONE}(?:-{_ONE})*")
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
    """Hide the cards for a while, or show them again."""
    sent = request.POST.get("snooze", SNOOZES[0])
    chosen = next((code for code in (*SNOOZES, END_SNOOZE) if code == sent), None)
    if chosen is None:
        return HttpResponseBadRequest("No such snooze.")
    now = _now()
    outcome = staff_incidents.snooze_as_staff(request.staff, read_cards(request), chosen, now)
    return _show(request, "Snooze ended for" if chosen == END_SNOOZE else "Snoozed", outcome, now)


@staff_may(Verb.RESOLVE)
@require_POST
def resolve(request: HttpRequest) -> HttpResponse:
    """Resolve the ticked incidents of one card, each request by its own answer; else cards by one result."""
    ticked = _read_ticked(request)
    sent = {seen.incident_id: request.POST.get(name_field(seen.incident_id)) for seen in ticked}
    answers = {number: code for number, code in sent.items() if code is not None}
    result, note = request.POST.get("resolution", ""), request.POST.get("note", "").strip()[:200] or None
    if not {"", *RESOLUTION_CODES}.issuperset([*answers.values(), result]) or "\0" in (note or ""):
        return HttpResponseBadRequest("No such resolution.")
    cards = [ticked] if ticked else read_cards(request)
    if "" in answers.values():
        raise ConflictError("Choose an answer to each request first.")
    if cards and not result and len(answers) < len(ticked or cards):
        raise ConflictError("Choose a result first.")
    day = _read_day(request, OTHERS_DAY, result)
    resolution = Resolution(resolution_code=result, note=note, agreed_day=day) if result else None
    resolutions = {
        number: Resolution(
            resolution_code=code, note=note, agreed_day=_read_day(request, name_day_field(number), code)
        )
        for number, code in answers.items()
    }
    now = _now()
    outcome = staff_incidents.resolve_as_staff(request.staff, cards, resolution, now, resolutions)
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
    verbs = StaffAction.objects.filter(pk__in=numbers).values_list("verb", flat=True)
    done = ", ".join(sorted({verb.partition("_")[0] for verb in verbs}))
    return _show(request, f"Undone ({done}) for", outcome._replace(entry_ids=[]), now)


@staff_may(Verb.SAVE_VIEW)
@require_POST
def keep_view(request: HttpRequest) -> HttpResponse:
    """Show the queue with the filters of the form, and save them if they are given a name.

    One form filters and saves, so that what is saved is what is chosen.
    """
    filters, name = write_filter(read_filter(request.POST)), request.POST.get("name", "")
    if name or request.POST.get("do") == "save":
        add_notice(request, f"Saved the view “{save_view(request.staff, name, filters).name}”.")
    return redirect(f"{reverse('ops:incidents')}?{filters}")


@staff_may(Verb.DELETE_VIEW)
@require_POST
def drop_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete a saved view."""
    add_notice(request, f"Deleted the view “{delete_view(request.staff, view_id)}”.")
    return redirect("ops:incidents")


def read_cards(request: HttpRequest) -> list[Card]:
    """Return the cards that the form names; malformed ones are left out."""
    sent = (text for text in request.POST.getlist("card") if _CARD.fullmatch(text))
    return [tuple(_read_seen(one) for one in text.split("-")) for text in sent]


def _read_ticked(request: HttpRequest) -> list[Seen]:
    """Return the incidents of one card that its form names each; empty for a form that names whole cards."""
    sent = request.POST.getlist("incident")
    return [_read_seen(text) for text in sent if _SEEN.fullmatch(text)]


def _read_day(request: HttpRequest, field: str, code: str) -> date | None:
    """Return the day to which this result moves the delivery; None for others, or without the field."""
    sent = request.POST.get(field)
    if sent is None or code not in (AGREED, RESCHEDULED):
        return None
    try:
        return date.fromisoformat(sent)
    except ValueError:
        raise ConflictError("Choose the new day first.") from None


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
    said = [_say_done(done, outcome), *outcome.conflicts]
    if outcome.kept:
        said.append(f"Left open: {_count(outcome.kept)}. A request needs an answer of its own.")
    add_notice(request, " ".join(said), outcome.entry_ids, at)
    return redirect_to_next(request, reverse("ops:incidents"))


def _say_done(done: str, outcome: Outcome) -> str:
    """Say such as `Claimed SLX-1.`; of one resolved card also what was ended."""
    if outcome.cards != 1:
        return f"{done} {_count(outcome.cards)}."
    subject = name_shipment(outcome.incidents[0])
    if done != "Resolved":
        return f"{done} {subject}."
    names = [f"{name[:1].lower()}{name[1:]}" for name in map(name_incident, outcome.incidents)]
    return f"{done}: {', '.join([*names, subject])}."


def _count(number: int) -> str:
    return f"{number} incident{'' if number == 1 else 's'}"


def _now() -> datetime:
    return datetime.now(UTC)
