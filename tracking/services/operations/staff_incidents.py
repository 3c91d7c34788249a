"""Actions of staff on incidents: each action on a card is whole or not done, and leaves one audited entry."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal, get_args

from tracking.domain.indian_time import INDIA
from tracking.domain.masking import mask_text
from tracking.models import Incident, IncidentNote
from tracking.services.operations.card_actions import (
    Action,
    Card,
    Incidents,
    Outcome,
    act_on_cards,
    check_not_repeated,
    check_open,
    record_card,
)
from tracking.services.operations.customer_requests import REQUEST_RESULTS
from tracking.services.operations.incident_changes import (
    ChangedMeanwhileError,
    list_acknowledged,
    list_resolved,
    say_change,
)
from tracking.services.operations.incident_names import find_request, name_shipment
from tracking.services.reading.staff_scope import visible_incidents
from tracking.services.requests.audit import staff_write
from tracking.services.requests.bodies import Resolution
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import ConflictError, UnknownError
from tracking.services.requests.roles import Verb
from tracking.services.requests.staff_accounts import list_operators, name_accounts

MORNING_HOUR = 8
Snooze = Literal["15_min", "1_h", "morning"]
SNOOZES: tuple[Snooze, ...] = get_args(Snooze)
# Ends a snooze at once.
END_SNOOZE: Literal["end"] = "end"
NO_ANSWERS: Mapping[int, Resolution] = MappingProxyType({})


@staff_write(Verb.ACKNOWLEDGE)
def acknowledge_as_staff(staff: Staff, cards: Iterable[Card], now: datetime) -> Outcome:
    """Claim the incidents: the account owns them. The caller pushes them to the consoles, as of all actions.

    Raises `ConflictError` if nothing was done, `UnknownError` outside of the scope, `RoleRefusedError`.
    """

    def plan(incident: Incident) -> dict[str, Any]:
        check_open(incident)
        if incident.owner not in {"", staff.actor}:
            owner = name_accounts([incident.owner])[incident.owner]
            raise ChangedMeanwhileError(
                f"{name_shipment(incident)} belongs to {owner}: {say_change(incident)}"
            )
        return {"owner": staff.actor} | list_acknowledged(incident, staff.actor, now)

    return act_on_cards(Action(Verb.ACKNOWLEDGE, "acknowledge", plan), staff, cards, now)


@staff_write(Verb.ASSIGN)
def assign_as_staff(staff: Staff, cards: Iterable[Card], owner: str, now: datetime) -> Outcome:
    """Give the incidents to another account; an empty `owner` takes them from theirs.

    Raises `UnknownError` for an account that may not work on incidents.
    """
    if owner and owner not in dict(list_operators()):
        raise UnknownError

    def plan(incident: Incident) -> dict[str, Any]:
        check_open(incident)
        return {"owner": owner}

    return act_on_cards(Action(Verb.ASSIGN, "assign", plan), staff, cards, now)


@staff_write(Verb.SNOOZE)
def snooze_as_staff(
    staff: Staff, cards: Iterable[Card], snooze: Snooze | Literal["end"], now: datetime
) -> Outcome:
    """Hide the incidents for a while, or show them again by `end`.

    A more severe incident of the same shipment ends a snooze early too.
    """
    until = None if snooze == END_SNOOZE else find_snooze_end(snooze, now)

    def plan(incident: Incident) -> dict[str, Any]:
        check_open(incident)
        return {"snoozed_until": until}

    return act_on_cards(Action(Verb.SNOOZE, "snooze", plan), staff, cards, now)


@staff_write(Verb.RESOLVE)
def resolve_as_staff(
    staff: Staff,
    cards: Iterable[Card],
    resolution: Resolution | None,
    now: datetime,
    answers: Mapping[int, Resolution] = NO_ANSWERS,
) -> Outcome:
    """Resolve incidents of the cards: those in `answers` by their own result, the others by `resolution`.

    An answer to a recipient is for requests alone. Another result is for the other incidents of a card; for
    its requests only if there are no others. What a result is not for stays open.
    """
    kept: list[Incident] = []

    def choose(incidents: Incidents) -> Incidents:
        rest = [incident for incident in incidents if incident.pk not in answers]
        fitting = _list_fitting(rest, resolution)
        chosen = [incident for incident in incidents if incident.pk in answers or incident in fitting]
        kept.extend(incident for incident in rest if chosen and incident not in fitting)
        return chosen

    def plan(incident: Incident) -> dict[str, Any]:
        check_open(incident)
        result = answers.get(incident.pk, resolution)
        assert result is not None, "Only incidents with a result are chosen."
        return list_resolved(incident, result, staff.actor, now)

    notes = [mask_text(result.note) for result in (resolution, *answers.values()) if result]
    action = Action(Verb.RESOLVE, "resolve", plan, next(filter(None, notes), ""), choose)
    return act_on_cards(action, staff, cards, now)._replace(kept=len(kept))


def _list_fitting(incidents: Incidents, resolution: Resolution | None) -> Incidents:
    """Return those of a card's incidents that one result for all of them is for."""
    if resolution is None:
        return []
    requests = [incident for incident in incidents if find_request(incident.subject)]
    if resolution.resolution_code in REQUEST_RESULTS:
        return requests
    return [incident for incident in incidents if incident not in requests] or requests


@staff_write(Verb.REOPEN)
def reopen_as_staff(staff: Staff, cards: Iterable[Card], now: datetime) -> Outcome:
    """Open resolved incidents again. Their time to respond counts from when they were first opened."""

    def plan(incident: Incident) -> dict[str, Any]:
        if incident.resolved_at is None:
            raise ConflictError(f"The incident of {name_shipment(incident)} is open: {say_change(incident)}")
        check_not_repeated(incident)
        return {
            "resolved_at": None,
            "resolved_by": "",
            "resolution_code": "",
            "note": "",
            "agreed_day": None,
            "day_moved_at": None,
            "snoozed_until": None,
        }

    return act_on_cards(Action(Verb.REOPEN, "reopen", plan), staff, cards, now)


@staff_write(Verb.NOTE)
def note_as_staff(staff: Staff, incident_id: int, text: str, now: datetime) -> Outcome:
    """Add a note to an incident. Phone numbers are masked; the audit log holds no word of it."""
    incident = visible_incidents(staff.scope).filter(pk=incident_id).first()
    masked = (mask_text(text) or "").strip()
    if incident is None or not masked:
        raise UnknownError
    note = IncidentNote.objects.create(incident=incident, at=now, actor=staff.actor, text=masked)
    entry = record_card(Verb.NOTE, staff, [incident], now, {}, {"note": note.pk}, "")
    return Outcome([incident], 1, [entry], [])


def find_snooze_end(snooze: Snooze, now: datetime) -> datetime:
    """Return when a snooze ends: after 15 minutes, an hour, or at the next 08:00 in India."""
    if snooze == "15_min":
        return now + timedelta(minutes=15)
    if snooze == "1_h":
        return now + timedelta(hours=1)
    local = now.astimezone(INDIA)
    morning = local.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return (morning if morning > local else morning + timedelta(days=1)).astimezone(now.tzinfo)
