"""Undo of actions on incidents: the inverse is written if nobody has changed the incident since."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from tracking.models import Incident, IncidentNote, StaffAction
from tracking.services.operations.incident_changes import UNDO_FOR, ChangedMeanwhileError, write_change
from tracking.services.operations.staff_incidents import (
    MAX_CARDS,
    Outcome,
    act_on_each,
    check_not_repeated,
    keep_value,
    name_card,
)
from tracking.services.reading.staff_scope import visible_actions, visible_incidents
from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import ConflictError, UnknownError
from tracking.services.requests.roles import Verb, require_role

UNDOABLE = (Verb.ACKNOWLEDGE, Verb.ASSIGN, Verb.SNOOZE, Verb.RESOLVE, Verb.REOPEN, Verb.NOTE)
_MOMENTS = ("acknowledged_at", "resolved_at", "snoozed_until", "day_moved_at")
_READERS: dict[str, Callable[[str], date]] = {
    **dict.fromkeys(_MOMENTS, datetime.fromisoformat),
    "agreed_day": date.fromisoformat,
}


class TooLateToUndoError(ConflictError):
    """Raised for an action that is older than the time in which it can be undone."""

    code = "too_late_to_undo"
    detail = f"An action can be undone for {UNDO_FOR.seconds} seconds."


@staff_write(Verb.UNDO)
def undo_as_staff(staff: Staff, entry_ids: Iterable[int], now: datetime) -> Outcome:
    """Undo the actions of these audit entries. The caller pushes the incidents to the consoles.

    Raises `ConflictError` if nothing was undone, `UnknownError` for entries that are none of an action on
    incidents, and `RoleRefusedError` for those of others.
    """
    found = visible_actions(staff.scope, staff.actor).filter(pk__in=list(entry_ids)[:MAX_CARDS])
    entries = list(found.filter(verb__in=UNDOABLE).order_by("pk"))
    if any(entry.actor != staff.actor for entry in entries):
        require_role(staff.role, Verb.UNDO_OTHERS)
    return act_on_each(entries, lambda entry: _undo_entry(staff, entry, now))


def _undo_entry(staff: Staff, entry: StaffAction, now: datetime) -> tuple[list[Incident], int]:
    if now - entry.at > UNDO_FOR:
        raise TooLateToUndoError
    if entry.verb == Verb.NOTE:
        return _undo_note(staff, entry, now)
    numbers = [int(number) for number in entry.after]
    incidents = list(visible_incidents(staff.scope).filter(pk__in=numbers).order_by("pk"))
    after: dict[str, Any] = {}
    for incident in incidents:
        if incident.version != entry.after[str(incident.pk)]["version"]:
            raise ChangedMeanwhileError.of(incident)
        fields = _read_values(entry.before[str(incident.pk)])
        if "resolved_at" in fields and fields["resolved_at"] is None:
            check_not_repeated(incident)
        write_change(incident, "undo", staff.actor, now, fields)
        kept = {name: keep_value(value) for name, value in fields.items()}
        after[str(incident.pk)] = kept | {"version": incident.version}
    return incidents, _record(staff, entry, incidents, now, after)


def _undo_note(staff: Staff, entry: StaffAction, now: datetime) -> tuple[list[Incident], int]:
    note = IncidentNote.objects.filter(pk=entry.after["note"]).select_related("incident").first()
    if note is None:
        raise UnknownError
    incident = note.incident
    note.delete()
    return [incident], _record(staff, entry, [incident], now, {})


def _record(
    staff: Staff, entry: StaffAction, incidents: list[Incident], now: datetime, after: dict[str, Any]
) -> int:
    """Add the entry of an undo, which names the entry that it undoes; return its id."""
    values = {"at": now, "before": entry.after, "after": after}
    reason = f"undo of entry {entry.pk}, {entry.verb}"
    undone = record_action(
        staff, Verb.UNDO, name_card(incidents), shipment_id=entry.shipment_id, reason=reason, **values
    )
    return undone.pk


def _read_values(kept: dict[str, Any]) -> dict[str, Any]:
    """Return fields from the JSON of an entry."""
    return {name: _read_value(name, value) for name, value in kept.items()}


def _read_value(name: str, value: Any) -> Any:
    read = _READERS.get(name)
    return read(value) if read and value is not None else value
