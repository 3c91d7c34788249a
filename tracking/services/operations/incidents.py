"""Incidents: problems that wait for an operator, opened and closed by changes of shipments."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from tracking.domain.events import Change, format_time
from tracking.domain.masking import mask_text
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES, Status
from tracking.models import Incident, Shipment, Vehicle
from tracking.ports import LivePush, TrackingPorts
from tracking.services.reading.incident_answers import ID_PREFIX
from tracking.services.requests.bodies import Resolution
from tracking.services.requests.callers import Caller
from tracking.services.requests.queries import IncidentQuery
from tracking.services.requests.refusals import AlreadyResolvedError, UnknownError

WHY_LENGTH = 200
ID_DIGITS = 18


class Kind(NamedTuple):
    """Severity of a kind of incident, and the time until an operator must respond."""

    severity: Incident.Severity
    response: timedelta


CRITICAL = Kind(Incident.Severity.CRITICAL, timedelta(minutes=15))
HIGH = Kind(Incident.Severity.HIGH, timedelta(minutes=30))
MEDIUM = Kind(Incident.Severity.MEDIUM, timedelta(minutes=60))
WAITING = Kind(Incident.Severity.MEDIUM, timedelta(hours=4))
LOW = Kind(Incident.Severity.LOW, timedelta(days=1))

# Positions of the vehicle contradict an attempt or a delivery.
DOUBT = "suspected_fake_attempt"

KINDS: dict[str, Kind] = {
    "attempt_doubtful": CRITICAL,
    DOUBT: CRITICAL,
    "delivery_disputed": CRITICAL,
    "attempt_failed": HIGH,
    "exception": HIGH,
    "delayed": MEDIUM,
    "stalled": MEDIUM,
    "on_hold": WAITING,
    "customer_request": WAITING,
    "foreign_vehicle": MEDIUM,
    "webhook_disabled": MEDIUM,
    "unrouted": HIGH,
    "clock_skewed": LOW,
    "unmapped_status": LOW,
}
_BY_SUBSTATUS = {
    "suspected_fake_attempt": "attempt_doubtful",
    "delivered_disputed": "delivery_disputed",
}
_BY_STATUS = {
    Status.ATTEMPT_FAILED: "attempt_failed",
    Status.EXCEPTION: "exception",
    Status.LOST: "exception",
    Status.ON_HOLD: "on_hold",
}
_STATUS_CHANGES = ("created", "status_changed")


def update_incidents(ports: TrackingPorts, change: Change) -> None:
    """Open the incident that a change causes and close those that it ends. Safe for repeats and any order.

    An incident opens only while its cause holds in the shipment's current state, so a late or repeated change
    opens nothing that is over. Raises `TransientError` when the store cannot be reached.
    """
    state = ports.store.read_state(change.shipment_id)
    if state is None:
        return
    touched = _close_ended(state, change)
    code = _find_code(change, state)
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
    incident = _open(code, subject, why, opened_at, shipment_id=shipment_id, vehicle_id=vehicle_id)
    push_incidents(live, [incident] if incident else [])
    return incident


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


def acknowledge_incident(live: LivePush, incident: Incident, actor: str, now: datetime) -> Incident:
    """Acknowledge the incident; the first acknowledgement stays. Raises `AlreadyResolvedError`."""
    store_acknowledgement(incident, actor, now)
    push_incidents(live, [incident])
    return incident


def store_acknowledgement(incident: Incident, actor: str, now: datetime) -> None:
    """As `acknowledge_incident`, for a caller that pushes the incident itself."""
    unresolved = Incident.objects.filter(pk=incident.pk, resolved_at=None)
    unresolved.filter(acknowledged_at=None).update(acknowledged_at=now, acknowledged_by=actor)
    incident.refresh_from_db()
    if incident.resolved_at is not None:
        raise AlreadyResolvedError


def resolve_incident(
    live: LivePush, incident: Incident, resolution: Resolution, actor: str, now: datetime
) -> Incident:
    """Resolve the incident. Of two calls at once one succeeds. Raises `AlreadyResolvedError`."""
    store_resolution(incident, resolution, actor, now)
    push_incidents(live, [incident])
    return incident


def store_resolution(incident: Incident, resolution: Resolution, actor: str, now: datetime) -> None:
    """As `resolve_incident`, for a caller that pushes the incident itself."""
    closed = Incident.objects.filter(pk=incident.pk, resolved_at=None).update(
        resolved_at=max(now, incident.opened_at),
        resolved_by=actor,
        resolution_code=resolution.resolution_code,
        note=mask_text(resolution.note) or "",
    )
    if not closed:
        raise AlreadyResolvedError
    incident.refresh_from_db()


def push_incidents(live: LivePush, incidents: Iterable[Incident]) -> None:
    """Push the incidents to the consoles."""
    rows = [incident_row(incident) for incident in incidents]
    if rows:
        live.push_fleet({"vehicles": [], "changes": [], "incidents": rows})


def incident_row(incident: Incident) -> dict[str, Any]:
    """Return the incident as the console gets it, with times in RFC 3339 UTC."""
    return {
        "id": incident.pk,
        "code": incident.code,
        "severity": str(incident.severity),
        "subject": incident.subject,
        "shipment_id": incident.shipment_id or None,
        "vehicle_id": incident.vehicle_id or None,
        "why": incident.why,
        "opened_at": format_time(incident.opened_at),
        "due_at": format_time(incident.due_at),
        "resolved_at": format_time(incident.resolved_at) if incident.resolved_at else None,
    }


def _find_code(change: Change, state: ShipmentState) -> str | None:
    """Return the code of the incident that a change causes, None if its cause no longer holds."""
    if change.type in _STATUS_CHANGES and change.after.status is state.status:
        return _code_of(state)
    if change.type == "delayed" and _is_late_now(state):
        return "delayed"
    if change.type == "stalled" and state.is_stalled:
        return "stalled"
    if change.type == "attempt_doubted" and _is_still_doubted(change, state):
        return DOUBT
    if change.type == "event_rejected" and change.reason_code == "foreign_vehicle":
        return "foreign_vehicle"
    if change.type == "event_rejected" and change.reason_code == "unmapped_status":
        has_newer_status = state.status_at is not None and state.status_at > change.occurred_at
        return None if has_newer_status else "unmapped_status"
    return None


def _is_still_doubted(change: Change, state: ShipmentState) -> bool:
    evidence = change.evidence
    return evidence is not None and any(doubt.event_id == evidence.event_id for doubt in state.doubts)


def _is_late_now(state: ShipmentState) -> bool:
    return state.is_delayed and state.status not in END_STATUSES


def _code_of(state: ShipmentState) -> str | None:
    """Return the code of the incident that the status of a shipment causes."""
    return _BY_SUBSTATUS.get(state.substatus or "") or _BY_STATUS.get(state.status)


def _open_for(code: str, change: Change, state: ShipmentState) -> list[Incident]:
    incident = _open(
        code,
        change.shipment_id,
        change.why,
        change.occurred_at,
        shipment_id=change.shipment_id,
        vehicle_id=(change.evidence.vehicle_id if change.evidence else state.vehicle_id) or "",
    )
    return [incident] if incident else []


def _open(code: str, subject: str, why: str, opened_at: datetime, **about: str) -> Incident | None:
    earlier = Incident.objects.filter(code=code, subject=subject)
    if earlier.filter(opened_at=opened_at).exists() or earlier.filter(resolved_at=None).exists():
        return None
    kind = KINDS[code]
    try:
        with transaction.atomic():
            return Incident.objects.create(
                code=code,
                subject=subject,
                why=why[:WHY_LENGTH],
                severity=kind.severity,
                opened_at=opened_at,
                due_at=opened_at + kind.response,
                **about,
            )
    except IntegrityError:  # Another process was first: one is open per code and subject.
        return None


def _close_ended(state: ShipmentState, change: Change) -> list[Incident]:
    """Close the incidents whose cause no longer holds in the shipment's state."""
    over = set(_BY_STATUS.values()) | set(_BY_SUBSTATUS.values())
    over.discard(_code_of(state) or "")
    if not _is_late_now(state):
        over.add("delayed")
    if not state.is_stalled:
        over.add("stalled")
    if not state.doubts:
        over.add(DOUBT)
    if change.type in _STATUS_CHANGES:
        over.add("unmapped_status")
    ended = Incident.objects.filter(subject=change.shipment_id, code__in=over)
    return _close(ended, change.occurred_at)


def _close(incidents: Any, resolved_at: datetime) -> list[Incident]:
    """Resolve the open ones of these incidents; return those that this call has closed."""
    closed = []
    for incident in incidents.filter(resolved_at=None):
        incident.resolved_at = max(resolved_at, incident.opened_at)
        still_open = Incident.objects.filter(pk=incident.pk, resolved_at=None)
        if still_open.update(resolved_at=incident.resolved_at):
            closed.append(incident)
    return closed
