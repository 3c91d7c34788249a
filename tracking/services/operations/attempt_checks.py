"""Checks of attempts: which shipments wait for evidence, when it is computed, and when a doubt has ended."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog

from tracking.domain.attempts import Door
from tracking.domain.errors import PermanentError
from tracking.domain.events import Change
from tracking.domain.shipment import ShipmentState
from tracking.lookup_ports import PinCodeLocator
from tracking.models import AttemptCheck, Incident, Shipment
from tracking.ports import TrackingPorts
from tracking.services.operations.attempt_evidence import (
    WAITS_FOR,
    Findings,
    find_evidence,
    has_attempt,
    make_settlement,
    plan_look,
)
from tracking.services.operations.incident_changes import UNDO_FOR
from tracking.services.operations.incident_kinds import DOUBT
from tracking.services.partners.recipients import read_contact
from tracking.services.recording.stream_records import put_records

CHECKS_A_RUN = 1000
# A doubt is ended at the latest this long after its incident was resolved.
SETTLED_WITHIN = timedelta(days=1)
STATES_A_READ = 100

log = structlog.get_logger()


def note_attempt(change: Change) -> None:
    """Schedule the check of a shipment that has come to an attempt or a delivery, or left one.

    Safe for repeats and any order: a check finds every attempt of the shipment that has no evidence.
    """
    if not has_attempt(change):
        return
    due_at = change.recorded_at + WAITS_FOR
    row, is_new = AttemptCheck.objects.get_or_create(
        shipment_id=change.shipment_id, defaults={"due_at": due_at}
    )
    if not is_new:
        AttemptCheck.objects.filter(pk=row.pk).update(due_at=min(row.due_at, due_at), looks=0)


def check_attempts(ports: TrackingPorts, now: datetime) -> int:
    """Put the evidence that is due on the stream; return how many events were put.

    Call it every minute. Safe to repeat. Raises `TransientError` when a store or the stream cannot be
    reached; what was put before that stays on the stream.
    """
    due = AttemptCheck.objects.filter(due_at__lte=now).order_by("due_at")[:CHECKS_A_RUN]
    return sum(_check(ports, row, now) for row in list(due)) + _settle_resolved(ports, now)


def find_door(shipment: Shipment | None, pin_codes: PinCodeLocator) -> Door | None:
    """Return the door of a booking: its point, else the area of its PIN code; None if neither is known."""
    if shipment is None:
        return None
    point = read_contact(shipment).point
    if point is not None:
        return Door(point.lat, point.lon)
    area = pin_codes.locate_area(shipment.pin_code)
    return None if area is None else Door(*area)


def _check(ports: TrackingPorts, row: AttemptCheck, now: datetime) -> int:
    shipment = Shipment.objects.filter(shipment_id=row.shipment_id).first()
    try:
        findings = find_evidence(ports, row.shipment_id, find_door(shipment, ports.pin_codes), now)
        put_records(ports.stream, findings.payloads)
    except PermanentError as error:
        # One shipment that cannot be read must not keep the others waiting.
        log.warning("evidence", outcome="not computed", shipment_id=row.shipment_id, error=str(error))
        _plan_next(row, now, Findings([], is_open=True))
        return 0
    _plan_next(row, now, findings)
    return len(findings.payloads)


def _plan_next(row: AttemptCheck, now: datetime, findings: Findings) -> None:
    """Plan the next look, unless everything is decided and nothing more is waited for.

    A row that `note_attempt` has changed meanwhile stays as it is.
    """
    seen = AttemptCheck.objects.filter(pk=row.pk, due_at=row.due_at, looks=row.looks)
    looks = row.looks + 1
    due_at = plan_look(looks, now, findings)
    if due_at is None:
        seen.delete()
    else:
        seen.update(due_at=due_at, looks=looks)


def _settle_resolved(ports: TrackingPorts, now: datetime) -> int:
    """End the doubts whose incident an operator has resolved for good; return how many."""
    recently = (now - SETTLED_WITHIN, now - UNDO_FOR)
    resolved = Incident.objects.filter(code=DOUBT, resolved_at__range=recently).order_by("pk")
    moments = {row.shipment_id: row.resolved_at for row in resolved if row.resolved_at is not None}
    settlements = [
        make_settlement(state.shipment_id, doubt, now)
        for state in _read_states(ports, list(moments))
        for doubt in state.doubts
        if doubt.computed_at <= moments[state.shipment_id]
    ]
    put_records(ports.stream, settlements)
    return len(settlements)


def _read_states(ports: TrackingPorts, shipment_ids: Sequence[str]) -> Iterable[ShipmentState]:
    for start in range(0, len(shipment_ids), STATES_A_READ):
        yield from ports.store.read_current(shipment_ids[start : start + STATES_A_READ]).values()
