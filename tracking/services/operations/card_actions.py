"""Actions on cards of incidents: each card is whole or not done, and leaves one audited entry."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from django.db import transaction

from tracking.models import Incident
from tracking.services.operations.incident_changes import (
    SYSTEM,
    ChangedMeanwhileError,
    say_change,
    write_change,
)
from tracking.services.operations.incident_names import name_shipment
from tracking.services.reading.staff_scope import visible_incidents
from tracking.services.requests.audit import record_action
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import AlreadyResolvedError, ConflictError, UnknownError
from tracking.services.requests.roles import Verb, require_role

# Cards in one action: at most, and from which on a supervisor is needed.
MAX_CARDS, FREE_CARDS = 200, 20
Plan = Callable[[Incident], dict[str, Any]]
Incidents = Sequence[Incident]
Item = TypeVar("Item")


class Seen(NamedTuple):
    """Incident as it was seen: its id, and its version; None where the newest one is meant."""

    incident_id: int
    version: int | None = None


Card = Sequence[Seen]


class Outcome(NamedTuple):
    """Result of an action: changed incidents, cards and audit entries of what was done, and conflicts.

    `kept` counts the incidents of the cards that stay as they are, since the result is none for them.
    """

    incidents: list[Incident]
    cards: int
    entry_ids: list[int]
    conflicts: list[str]
    kept: int = 0


class Action(NamedTuple):
    """Action on cards: its verb and name, the fields that it writes, its reason, and what it is for.

    `choose` returns those incidents of a card that it changes; all by default.
    """

    verb: Verb
    name: str
    plan: Plan
    reason: str = ""
    choose: Callable[[Incidents], Incidents] = list


class TooManyCardsError(ConflictError):
    """Raised for an action on more cards than one action takes."""

    code = "too_many"
    detail = f"An action takes at most {MAX_CARDS} incidents. Narrow the list down."


class NothingSelectedError(ConflictError):
    """Raised for an action on no card."""

    code = "nothing_selected"
    detail = "No incident was selected."


def check_open(incident: Incident) -> None:
    """Raise `AlreadyResolvedError`, in words, for a resolved incident."""
    if incident.resolved_at is not None:
        raise AlreadyResolvedError(
            f"The incident of {name_shipment(incident)} is resolved already: {say_change(incident)}"
        )


def check_not_repeated(incident: Incident) -> None:
    """Raise `ConflictError` if the same cause has opened another incident that is open."""
    same = Incident.objects.filter(code=incident.code, subject=incident.subject, resolved_at=None)
    if same.exclude(pk=incident.pk).exists():
        raise ConflictError(
            f"The same was reported of {name_shipment(incident)} again; that incident is open."
        )


def act_on_cards(action: Action, staff: Staff, cards: Iterable[Card], now: datetime) -> Outcome:
    """Change the incidents of each card as planned. A card with a conflict is left as it is."""
    wanted = list(cards)
    if not wanted:
        raise NothingSelectedError
    if len(wanted) > MAX_CARDS:
        raise TooManyCardsError
    if len(wanted) > FREE_CARDS:
        require_role(staff.role, Verb.BULK)
    return act_on_each(wanted, lambda card: _act_on_card(staff, card, now, action))


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


def _act_on_card(staff: Staff, card: Card, now: datetime, action: Action) -> tuple[list[Incident], int]:
    before, after = {}, {}
    seen = _read_card(staff, card)
    incidents = list(action.choose(seen))
    if not incidents:
        raise ConflictError(f"No request of the recipient is open on {name_shipment(seen[0])}.")
    for incident in incidents:
        fields = action.plan(incident)
        before[str(incident.pk)] = {name: keep_value(getattr(incident, name)) for name in fields}
        write_change(incident, action.name, staff.actor, now, fields)
        kept = {name: keep_value(getattr(incident, name)) for name in fields}
        after[str(incident.pk)] = kept | {"version": incident.version}
    return incidents, record_card(action.verb, staff, incidents, now, before, after, action.reason)


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


def record_card(
    verb: Verb,
    staff: Staff,
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
