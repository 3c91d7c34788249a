"""A shipment's state: the current answer about it, what the next fold goes on from, and its hash."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from tracking.domain.delay import COUNTERS as DELAY_COUNTERS
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
from tracking.domain.identity import short_hash
from tracking.domain.legs import HubStay, OpenLeg
from tracking.domain.status import Leg, Status

RECENT_IDS = 16
# 60 bits: among sixteen, chance confuses none in the life of a fleet.
RECENT_ID_LENGTH = 12
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
    # The window told last, and when: a new one is told only when it differs enough.
    eta_told: Eta | None = None
    eta_told_at: datetime | None = None
    open_leg: OpenLeg | None = None
    hub_stay: HubStay | None = None
    # Operators were told that nobody hears of it, or that its vehicle stands; the next news ends that.
    is_stalled: bool = False
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
    # The vehicle whose open manifest holds the shipment: its positions are the shipment's too.
    manifest_vehicle_id: str | None = None
    partner_id: str | None = None
    livemode: bool = True
    last_order: str = ""
    # From here on: not part of the answer, so not part of the hash.
    # What corrections say of events, by event id; a correction may come before what it names.
    withdrawn: dict[str, str] = {}
    base: "Snapshot | None" = None
    state_version: int = 0
    state_hash: str = ""
    stream_source: str = ""
    stream_position: str = ""
    recent_ids: tuple[str, ...] = ()
    # What the next position is compared with; `tracking/domain/track.py` reads it.
    fix_memory: str = ""
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


class Snapshot(Struct, frozen=True):
    """What the oldest events of a long journey add up to, kept because their rows expire.

    Every event up to `state.last_order` is in it, and none later. `recorded_at` is when the last of them was
    recorded; from `expires_at` on (epoch seconds) rows of them are missing.
    """

    state: ShipmentState
    recorded_at: datetime
    expires_at: int


# When and where we heard of things, and how the answer is kept: two stores may differ in it.
_UNHASHED = frozenset(
    "state_version state_hash stream_source stream_position recent_ids fix_memory expires_at withdrawn"
    " base".split()
)


def write_canonical(state: ShipmentState) -> bytes:
    """The canonical JSON of the answer: the same bytes for the same events."""
    fields = msgspec.to_builtins(state)
    # A value at its default is left out, wherever it was made.
    answer = {name: value for name, value in fields.items() if name not in _UNHASHED and value != {}}
    for counter in DELAY_COUNTERS:
        answer.get("delay", {}).pop(counter, None)
    for step in answer.get("journey", ()):
        # Late is about when we heard, not about what happened.
        step.pop("late", None)
    return msgspec.json.encode(answer, order="sorted")


def hash_state(state: ShipmentState) -> str:
    """sha256 of the canonical JSON: equal events, equal hash."""
    return hashlib.sha256(write_canonical(state)).hexdigest()


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
    return replayed or _recent_id(event) in state.recent_ids


def remember(state: ShipmentState, events: Sequence[TrackingEvent]) -> ShipmentState:
    """The state that has read these events: their ids, the newest memory of its track, the later expiry."""
    ids = (*state.recent_ids, *map(_recent_id, events))[-RECENT_IDS:]
    expires_at = max(state.expires_at, *(event.expires_at for event in events))
    newest = max((event for event in events if event.fix_memory), key=lambda event: event.order, default=None)
    fix_memory = newest.fix_memory if newest else state.fix_memory
    return msgspec.structs.replace(state, recent_ids=ids, fix_memory=fix_memory, expires_at=expires_at)


def _recent_id(event: TrackingEvent) -> str:
    """Who the event is, short: its whole sort key counts, since an id may come with two times."""
    return short_hash(event.sort_key)[:RECENT_ID_LENGTH]


def pass_records(state: ShipmentState, events: Sequence[TrackingEvent]) -> ShipmentState:
    """The state that knows the records of these events as done, so that it can tell their replay."""
    newest = max(events, key=lambda event: (event.stream_source, event.stream_position), default=None)
    if newest is None or not newest.stream_source:
        return state
    return msgspec.structs.replace(
        state, stream_source=newest.stream_source, stream_position=newest.stream_position
    )
