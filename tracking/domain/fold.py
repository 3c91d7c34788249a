"""Fold: computes a shipment's state from its events, the same for any order and any repeats."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, cast

import msgspec

from tracking.domain.arriving import ARRIVING, apply_arriving
from tracking.domain.attempt_evidence import apply_to_doubts
from tracking.domain.corrections import CORRECTORS, find_withdrawn, is_foreign
from tracking.domain.events import Booking, Cause, TrackingEvent
from tracking.domain.expected_arrival import apply_arrival
from tracking.domain.journey import append_step
from tracking.domain.reasons import RejectRule
from tracking.domain.shipment import Position, ShipmentState
from tracking.domain.status import (
    DELAYED_WORD,
    END_STATUSES,
    Direction,
    Status,
    may_follow,
    read_in_direction,
)

MAX_ACCURACY_M = 500.0


class Verdict(NamedTuple):
    """Verdict on one event: applied, or rejected with a reason `<rule>` or `<rule>:<detail>`."""

    applied: bool
    reject_reason: str | None = None

    @property
    def rule(self) -> RejectRule:
        """Rule that rejected the event: the word before the colon of its reason."""
        return cast("RejectRule", (self.reject_reason or "").partition(":")[0])

    @property
    def detail(self) -> str:
        """Text after the colon of the reason: the rejected transition, or the id of the correction."""
        return (self.reject_reason or "").partition(":")[2]


class Step(msgspec.Struct, frozen=True):
    """Transition of the state by one event, with the verdict on the event."""

    before: ShipmentState
    after: ShipmentState
    event: TrackingEvent
    verdict: Verdict
    cause: Cause = "event"


class FoldResult(NamedTuple):
    """State and, by sort key, the verdict on each event it was computed from."""

    state: ShipmentState
    verdicts: dict[str, Verdict]


APPLIED = Verdict(applied=True)
TOO_LATE = Verdict(applied=False, reject_reason="too_late")
_NONE: Mapping[str, str] = {}


def fold(start: ShipmentState, events: Iterable[TrackingEvent]) -> FoldResult:
    """Return state and verdicts of a set of events applied to `start`, in any order and with any repeats."""
    ordered = sort_events(events)
    state, verdicts = start, {}
    for step in iterate_steps(start, ordered):
        state, verdicts[step.event.sort_key] = step.after, step.verdict
    withdrawn = find_withdrawn(start.withdrawn, ordered, find_owner(start, ordered))
    return FoldResult(msgspec.structs.replace(state, withdrawn=withdrawn), verdicts)


def iterate_steps(start: ShipmentState, events: Iterable[TrackingEvent]) -> Iterator[Step]:
    """Yield the step of each event, oldest first, from `start` to the state after all of them.

    Events up to the `last_order` of `start` are rejected as too late: that part of the journey is final.
    """
    ordered = sort_events(events)
    owner = find_owner(start, ordered)
    withdrawn = find_withdrawn(start.withdrawn, ordered, owner)
    state = start
    for event in ordered:
        if event.order <= start.last_order:
            yield Step(state, state, event, TOO_LATE)
            continue
        after, verdict = apply_event(state, event, owner, withdrawn)
        yield Step(state, after, event, verdict)
        state = after


def sort_events(events: Iterable[TrackingEvent]) -> list[TrackingEvent]:
    """Return the events in their order on the timeline, each once."""
    unique = {event.sort_key: event for event in events}
    return sorted(unique.values(), key=lambda event: (event.order, event.sort_key))


def find_owner(start: ShipmentState, events: Iterable[TrackingEvent]) -> str | None:
    """Return the partner the shipment belongs to: the one whose booking comes first in time."""
    if start.partner_id is not None:
        return start.partner_id
    booked = (event for event in events if event.booking is not None and event.partner_id is not None)
    first = min(booked, key=lambda event: (event.order, event.sort_key), default=None)
    return first.partner_id if first else None


def apply_event(
    state: ShipmentState,
    event: TrackingEvent,
    owner: str | None = None,
    withdrawn: Mapping[str, str] = _NONE,
) -> tuple[ShipmentState, Verdict]:
    """Return the state after one more event, which must sort after all others, and the verdict on it."""
    if event.event_id in withdrawn:
        verdict = Verdict(applied=False, reject_reason=withdrawn[event.event_id])
        return _skip(state, event, owner), verdict
    reason = _find_rejection(event, owner or state.partner_id, state)
    if reason is not None:
        verdict = Verdict(applied=False, reject_reason=reason)
        skipped = _skip(state, event, owner)
        return msgspec.structs.replace(skipped, last_rejected=format_rejection(event, verdict)), verdict
    return _apply(state, event, withdrawn)


def needs_whole_timeline(state: ShipmentState, events: Iterable[TrackingEvent]) -> bool:
    """Return whether these events may change earlier verdicts, so that the whole timeline must be folded."""
    fresh = list(events)
    return any(
        (is_past(state, event) and may_change_past(state, event))
        or event.event_id in state.withdrawn
        or event.corrects
        or (event.evidence is not None and event.evidence.event_id in state.withdrawn)
        for event in fresh
    ) or _claims_shipment(state, fresh)


def is_past(state: ShipmentState, event: TrackingEvent) -> bool:
    """Return whether the state already holds an event that happened after this one."""
    return event.order <= state.last_order


def may_change_past(state: ShipmentState, event: TrackingEvent) -> bool:
    """Return whether a late event may change the answer; a late ping only joins the timeline."""
    newest_fix = state.position.order if state.position else ""
    return (
        event.reported_status is not None
        or event.status is not None
        or event.booking is not None
        or event.eta is not None
        or event.lateness_risk is not None
        or event.source == "manifest"
        or event.evidence is not None
        or event.clock_kind == ARRIVING
        or event.vehicle_id not in (None, state.vehicle_id)
        or state.updated_at is None
        or event.occurred_at > state.updated_at
        or is_foreign(event, state.partner_id)
        or is_of_other_mode(event, state)
        or (may_use_position(event) and event.order > newest_fix)
    )


def judge_late_ping(state: ShipmentState, event: TrackingEvent) -> Verdict:
    """Return the verdict on a late event that changes nothing: applied, unless the snapshot covers it."""
    is_final = state.snapshot is not None and event.order <= state.snapshot.state.last_order
    return TOO_LATE if is_final else APPLIED


def is_of_other_mode(event: TrackingEvent, state: ShipmentState) -> bool:
    """Return whether a partner reports its shipment with a key of the other mode, test or live."""
    return event.source == "api" and state.partner_id is not None and event.livemode is not state.livemode


def format_rejection(event: TrackingEvent, verdict: Verdict) -> str:
    """Return the text by which a rejection is remembered, so that the same one again makes no change."""
    return f"{verdict.reject_reason}:{event.reported_status or ''}"


def may_use_position(event: TrackingEvent) -> bool:
    """Return whether the event's position may be the shipment's: exact enough, not dropped by cleaning."""
    return event.has_position and (event.accuracy_m or 0.0) <= MAX_ACCURACY_M and not event.is_fix_dropped


def list_promised(booking: Booking) -> dict[str, object]:
    """Return the fields that a booking's promise sets; nothing if it holds none."""
    if booking.promised is None:
        return {}
    return {"promised": booking.promised, "deliver_from": booking.deliver_from}


