"""The fold: a shipment's state out of its events, the same for any order and any repeats."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from tracking.domain import delay as lateness
from tracking.domain.delay import Delay
from tracking.domain.events import (
    Eta,
    Facts,
    Lane,
    Place,
    Struct,
    TrackingEvent,
    Window,
)
from tracking.domain.status import (
    DELAYED_WORD,
    END_STATUSES,
    Leg,
    Status,
    may_follow,
    read_on_leg,
)

JOURNEY_LENGTH = 20
RECENT_IDS = 16
MAX_ACCURACY_M = 500.0
KEPT_FOR = timedelta(days=30)


class Position(Struct, frozen=True):
    """The newest place where the shipment was: degrees, event time, its order on the timeline."""

    lat: float
    lon: float
    occurred_at: datetime
    order: str
    place: Place | None = None


class JourneyStep(Struct, frozen=True):
    """A step a customer would name: a status or a town that is new, newest last in the journey."""

    occurred_at: datetime
    event_id: str
    status: Status
    substatus: str | None = None
    place: str | None = None
    late: bool = False
    corrected: bool = False


class ShipmentState(Struct, frozen=True):
    """The current answer about one shipment, and what the next fold needs to go on from it."""

    shipment_id: str
    status: Status = Status.UNKNOWN
    substatus: str | None = None
    leg: Leg = Leg.FORWARD
    status_at: datetime | None = None
    updated_at: datetime | None = None
    delay: Delay = Delay()
    eta: Eta | None = None
    eta_order: str = ""
    promised: Window | None = None
    lane: Lane | None = None
    destination_pin: str | None = None
    planned_minutes: int | None = None
    position: Position | None = None
    reached: dict[str, datetime] = {}
    journey: tuple[JourneyStep, ...] = ()
    attempts: int = 0
    last_rejected: str | None = None
    vehicle_id: str | None = None
    partner_id: str | None = None
    livemode: bool = True
    last_order: str = ""
    # From here on: not part of the answer, so not part of the hash.
    state_version: int = 0
    state_hash: str = ""
    stream_source: str = ""
    stream_position: str = ""
    recent_ids: tuple[str, ...] = ()
    expires_at: int = 0

    @property
    def is_delayed(self) -> bool:
        """Whether the shipment is late now; frozen once it has ended."""
        return self.delay.active

    @property
    def facts(self) -> Facts:
        """What a change compares."""
        return Facts(
            status=self.status,
            substatus=self.substatus,
            leg=self.leg,
            eta=self.eta,
            is_delayed=self.is_delayed,
        )


class Verdict(NamedTuple):
    """What became of one event: applied, or not and why."""

    applied: bool
    reject_reason: str | None = None


class Folded(NamedTuple):
    """A state and, by sort key, the verdict on each event it was made from."""

    state: ShipmentState
    verdicts: dict[str, Verdict]


_BOOKKEEPING = {
    "state_version",
    "state_hash",
    "stream_source",
    "stream_position",
    "recent_ids",
    "expires_at",
}


def hash_state(state: ShipmentState) -> str:
    """sha256 of the canonical JSON of the answer: equal events, equal hash."""
    answer = msgspec.to_builtins(state)
    for name in _BOOKKEEPING:
        answer.pop(name, None)
    for step in answer.get("journey", ()):
        # Late is about when we heard, not about what happened.
        step.pop("late", None)
    return hashlib.sha256(msgspec.json.encode(answer, order="sorted")).hexdigest()


def apply_event(state: ShipmentState, event: TrackingEvent) -> tuple[ShipmentState, Verdict]:
    """The state after one more event that sorts after all events in it, and the verdict on the event."""
    moved: dict[str, object] = {"last_order": event.order, "updated_at": event.occurred_at}
    moved |= _take_booking(state, event)
    moved |= _take_position(event)
    verdict = _judge_status(state, event)
    if verdict.applied and event.status is not None:
        moved |= _take_status(state, event)
    elif not verdict.applied:
        moved["last_rejected"] = rejected_as(event, verdict)
    after = msgspec.structs.replace(state, **moved)
    if after.status in END_STATUSES:
        after = msgspec.structs.replace(after, vehicle_id=None)
    return _take_eta(after, event), verdict


def fold(base: ShipmentState, events: Iterable[TrackingEvent]) -> Folded:
    """The state and verdicts of a set of events on top of `base`, whatever their order and repeats."""
    unique = {event.sort_key: event for event in events}
    state, verdicts = base, {}
    for event in sorted(unique.values(), key=lambda event: event.order):
        state, verdicts[event.sort_key] = apply_event(state, event)
    return Folded(seal(state), verdicts)


def seal(state: ShipmentState) -> ShipmentState:
    """The state with its hash worked out anew."""
    return msgspec.structs.replace(state, state_hash=hash_state(state))


def is_repeat(state: ShipmentState, event: TrackingEvent) -> bool:
    """Whether the state already holds the event, as far as the state itself can tell."""
    replayed = (
        event.stream_source != ""
        and event.stream_source == state.stream_source
        and event.stream_position <= state.stream_position
    )
    return replayed or event.event_id in state.recent_ids


def is_late(state: ShipmentState, event: TrackingEvent) -> bool:
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
        or event.vehicle_id not in (None, state.vehicle_id)
        or (_position_counts(event) and event.order > newest_fix)
    )


def remember(state: ShipmentState, events: Sequence[TrackingEvent]) -> ShipmentState:
    """The state that has read these events: their ids, and the later expiry."""
    ids = (*state.recent_ids, *(event.event_id for event in events))[-RECENT_IDS:]
    expires_at = max(state.expires_at, *(event.expires_at for event in events))
    return msgspec.structs.replace(state, recent_ids=ids, expires_at=expires_at)


def pass_records(state: ShipmentState, events: Sequence[TrackingEvent]) -> ShipmentState:
    """The state that knows the records of these events as done, so that it can tell their replay."""
    newest = max(events, key=lambda event: (event.stream_source, event.stream_position), default=None)
    if newest is None or not newest.stream_source:
        return state
    return msgspec.structs.replace(
        state, stream_source=newest.stream_source, stream_position=newest.stream_position
    )


def rejected_as(event: TrackingEvent, verdict: Verdict) -> str:
    """How a refusal is remembered, so that the same one again is not told again."""
    return f"{verdict.reject_reason}:{event.reported_status or ''}"


def _judge_status(state: ShipmentState, event: TrackingEvent) -> Verdict:
    if event.status is None:
        if event.reported_status in (None, DELAYED_WORD):
            return Verdict(applied=True)
        return Verdict(applied=False, reject_reason="unmapped_status")
    status, _ = read_on_leg(event.status, event.substatus, state.leg)
    if may_follow(state.status, status, state.leg):
        return Verdict(applied=True)
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
    moved["journey"] = _lengthen(state.journey, event, status, substatus)
    return moved


def _lengthen(
    journey: tuple[JourneyStep, ...], event: TrackingEvent, status: Status, substatus: str | None
) -> tuple[JourneyStep, ...]:
    step = JourneyStep(
        occurred_at=event.occurred_at,
        event_id=event.event_id,
        status=status,
        substatus=substatus,
        place=event.place.label if event.place else None,
        late=event.late,
    )
    if journey and _reads_the_same(journey[-1], step):
        return journey
    return (*journey, step)[-JOURNEY_LENGTH:]


def _reads_the_same(last: JourneyStep, step: JourneyStep) -> bool:
    return (
        last.status is step.status
        and step.substatus in (None, last.substatus)
        and step.place in (None, last.place)
    )


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


def _position_counts(event: TrackingEvent) -> bool:
    return event.has_position and (event.accuracy_m or 0.0) <= MAX_ACCURACY_M


def _take_position(event: TrackingEvent) -> dict[str, object]:
    moved: dict[str, object] = {}
    if event.vehicle_id:
        moved["vehicle_id"] = event.vehicle_id
    if _position_counts(event):
        assert event.lat is not None
        assert event.lon is not None
        moved["position"] = Position(
            lat=round(event.lat, 6),
            lon=round(event.lon, 6),
            occurred_at=event.occurred_at,
            order=event.order,
            place=event.place,
        )
    return moved


def _take_eta(state: ShipmentState, event: TrackingEvent) -> ShipmentState:
    if state.status in END_STATUSES:
        return state
    delay = state.delay
    if event.reported_status == DELAYED_WORD:
        delay = lateness.report(delay, event.occurred_at)
    if event.eta is None:
        return state if delay is state.delay else msgspec.structs.replace(state, delay=delay)
    delay = lateness.judge(delay, event.eta, state.promised, event.occurred_at)
    return msgspec.structs.replace(state, eta=event.eta, eta_order=event.order, delay=delay)
