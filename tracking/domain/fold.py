"""The fold: a shipment's state out of its events, the same for any order and any repeats."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, cast

import msgspec

from tracking.domain.corrections import (
    CORRECTORS,
    find_withdrawn,
    is_foreign,
)
from tracking.domain.events import Cause, TrackingEvent
from tracking.domain.expected_arrival import is_by_clock, take_arrival
from tracking.domain.journey import lengthen
from tracking.domain.reasons import RejectRule
from tracking.domain.shipment import Position, ShipmentState, seal
from tracking.domain.status import (
    DELAYED_WORD,
    END_STATUSES,
    Leg,
    Status,
    may_follow,
    read_on_leg,
)

MAX_ACCURACY_M = 500.0


class Verdict(NamedTuple):
    """What became of one event: applied, or not and why."""

    applied: bool
    reject_reason: str | None = None

    @property
    def rule(self) -> RejectRule:
        """Rule that rejected the event: the word before the colon of its reason."""
        return cast("RejectRule", (self.reject_reason or "").partition(":")[0])

    @property
    def detail(self) -> str:
        """What stands after the colon of the reason: the refused transition, or the id of the correction."""
        return (self.reject_reason or "").partition(":")[2]


class Step(NamedTuple):
    """One event's step from state to state, with the verdict on the event."""

    before: ShipmentState
    after: ShipmentState
    event: TrackingEvent
    verdict: Verdict
    cause: Cause = "event"


class Folded(NamedTuple):
    """A state and, by sort key, the verdict on each event it was made from."""

    state: ShipmentState
    verdicts: dict[str, Verdict]


APPLIED = Verdict(applied=True)
TOO_LATE = Verdict(applied=False, reject_reason="too_late")
_NONE: Mapping[str, str] = {}


def fold(base: ShipmentState, events: Iterable[TrackingEvent]) -> Folded:
    """The state and verdicts of a set of events on top of `base`, whatever their order and repeats."""
    ordered = sort(events)
    state, verdicts = base, {}
    for step in walk(base, ordered):
        state, verdicts[step.event.sort_key] = step.after, step.verdict
    withdrawn = find_withdrawn(base.withdrawn, ordered, find_owner(base, ordered))
    return Folded(seal(msgspec.structs.replace(state, withdrawn=withdrawn)), verdicts)


def walk(base: ShipmentState, events: Iterable[TrackingEvent]) -> Iterator[Step]:
    """Each event's step, oldest first, from `base` to the state that all of them add up to.

    What `base` already holds up to its `last_order` is settled: an event from before then comes too late.
    """
    ordered = sort(events)
    owner = find_owner(base, ordered)
    withdrawn = find_withdrawn(base.withdrawn, ordered, owner)
    state = base
    for event in ordered:
        if event.order <= base.last_order:
            yield Step(state, state, event, TOO_LATE)
            continue
        after, verdict = apply_event(state, event, owner, withdrawn)
        yield Step(state, after, event, verdict)
        state = after


def sort(events: Iterable[TrackingEvent]) -> list[TrackingEvent]:
    """The events in their order on the timeline, each once."""
    unique = {event.sort_key: event for event in events}
    return sorted(unique.values(), key=lambda event: (event.order, event.sort_key))


def find_owner(base: ShipmentState, events: Iterable[TrackingEvent]) -> str | None:
    """The partner the shipment belongs to: whose booking comes first in time."""
    if base.partner_id is not None:
        return base.partner_id
    booked = (event for event in events if event.booking is not None and event.partner_id is not None)
    first = min(booked, key=lambda event: (event.order, event.sort_key), default=None)
    return first.partner_id if first else None


def apply_event(
    state: ShipmentState,
    event: TrackingEvent,
    owner: str | None = None,
    withdrawn: Mapping[str, str] = _NONE,
) -> tuple[ShipmentState, Verdict]:
    """The state after one more event that sorts after all events in it, and the verdict on the event."""
    if event.event_id in withdrawn:
        verdict = Verdict(applied=False, reject_reason=withdrawn[event.event_id])
        return _pass_over(state, event, owner), verdict
    reason = _refuse(event, owner or state.partner_id)
    if reason is not None:
        verdict = Verdict(applied=False, reject_reason=reason)
        passed = _pass_over(state, event, owner)
        return msgspec.structs.replace(passed, last_rejected=rejected_as(event, verdict)), verdict
    return _take(state, event)


def needs_whole_timeline(state: ShipmentState, events: Iterable[TrackingEvent]) -> bool:
    """Whether these events may change what the state has made of others, so that all must be folded again."""
    known = list(events)
    return any(
        (is_past(state, event) and moves_the_past(state, event))
        or event.event_id in state.withdrawn
        or event.corrects
        for event in known
    ) or _adopts(state, known)


def is_past(state: ShipmentState, event: TrackingEvent) -> bool:
    """Whether something that happened after the event is already in the state."""
    return event.order <= state.last_order


def moves_the_past(state: ShipmentState, event: TrackingEvent) -> bool:
    """Whether a late event may change the answer; a late ping only joins the timeline."""
    newest_fix = state.position.order if state.position else ""
    return (
        event.reported_status is not None
        or event.status is not None
        or event.booking is not None
        or event.eta is not None
        or event.lateness_risk is not None
        or event.source == "manifest"
        or event.vehicle_id not in (None, state.vehicle_id)
        or state.updated_at is None
        or event.occurred_at > state.updated_at
        or is_foreign(event, state.partner_id)
        or (position_counts(event) and event.order > newest_fix)
    )


