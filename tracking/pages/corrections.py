"""Correction of an event at the console: a form that asks first, since a correction is final."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_POST

from tracking.code_texts import say_status_code
from tracking.domain.errors import TransientError
from tracking.domain.events import TrackingEvent, format_time
from tracking.domain.explain import Explained
from tracking.domain.indian_time import INDIA
from tracking.domain.payload import PAST_LIMIT
from tracking.domain.status import SUBSTATUSES, Status
from tracking.pages.notices import CORRECTION_SENT, add_notice
from tracking.pages.shipment_timeline import find_mark, make_rows
from tracking.pages.shipments import check_visible
from tracking.pages.staff import staff_may
from tracking.ports import ports
from tracking.services.reading.history import explain_shipment
from tracking.services.recording.asked_corrections import (
    ask_correction,
    confirm_correction,
    decline_correction,
    list_open_requests,
)
from tracking.services.recording.corrections import correct_event_as_staff, needs_confirmation
from tracking.services.requests.bodies import Correction, EventReplacement
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import Mistake, RequestRefusedError, UnknownError
from tracking.services.requests.roles import Role, Verb, may, require_role

NOTE_LENGTH = 200
ASKED = "The correction waits for another supervisor, who confirms it on this page."
# Statuses that nobody reports.
NOT_REPORTED = (Status.UNKNOWN, Status.EXPIRED)
FORM_TIME = "%Y-%m-%dT%H:%M"
MISSING_NOTE = Mistake("/note", "required", "Write why it is corrected.")
MISSING_KIND = Mistake("/kind", "required", "Choose what is wrong with the event.")
MISSING_STATUS = Mistake("/replacement/status", "required", "Choose what happened instead.")
BAD_TIME = Mistake("/replacement/timestamp", "invalid", "Write the time as day and clock.")


@staff_may(Verb.ASK_CORRECTION)
def correct(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Show the form for the event of the query; by POST correct it, and show the shipment again.

    A delivery is corrected once another supervisor has confirmed it. A refused form is shown again, with
    status 400 and what is wrong with it.
    """
    check_visible(request, shipment_id)
    form = request.POST if request.method == "POST" else request.GET
    mistakes: list[Mistake] = []
    try:
        explained = _find_event(shipment_id, form.get("event", ""))
        is_asked = needs_confirmation(explained.event)
        if not is_asked:
            require_role(request.staff.role, Verb.CORRECT)
        if request.method == "POST":
            mistakes = _correct(request, shipment_id, explained.event)
            if not mistakes:
                add_notice(request, ASKED if is_asked else CORRECTION_SENT)
                return redirect("ops:shipment", shipment_id)
    except TransientError:
        return render(request, "ops/unreachable.html", {"shipment_id": shipment_id}, status=503)
    context = _describe_form(shipment_id, explained, form) | {"mistakes": mistakes, "is_asked": is_asked}
    return render(request, "ops/correct.html", context, status=400 if mistakes else 200)


@staff_may(Verb.CONFIRM_CORRECTION)
@require_POST
def confirm(request: HttpRequest, asked_id: int) -> HttpResponse:
    """Correct the event as another account has asked for, and show the shipment again."""
    asked = confirm_correction(request.staff, ports(), asked_id, datetime.now(UTC))
    add_notice(request, CORRECTION_SENT)
    return redirect("ops:shipment", asked.shipment_id)


@staff_may(Verb.DECLINE_CORRECTION)
@require_POST
def decline(request: HttpRequest, asked_id: int) -> HttpResponse:
    """End the request for a correction, and show the shipment again."""
    asked = decline_correction(request.staff, asked_id, datetime.now(UTC))
    add_notice(request, "The correction is declined. The event stays as it is.")
    return redirect("ops:shipment", asked.shipment_id)


def describe_requests(staff: Staff, shipment_id: str, explained: Iterable[Explained]) -> list[dict[str, Any]]:
    """Return the corrections that wait to be confirmed, each with the event and what happened instead."""
    requests = list_open_requests(shipment_id, staff.actor)
    rows = {row.event.event_id: row for row in make_rows(explained)} if requests else {}
    return [
        {"request": one, "row": rows[one.event_id], "instead": _say_replacement(one.correction)}
        for one in requests
        if one.event_id in rows
    ]


