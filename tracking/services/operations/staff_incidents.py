"""Actions of staff on incidents: each action on a card is whole or not done, and leaves one audited entry."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeVar, get_args

from django.db import transaction

from tracking.domain.indian_time import INDIA
from tracking.domain.masking import mask_text
from tracking.models import Incident, IncidentNote
from tracking.services.operations.incident_changes import (
    SYSTEM,
    ChangedMeanwhileError,
    list_acknowledged,
    list_resolved,
    say_change,
    write_change,
)
from tracking.services.reading.staff_scope import visible_incidents
from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.bodies import Resolution
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import AlreadyResolvedError, ConflictError, UnknownError
from tracking.services.requests.roles import Verb, require_role
from tracking.services.requests.staff_accounts import list_operators, name_accounts

# Cards in one action: at most, and from which on a supervisor is needed.
MAX_CARDS, FREE_CARDS = 200, 20
MORNING_HOUR = 8
Snooze = Literal["15_min", "1_h", "morning"]
SNOOZES: tuple[Snooze, ...] = get_args(Snooze)
Plan = Callable[[Incident], dict[str, Any]]
Item = TypeVar("Item")


class Seen(NamedTuple):
    """Incident as it was seen: its id, and its version; None where the newest one is meant."""

    incident_id: int
    version: int | None = None


Card = Sequence[Seen]


class Outcome(NamedTuple):
    """Result of an action: changed incidents, cards and audit entries of what was done, and conflicts."""

    incidents: list[Incident]
    cards: int
    entry_ids: list[int]
    conflicts: list[str]


class TooManyCardsError(ConflictError):
    """Raised for an action on more cards than one action takes."""

    code = "too_many"
    detail = f"An action takes at most {MAX_CARDS} incidents. Narrow the list down."


class NothingSelectedError(ConflictError):
    """Raised for an action on no card."""

    code = "nothing_selected"
    detail = "No incident was selected."


@staff_write(Verb.ACKNOWLEDGE)
def acknowledge_as_staff(staff: Staff, cards: Iterable[Card], now: datetime) -> Outcome:
    """Claim the incidents: the account owns them. The caller pushes them to the consoles, as of all actions.

    Raises `ConflictError` if nothing was done, `UnknownError` outside of the scope, `RoleRefusedError`.
    """

    def plan(incident: Incident) -> dict[str, Any]:
        check_open(incident)
        if incident.owner not in {"", staff.actor}:
            owner = name_accounts([incident.owner])[incident.owner]
            raise ChangedMeanwhileError(f"{incident.subject} belongs to {owner}: {say_change(incident)}")
        return {"owner": staff.actor} | list_acknowledged(incident, staff.actor, now)

    return _act(staff, (Verb.ACKNOWLEDGE, "acknowledge"), cards, now, plan)


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

    return _act(staff, (Verb.ASSIGN, "assign"), cards, now, plan)


@staff_write(Verb.SNOOZE)
def snooze_as_staff(staff: Staff, cards: Iterable[Card], snooze: Snooze, now: datetime) -> Outcome:
    """Hide the incidents for a while. A more severe incident of the same shipment ends it early."""
    until = find_snooze_end(snooze, now)

    def plan(incident: Incident) -> dict[str, Any]:
        check_open(incident)
        return {"snoozed_until": until}

    return _act(staff, (Verb.SNOOZE, "snooze"), cards, now, plan)


@staff_write(Verb.RESOLVE)
def resolve_as_staff(staff: Staff, cards: Iterable[Card], resolution: Resolution, now: datetime) -> Outcome:
    """Resolve the incidents with a code."""

    def plan(incident: Incident) -> dict[str, Any]:
        check_open(incident)
        return list_resolved(incident, resolution, staff.actor, now)

    reason = mask_text(resolution.note) or ""
    return _act(staff, (Verb.RESOLVE, "resolve"), cards, now, plan, reason)


@staff_write(Verb.REOPEN)
def reopen_as_staff(staff: Staff, cards: Iterable[Card], now: datetime) -> Outcome:
    """Open resolved incidents again. Their time to respond counts from when they were first opened."""

    def plan(incident: Incident) -> dict[str, Any]:
        if incident.resolved_at is None:
            raise ConflictError(f"The incident of {incident.subject} is open: {say_change(incident)}")
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

    return _act(staff, (Verb.REOPEN, "reopen"), cards, now, plan)


@staff_write(Verb.NOTE)
def note_as_staff(staff: Staff, incident_id: int, text: str, now: datetime) -> Outcome:
    """Add a note to an incident. Phone numbers are masked; the audit log holds no word of it."""
    incident = visible_incidents(staff.scope).filter(pk=incident_id).first()
    masked = (mask_text(text) or "").strip()
    if incident is None or not masked:
        raise UnknownError
    note = IncidentNote.objects.create(incident=incident, at=now, actor=staff.actor, text=masked)
    entry = _record(staff, Verb.NOTE, [incident], now, {}, {"note": note.pk}, "")
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


def check_open(incident: Incident) -> None:
    """Raise `AlreadyResolvedError`, in words, for a resolved incident."""
    if incident.resolved_at is not None:
        raise AlreadyResolvedError(
            f"The incident of {incident.subject} is resolved already: {say_change(incident)}"
        )


def check_not_repeated(incident: Incident) -> None:
    """Raise `ConflictError` if the same cause has opened another incident that is open."""
    same = Incident.objects.filter(code=incident.code, subject=incident.subject, resolved_at=None)
    if same.exclude(pk=incident.pk).exists():
        raise ConflictError(f"The same was reported of {incident.subject} again; that incident is open.")


def _act(
    staff: Staff, how: tuple[Verb, str], cards: Iterable[Card], now: datetime, plan: Plan, reason: str = ""
) -> Outcome:
    """Change the incidents of each card as planned. A card with a conflict is left as it is."""
    wanted = list(cards)
    if not wanted:
        raise NothingSelectedError
    if len(wanted) > MAX_CARDS:
        raise TooManyCardsError
    if len(wanted) > FREE_CARDS:
        require_role(staff.role, Verb.BULK)
    return act_on_each(wanted, lambda card: _act_on_card(staff, how, card, now, plan, reason))


def act_on_each(items: Iterable[Item], act: Callable[[Item], tuple[list[Incident], int]]) -> Outcome:
    """Act on each item in a transaction of its own; a conflict of one does not stop the others.

    `act` returns the changed incidents and the id of the audit entry. Raises the first conflict if nothing
    was done, and `UnknownError` for no items.
    """
    outcome, refusals = Outcome([], 0, [], []), []
    for item in items:
        try:
            with transaction.atomic():
                incidents, entry_id = act(item)
        except ConflictError as conflict:
            outcome.conflicts.append(conflict.detail)
            refusals.append(conflict)
        else:
            outcome.incidents.extend(incidents)
            outcome.entry_ids.append(entry_id)
    if not outcome.entry_ids:
        raise refusals[0] if refusals else UnknownError()
    return outcome._replace(cards=len(outcome.entry_ids))


def _act_on_card(
    staff: Staff, how: tuple[Verb, str], card: Card, now: datetime, plan: Plan, reason: str
) -> tuple[list[Incident], int]:
    verb, action = how
    before, after = {}, {}
    incidents = _read_card(staff, card)
    for incident in incidents:
        fields = plan(incident)
        before[str(incident.pk)] = {name: keep_value(getattr(incident, name)) for name in fields}
        write_change(incident, action, staff.actor, now, fields)
        kept = {name: keep_value(getattr(incident, name)) for name in fields}
        after[str(incident.pk)] = kept | {"version": incident.version}
    return incidents, _record(staff, verb, incidents, now, before, after, reason)


def _read_card(staff: Staff, card: Card) -> list[Incident]:
    """Return the incidents of a card, as they were seen.

    One that has closed itself since is left out while others are open. Raises `UnknownError` outside of
    the scope, and `ChangedMeanwhileError` if somebody else has changed one.
    """
    seen = {one.incident_id: one.version for one in card}
    found = list(visible_incidents(staff.scope).filter(pk__in=seen).order_by("pk"))
    if not seen or len(found) < len(seen):
        raise UnknownError
    still = [one for one in found if one.resolved_at is None or one.changed_by != SYSTEM] or found
    for incident in still:
        is_changed = seen[incident.pk] not in {None, incident.version}
        if is_changed and incident.changed_by != staff.actor:
            check_open(incident)
            raise ChangedMeanwhileError.of(incident)
    return still


def keep_value(value: Any) -> Any:
    """Return a field's value as JSON."""
    return value.isoformat() if isinstance(value, date) else value


def _record(
    staff: Staff,
    verb: Verb,
    incidents: Sequence[Incident],
    now: datetime,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
) -> int:
    """Add the entry of a card; return its id."""
    values = {"at": now, "before": before, "after": after}
    shipment_id = incidents[0].shipment_id
    entry = record_action(staff, verb, name_card(incidents), shipment_id=shipment_id, reason=reason, **values)
    return entry.pk


def name_card(incidents: Sequence[Incident]) -> str:
    """Return the name of a card in the audit log: `incident 12 exception`, or `incidents 12, 14`."""
    if len(incidents) == 1:
        return f"incident {incidents[0].pk} {incidents[0].code}"
    return f"incidents {', '.join(str(incident.pk) for incident in incidents)}"