def _claims_shipment(state: ShipmentState, events: list[TrackingEvent]) -> bool:
    """Return whether a booking claims a shipment that others may have reported before."""
    if state.partner_id is not None:
        return False
    bookers = {event.partner_id for event in events if event.booking is not None}
    reporters = {event.partner_id for event in events}
    return bool(bookers - {None}) and (state.last_order != "" or len(reporters - {None}) > 1)


def _skip(state: ShipmentState, event: TrackingEvent, owner: str | None) -> ShipmentState:
    """Return the state after a rejected event; a booking by the owner still sets the owner."""
    if event.booking is None or owner is None or state.partner_id is not None or event.partner_id != owner:
        return msgspec.structs.replace(state, last_order=event.order)
    return msgspec.structs.replace(state, last_order=event.order, partner_id=owner, livemode=event.livemode)


def _find_rejection(event: TrackingEvent, owner: str | None, state: ShipmentState) -> str | None:
    """Return why the event is rejected whatever it reports, or None."""
    if is_foreign(event, owner) or is_of_other_mode(event, state):
        return "foreign_vehicle" if event.booking is None else "foreign_booking"
    return "may_not_correct" if event.corrects and event.source not in CORRECTORS else None


def _apply(
    state: ShipmentState, event: TrackingEvent, withdrawn: Mapping[str, str]
) -> tuple[ShipmentState, Verdict]:
    order = event.order
    moved: dict[str, object] = {"last_order": order}
    if event.clock_kind is None:
        moved["updated_at"] = event.occurred_at
    if event.booking is not None:
        moved |= _apply_booking(state, event, event.booking)
    moved |= _apply_vehicle(state, event)
    if may_use_position(event):
        moved["position"] = _make_position(event, order)
    # Evidence of an event that did not happen or was wrong does not count.
    if event.evidence is not None and event.evidence.event_id not in withdrawn:
        moved["doubts"] = apply_to_doubts(state.doubts, event.evidence)
    verdict = _judge_status(state, event)
    if verdict.applied and event.status is not None:
        moved |= _apply_status(state, event)
    elif not verdict.applied:
        moved["last_rejected"] = format_rejection(event, verdict)
    moved |= apply_arriving(state, event)
    after = msgspec.structs.replace(state, **moved)
    if after.status in END_STATUSES:
        after = msgspec.structs.replace(after, vehicle_id=None, manifest_vehicle_id=None)
    return apply_arrival(after, event), verdict