def _say_replacement(correction: Correction) -> str:
    report = correction.replacement
    return say_status_code(report.status, report.substatus) if report and report.status else ""


def list_correctable(role: Role, explained: Iterable[Explained], now: datetime) -> set[str]:
    """Return the ids of the events that the role may correct: they report a status, count, and are recent."""
    return {
        each.event.event_id
        for each in explained
        if may(role, Verb.ASK_CORRECTION if needs_confirmation(each.event) else Verb.CORRECT)
        and each.event.status is not None
        and each.event.booking is None
        and each.event.clock_kind is None
        and each.event.occurred_at >= now - PAST_LIMIT
        and find_mark(each).counts
    }


def read_correction(form: MultiValueDict[str, str], event: TrackingEvent) -> Correction | Mistake:
    """Return the correction that the form asks for, or what is missing in it.

    A replacement keeps place, vehicle and, if it is not changed, the time of the event.
    """
    kind, note = form.get("kind", ""), form.get("note", "").replace("\0", "").strip()[:NOTE_LENGTH]
    if not note:
        return MISSING_NOTE
    if kind == "retract":
        return Correction(kind="retract", reason="did_not_occur", note=note)
    if kind != "supersede":
        return MISSING_KIND
    status, _, substatus = form.get("what", "").partition(".")
    if status not in list(Status):
        return MISSING_STATUS
    try:
        timestamp = _read_time(form.get("at", ""), event)
    except ValueError:
        return BAD_TIME
    replacement = EventReplacement(
        status=status,
        substatus=substatus or None,
        timestamp=timestamp,
        lat=event.lat,
        lon=event.lon,
        accuracy_m=event.accuracy_m,
        hub_id=event.hub_id,
        vehicle_id=event.vehicle_id,
    )
    return Correction(kind="supersede", reason="incorrect_data", note=note, replacement=replacement)


def _correct(request: HttpRequest, shipment_id: str, event: TrackingEvent) -> list[Mistake]:
    """Put the correction of the form on the stream; return what is wrong with it, if anything."""
    correction = read_correction(request.POST, event)
    if isinstance(correction, Mistake):
        return [correction]
    now = datetime.now(UTC)
    write = ask_correction if needs_confirmation(event) else correct_event_as_staff
    try:
        write(request.staff, ports(), shipment_id, event.event_id, correction, now)
    except RequestRefusedError as refusal:
        return refusal.mistakes
    return []


def _read_time(text: str, event: TrackingEvent) -> str | None:
    """Return the time of a field of the form, which is Indian time to the minute; None if it is unchanged.

    Raises `ValueError`.
    """
    if text in {"", _write_time(event.occurred_at)}:
        return None
    return format_time(datetime.strptime(text, FORM_TIME).replace(tzinfo=INDIA).astimezone(UTC))


def _write_time(moment: datetime) -> str:
    return timezone.localtime(moment).strftime(FORM_TIME)


def _find_event(shipment_id: str, event_id: str) -> Explained:
    """Return the event of the shipment. Raises `UnknownError`, and `TransientError`."""
    for explained in explain_shipment(ports().store, shipment_id):
        if explained.event.event_id == event_id:
            return explained
    raise UnknownError


def _describe_form(shipment_id: str, explained: Explained, form: MultiValueDict[str, str]) -> dict[str, Any]:
    (row,) = make_rows([explained])
    event = explained.event
    return {
        "shipment_id": shipment_id,
        "row": row,
        "choices": [(status, say_status_code(status), _list_substatuses(status)) for status in _reported()],
        "kind": form.get("kind", ""),
        "what": form.get("what", "") or ".".join(filter(None, (event.status, event.substatus))),
        "at": form.get("at", "") or _write_time(event.occurred_at),
        "note": form.get("note", ""),
        "note_length": NOTE_LENGTH,
    }


def _reported() -> list[Status]:
    return [status for status in Status if status not in NOT_REPORTED]


def _list_substatuses(status: Status) -> list[tuple[str, str]]:
    codes = sorted(SUBSTATUSES[status])
    return sorted(
        ((f"{status}.{code}", say_status_code(status, code)) for code in codes), key=lambda one: one[1]
    )