def judge_late_ping(state: ShipmentState, event: TrackingEvent) -> Verdict:
    """The verdict on a late event that moves nothing: it joins the timeline, unless that part is settled."""
    settled = state.base is not None and event.order <= state.base.state.last_order
    return TOO_LATE if settled else APPLIED


def rejected_as(event: TrackingEvent, verdict: Verdict) -> str:
    """How a refusal is remembered, so that the same one again is not told again."""
    return f"{verdict.reject_reason}:{event.reported_status or ''}"


def position_counts(event: TrackingEvent) -> bool:
    """Whether the event's position may be the shipment's: exact enough, and not set aside by cleaning."""
    return event.has_position and (event.accuracy_m or 0.0) <= MAX_ACCURACY_M and not event.is_fix_dropped


def _adopts(state: ShipmentState, events: list[TrackingEvent]) -> bool:
    """Whether a booking takes over a shipment that others may have reported before."""
    if state.partner_id is not None:
        return False
    bookers = {event.partner_id for event in events if event.booking is not None}
    reporters = {event.partner_id for event in events}
    return bool(bookers - {None}) and (state.last_order != "" or len(reporters - {None}) > 1)


def _pass_over(state: ShipmentState, event: TrackingEvent, owner: str | None) -> ShipmentState:
    """The state after an event that does not count; a booking still says whose shipment it is."""
    if event.booking is None or owner is None or state.partner_id is not None or event.partner_id != owner:
        return msgspec.structs.replace(state, last_order=event.order)
    return msgspec.structs.replace(state, last_order=event.order, partner_id=owner, livemode=event.livemode)


def _refuse(event: TrackingEvent, owner: str | None) -> str | None:
    """Why an event may say nothing at all about this shipment; None for nearly every event."""
    if is_foreign(event, owner):
        return "foreign_vehicle" if event.booking is None else "foreign_booking"
    return "may_not_correct" if event.corrects and event.source not in CORRECTORS else None


def _take(state: ShipmentState, event: TrackingEvent) -> tuple[ShipmentState, Verdict]:
    moved: dict[str, object] = {"last_order": event.order}
    if not is_by_clock(event):
        moved["updated_at"] = event.occurred_at
    moved |= _take_booking(state, event)
    moved |= _take_vehicle(state, event)
    moved |= _take_position(event)
    verdict = _judge_status(state, event)
    if verdict.applied and event.status is not None:
        moved |= _take_status(state, event)
    elif not verdict.applied:
        moved["last_rejected"] = rejected_as(event, verdict)
    after = msgspec.structs.replace(state, **moved)
    if after.status in END_STATUSES:
        after = msgspec.structs.replace(after, vehicle_id=None, manifest_vehicle_id=None)
    return take_arrival(after, event), verdict


def _judge_status(state: ShipmentState, event: TrackingEvent) -> Verdict:
    if event.status is None:
        if event.reported_status in (None, DELAYED_WORD):
            return APPLIED
        return Verdict(applied=False, reject_reason="unmapped_status")
    status, _ = read_on_leg(event.status, event.substatus, state.leg)
    if may_follow(state.status, status, state.leg):
        return APPLIED
    return Verdict(applied=False, reject_reason=f"illegal:{state.status}->{status}")


def _take_status(state: ShipmentState, event: TrackingEvent) -> dict[str, object]:
    assert event.status is not None
    status, substatus = read_on_leg(event.status, event.substatus, state.leg)
    moved: dict[str, object] = {"status": status, "substatus": substatus}
    if status is state.status and substatus is None:
        moved["substatus"] = state.substatus
    if status is Status.RETURNING:
        moved["leg"] = Leg.RETURN
    if status is not state.status:
        moved["status_at"] = event.occurred_at
        if status is Status.ATTEMPT_FAILED:
            moved["attempts"] = state.attempts + 1
    if status.value not in state.reached:
        moved["reached"] = state.reached | {status.value: event.occurred_at}
    moved["journey"] = lengthen(state.journey, event, status, substatus)
    return moved


def _take_booking(state: ShipmentState, event: TrackingEvent) -> dict[str, object]:
    if event.booking is None:
        return {}
    told: dict[str, object] = {
        "promised": event.booking.promised or state.promised,
        "lane": event.booking.lane or state.lane,
        "destination_pin": event.booking.destination_pin or state.destination_pin,
        "planned_minutes": event.booking.planned_minutes or state.planned_minutes,
        "partner_id": state.partner_id or event.partner_id,
    }
    # A test booking stays a test; a live one never turns into a test.
    if state.partner_id is None:
        told["livemode"] = event.livemode
    return told


def _take_vehicle(state: ShipmentState, event: TrackingEvent) -> dict[str, object]:
    """A manifest says which vehicle carries the parcel, or that none does; a scan only ever names one."""
    if event.source == "manifest":
        return {"vehicle_id": event.vehicle_id, "manifest_vehicle_id": event.vehicle_id}
    if event.vehicle_id is None:
        return {}
    if event.vehicle_id == state.manifest_vehicle_id:
        return {"vehicle_id": event.vehicle_id}
    # Seen with another vehicle, so it does not travel with its manifest's any more.
    return {"vehicle_id": event.vehicle_id, "manifest_vehicle_id": None}


def _take_position(event: TrackingEvent) -> dict[str, object]:
    if not position_counts(event):
        return {}
    assert event.lat is not None
    assert event.lon is not None
    position = Position(
        lat=round(event.lat, 6),
        lon=round(event.lon, 6),
        occurred_at=event.occurred_at,
        order=event.order,
        place=event.place,
    )
    return {"position": position}
