"""Evidence of attempts: read the positions of the vehicle around each attempt of a shipment and judge them.

The result goes on the stream as an event of the shipment, so that it takes the way of every other fact.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tracking.domain.attempt_evidence import AttemptEvidence, Doubt, find_newest_evidence
from tracking.domain.attempts import MARGIN, UNKNOWN, Door, Judgement, claims_visit, find_span, judge_attempt
from tracking.domain.events import Change, Scan, TrackingEvent, format_time
from tracking.domain.fold import Step, iterate_steps
from tracking.domain.identity import name_clock_event, short_hash
from tracking.domain.payload import ScanPayload
from tracking.domain.route import AT_THE_RECIPIENT
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status
from tracking.domain.vehicles import Owner
from tracking.ports import TrackingPorts, VehicleStore

ACTOR = "evidence"
# Positions arrive with the event or a little later; what a device has buffered is read by a later look.
WAITS_FOR = timedelta(minutes=10)
# Times between an attempt and the looks at its positions. Devices buffer for hours; a decided attempt needs
# no further look.
LOOKS_AFTER = (WAITS_FOR, timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
# An attempt that is reported again makes no change, so a shipment that stays at one is looked at this often.
REPEATS_EVERY = timedelta(hours=1)
# An attempt that was recorded longer ago is not looked at again.
LOOKED_FOR = timedelta(hours=48)
# One position a second over the whole span.
MAX_FIXES = 6000


class Attempt(NamedTuple):
    """Event that reports an attempt or a delivery, with the vehicle that carried the parcel, and since when.

    `vehicle_id` is None where no vehicle brought the parcel to a door.
    """

    event: TrackingEvent
    status: Status
    vehicle_id: str | None
    aboard_since: datetime | None


class Findings(NamedTuple):
    """Evidence to put on the stream, and whether an attempt may still get more or other evidence.

    `next_at` is when the shipment is looked at in any case: an attempt has just been reported, or may be
    reported again.
    """

    payloads: list[ScanPayload]
    is_open: bool
    next_at: datetime | None = None


def find_evidence(ports: TrackingPorts, shipment_id: str, door: Door | None, now: datetime) -> Findings:
    """Return the new evidence of the shipment's attempts; `door` is None where nobody knows it.

    Decided evidence stands. Insufficient evidence is computed again, and is new only if it says something
    else. Raises `TransientError` when a store cannot be reached.
    """
    state = ports.store.read_state(shipment_id)
    if state is None:
        return Findings([], is_open=False)
    timeline = ports.store.read_timeline(shipment_id)
    known = find_newest_evidence(event.evidence for event in timeline)
    payloads, is_open = [], False
    attempts = list_attempts(state, timeline)
    for attempt in attempts:
        before = known.get(attempt.event.event_id)
        if (before is not None and before.is_decided) or attempt.event.received_at < now - LOOKED_FOR:
            continue
        if attempt.event.received_at > now - WAITS_FOR:
            is_open = True
            continue
        judged = _judge(ports.vehicles, state, timeline, attempt, door)
        evidence = _make_evidence(attempt, judged, now)
        is_open = is_open or not evidence.is_decided
        if before is None or not before.has_same_result(evidence):
            payloads.append(make_payload(shipment_id, evidence, now))
    return Findings(payloads, is_open, _find_next_look(state, attempts, now))


def has_attempt(change: Change) -> bool:
    """Return whether the change leads to an attempt or a delivery, or away from one.

    An attempt that is reported again makes no change; it is found by the next look.
    """
    statuses = {change.before.status, change.after.status} - {None}
    return change.type == "status_changed" and not AT_THE_RECIPIENT.isdisjoint(statuses)


def plan_look(looks: int, now: datetime, findings: Findings) -> datetime | None:
    """Return when the shipment is looked at again after so many looks; None if nothing is open any more."""
    moments = [] if findings.next_at is None else [findings.next_at]
    if findings.is_open and looks < len(LOOKS_AFTER):
        moments.append(now + LOOKS_AFTER[looks] - LOOKS_AFTER[looks - 1])
    return min(moments, default=None)


def list_attempts(state: ShipmentState, timeline: Sequence[TrackingEvent]) -> list[Attempt]:
    """Return the applied attempts and deliveries at the recipient's, oldest first, after the snapshot."""
    start = state.snapshot.state if state.snapshot else ShipmentState(shipment_id=state.shipment_id)
    attempts: list[Attempt] = []
    aboard_since: datetime | None = None
    for step in iterate_steps(start, [event for event in timeline if event.order > start.last_order]):
        if _is_attempt(step):
            attempts.append(_make_attempt(step, aboard_since))
        if _is_loading(step):
            aboard_since = step.event.occurred_at
    return attempts