def _judge_status(state: ShipmentState, event: TrackingEvent) -> Verdict:
    if event.status is None:
        if event.reported_status in (None, DELAYED_WORD):
            return APPLIED
        return Verdict(applied=False, reject_reason="unmapped_status")
    status, _ = read_in_direction(event.status, event.substatus, state.direction)
    if may_follow(state.status, status, state.direction):
        return APPLIED
    return Verdict(applied=False, reject_reason=f"illegal:{state.status}->{status}")


def _apply_status(state: ShipmentState, event: TrackingEvent) -> dict[str, object]:
    assert event.status is not None
    status, substatus = read_in_direction(event.status, event.substatus, state.direction)
    moved: dict[str, object] = {"status": status, "substatus": substatus}
    if status is state.status and substatus is None:
        moved["substatus"] = state.substatus
    if status is Status.RETURNING:
        moved["direction"] = Direction.RETURN
    if status is not state.status:
        moved["status_at"] = event.occurred_at
        if status is Status.ATTEMPT_FAILED:
            moved["attempts"] = state.attempts + 1
    if status.value not in state.reached:
        moved["reached"] = state.reached | {status.value: event.occurred_at}
    moved["journey"] = append_step(state.journey, event, status, substatus)
    return moved


def _apply_booking(state: ShipmentState, event: TrackingEvent, booking: Booking) -> dict[str, object]:
    moved: dict[str, object] = {
        **list_promised(booking),
        "lane": booking.lane or state.lane,
        "destination_pin": booking.destination_pin or state.destination_pin,
        "planned_minutes": booking.planned_minutes or state.planned_minutes,
        "partner_id": state.partner_id or event.partner_id,
    }
    # The first booking decides between test and live mode.
    if state.partner_id is None:
        moved["livemode"] = event.livemode
    return moved


def _apply_vehicle(state: ShipmentState, event: TrackingEvent) -> dict[str, object]:
    """Return the vehicle fields: a manifest sets or clears the vehicle, a scan only sets it."""
    if event.source == "manifest":
        return {"vehicle_id": event.vehicle_id, "manifest_vehicle_id": event.vehicle_id}
    if event.vehicle_id is None:
        return {}
    if event.vehicle_id == state.manifest_vehicle_id:
        return {"vehicle_id": event.vehicle_id}
    # Scanned on another vehicle, so it no longer travels on that of its manifest.
    return {"vehicle_id": event.vehicle_id, "manifest_vehicle_id": None}


def _make_position(event: TrackingEvent, order: str) -> Position:
    assert event.lat is not None
    assert event.lon is not None
    return Position(
        lat=round(event.lat, 6),
        lon=round(event.lon, 6),
        occurred_at=event.occurred_at,
        order=order,
        place=event.place,
    )
