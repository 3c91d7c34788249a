"""Incidents: problems that wait for an operator, opened and closed by changes of shipments."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from tracking.domain.events import Change
from tracking.domain.shipment import ShipmentState
from tracking.models import Incident, Shipment, Vehicle
from tracking.ports import LivePush, TrackingPorts
from tracking.services.operations.incident_changes import SYSTEM, push_incidents
from tracking.services.operations.incident_kinds import KINDS, WEIGHTS, Kind, find_caused, list_ended
from tracking.services.reading.incident_answers import ID_PREFIX
from tracking.services.requests.callers import Caller
from tracking.services.requests.queries import IncidentQuery
from tracking.services.requests.refusals import UnknownError

WHY_LENGTH = 200
ID_DIGITS = 18


def update_incidents(ports: TrackingPorts, change: Change) -> None:
    """Open the incident that a change causes and close those that it ends. Safe for repeats and any order.

    An incident opens only while its cause holds in the shipment's current state, so a late or repeated change
    opens nothing that is over. Raises `TransientError` when the store cannot be reached.
    """
    state = ports.store.read_state(change.shipment_id)
    if state is None:
        return
    touched = _close_ended(state, change)
    code = find_caused(change, state)
    if code is not None:
        touched += _open_for(code, change, state)
    push_incidents(ports.live, touched)


def open_incident(
    live: LivePush,
    code: str,
    subject: str,
    why: str,
    opened_at: datetime,
    *,
    shipment_id: str = "",
    vehicle_id: str = "",
) -> Incident | None:
    """Open an incident and push it to the consoles, unless one is open for this code and subject.

    Nothing opens for a repeat: an incident of the same code, subject and time, resolved or not.
    """
    opened = _open(code, subject, why, opened_at, shipment_id=shipment_id, vehicle_id=vehicle_id)
    push_incidents(live, opened)
    return opened[0] if opened else None


def close_incident(live: LivePush, code: str, subject: str, resolved_at: datetime) -> Incident | None:
    """Close the open incident of this code and subject and push it to the consoles; None if none is open."""
    closed = _close(Incident.objects.filter(code=code, subject=subject), resolved_at)
    push_incidents(live, closed)
    return closed[0] if closed else None


def own_incidents(caller: Caller) -> QuerySet[Incident]:
    """Return the incidents of the caller's shipments and vehicles, in the mode of its key."""
    shipments = Shipment.objects.filter(partner=caller.partner, livemode=caller.livemode)
    vehicles = Vehicle.objects.filter(partner=caller.partner, livemode=caller.livemode)
    of_vehicle = Q(shipment_id="", vehicle_id__in=vehicles.values("vehicle_id"))
    return Incident.objects.filter(Q(shipment_id__in=shipments.values("shipment_id")) | of_vehicle)


def list_incidents(caller: Caller, query: IncidentQuery, after: int | None) -> list[Incident]:
    """Return a page of the caller's incidents and one more, newest first.

    `after` is the id of the last row of the page before.
    """
    rows = own_incidents(caller).order_by("-pk")
    if query.state is not None:
        rows = rows.filter(resolved_at__isnull=query.state == "open")
    if query.code is not None:
        rows = rows.filter(code=query.code)
    if query.shipment_id is not None:
        rows = rows.filter(shipment_id=query.shipment_id)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    return list(rows[: query.limit + 1])


def find_incident(caller: Caller, incident_id: str) -> Incident:
    """Return the caller's incident. Raises `UnknownError`, also for another partner's."""
    number = incident_id.removeprefix(ID_PREFIX)
    is_id = number != incident_id and number.isascii() and number.isdigit() and len(number) <= ID_DIGITS
    incident = own_incidents(caller).filter(pk=int(number)).first() if is_id else None
    if incident is None:
        raise UnknownError
    return incident


def _open_for(code: str, change: Change, state: ShipmentState) -> list[Incident]:
    return _open(
        code,
        change.shipment_id,
        change.why,
        _moment_of(change),
        shipment_id=change.shipment_id,
        vehicle_id=(change.evidence.vehicle_id if change.evidence else state.vehicle_id) or "",
    )


def _open(code: str, subject: str, why: str, opened_at: datetime, **about: str) -> list[Incident]:
    """Open an incident, return it and those of its card that it wakes; none for a repeat."""
    earlier = Incident.objects.filter(code=code, subject=subject)
    if earlier.filter(opened_at=opened_at).exists() or earlier.filter(resolved_at=None).exists():
        return []
    kind = KINDS[code]
    try:
        with transaction.atomic():
            woken = _wake_card(about["shipment_id"], kind, opened_at)
            opened = Incident.objects.create(
                code=code,
                subject=subject,
                why=why[:WHY_LENGTH],
                severity=kind.severity,
                opened_at=opened_at,
                due_at=opened_at + kind.response,
                **about,
                **_share_card(about["shipment_id"]),
            )
            return [opened, *woken]
    except IntegrityError:  # Another process was first: one is open per code and subject.
        return []


def _share_card(shipment_id: str) -> dict[str, Any]:
    """Return owner and snooze of the shipment's open incidents: a further symptom is on the same card."""
    card = _list_open_of(shipment_id)
    owner = next((incident.owner for incident in card if incident.owner), "")
    snoozes = [incident.snoozed_until for incident in card if incident.snoozed_until is not None]
    is_snoozed = bool(card) and len(snoozes) == len(card)
    return {"owner": owner, "snoozed_until": min(snoozes) if is_snoozed else None}


def _wake_card(shipment_id: str, kind: Kind, now: datetime) -> list[Incident]:
    """End the snooze of the shipment's open incidents if none of them is as severe as this kind."""
    card = _list_open_of(shipment_id)
    if not card or max(WEIGHTS[incident.severity] for incident in card) >= WEIGHTS[kind.severity]:
        return []
    woken = [incident for incident in card if incident.snoozed_until is not None]
    author = {"last_action": "rise", "changed_by": SYSTEM, "changed_at": now}
    rows = Incident.objects.filter(pk__in=[incident.pk for incident in woken])
    rows.update(snoozed_until=None, version=F("version") + 1, **author)
    return list(rows.order_by("pk"))


def _list_open_of(shipment_id: str) -> list[Incident]:
    if not shipment_id:
        return []
    return list(Incident.objects.filter(shipment_id=shipment_id, resolved_at=None).order_by("pk"))


def _close_ended(state: ShipmentState, change: Change) -> list[Incident]:
    """Close the incidents whose cause no longer holds in the shipment's state."""
    ended = Incident.objects.filter(subject=change.shipment_id, code__in=list_ended(change, state))
    return _close(ended, _moment_of(change))


def _moment_of(change: Change) -> datetime:
    """Return when the change happened; a time after its arrival is that of a fast clock."""
    return min(change.occurred_at, change.received_at)


def _close(incidents: QuerySet[Incident], resolved_at: datetime) -> list[Incident]:
    """Resolve the open ones of these incidents; return those that this call has closed."""
    closed = []
    for incident in incidents.filter(resolved_at=None):
        moment = max(resolved_at, incident.opened_at)
        author = {"last_action": "close", "changed_by": SYSTEM, "changed_at": moment}
        still_open = Incident.objects.filter(pk=incident.pk, resolved_at=None)
        if still_open.update(resolved_at=moment, version=F("version") + 1, **author):
            incident.refresh_from_db()
            closed.append(incident)
    return closed