def make_payload(shipment_id: str, evidence: AttemptEvidence, now: datetime) -> ScanPayload:
    """Return the event that puts evidence on the timeline; the same evidence gives the same id."""
    result = (evidence.verdict, evidence.nearest_m, evidence.dwell_s, evidence.fixes_within_150m)
    name = short_hash(shipment_id, evidence.event_id, evidence.is_settled, *result)
    return ScanPayload(
        shipment_id=shipment_id,
        event_id=name_clock_event("evidence", name),
        clock_kind="evidence",
        timestamp=format_time(now),
        source="system",
        actor=ACTOR,
        evidence=evidence,
    )


def make_settlement(shipment_id: str, doubt: Doubt, now: datetime) -> ScanPayload:
    """Return the event that ends a doubt which an operator has looked into."""
    evidence = AttemptEvidence(
        event_id=doubt.event_id,
        status=doubt.status,
        attempted_at=doubt.attempted_at,
        verdict="contradicted",
        computed_at=doubt.computed_at,
        is_settled=True,
    )
    return make_payload(shipment_id, evidence, now)


def _find_next_look(state: ShipmentState, attempts: Sequence[Attempt], now: datetime) -> datetime | None:
    """Return when an attempt reported just now is due, or when a repeated one is looked for."""
    reported = [attempt.event.received_at for attempt in attempts]
    fresh = [moment for moment in reported if moment > now - WAITS_FOR]
    if fresh:
        return min(fresh) + WAITS_FOR
    may_repeat = state.status is Status.ATTEMPT_FAILED and any(
        moment > now - LOOKED_FOR for moment in reported
    )
    return now + REPEATS_EVERY if may_repeat else None


def _is_loading(step: Step) -> bool:
    """Return whether the parcel has changed to another vehicle, or a tour with it begins."""
    before, after = step.before, step.after
    goes_out = after.status is Status.OUT_FOR_DELIVERY and before.status is not Status.OUT_FOR_DELIVERY
    return after.vehicle_id != before.vehicle_id or goes_out


def _is_attempt(step: Step) -> bool:
    is_applied = step.verdict.applied and step.event.status in AT_THE_RECIPIENT
    return is_applied and step.before.direction is Direction.FORWARD


def _make_attempt(step: Step, aboard_since: datetime | None) -> Attempt:
    before, event = step.before, step.event
    assert event.status is not None
    waits_at_counter = before.status is Status.AVAILABLE_FOR_PICKUP
    vehicle_id = event.vehicle_id or before.manifest_vehicle_id or before.vehicle_id
    same = vehicle_id == before.vehicle_id
    return Attempt(
        event, event.status, None if waits_at_counter else vehicle_id, aboard_since if same else None
    )


def _judge(
    vehicles: VehicleStore,
    state: ShipmentState,
    timeline: Sequence[TrackingEvent],
    attempt: Attempt,
    door: Door | None,
) -> Judgement:
    """Return the judgement by the positions that the vehicle had under the owner of the shipment."""
    if door is None or attempt.vehicle_id is None:
        return UNKNOWN
    span = find_span(attempt.event.occurred_at, attempt.aboard_since)
    owner = Owner(state.partner_id, state.livemode) if state.partner_id is not None else None
    after, until = format_time(span[0] - MARGIN), format_time(span[1] + MARGIN)
    fixes: list[Scan] = [*vehicles.read_fixes(attempt.vehicle_id, owner, after, until, MAX_FIXES)]
    reports = [event for event in timeline if _is_of_vehicle(event, attempt.vehicle_id)]
    # A report that is no scan is a position of the vehicle that names the parcel.
    fixes += [event for event in reports if event.reported_status is None and event.status is None]
    scans = [event for event in reports if event.reported_status is not None or event.status is not None]
    claims = claims_visit(attempt.status, attempt.event.substatus)
    return judge_attempt(door, fixes, span, scans=scans, claims=claims)


def _is_of_vehicle(event: TrackingEvent, vehicle_id: str) -> bool:
    """Return whether the device of the vehicle has reported the parcel's position."""
    return event.vehicle_id == vehicle_id and event.source == "device" and event.has_position


def _make_evidence(attempt: Attempt, judged: Judgement, now: datetime) -> AttemptEvidence:
    return AttemptEvidence(
        event_id=attempt.event.event_id,
        status=attempt.status,
        attempted_at=attempt.event.occurred_at,
        verdict=judged.verdict,
        computed_at=now,
        nearest_m=judged.nearest_m,
        dwell_s=judged.dwell_s,
        fixes_within_150m=judged.fixes_within_150m,
        vehicle_id=attempt.vehicle_id,
    )
