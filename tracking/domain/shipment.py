"""State of a shipment: the current answer about it, data the next fold continues from, and its hash."""

import hashlib
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from tracking.domain.attempt_evidence import Doubt
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
from tracking.domain.legs import FirstEstimate, HubStay, OpenLeg
from tracking.domain.status import Direction, Status

RECENT_IDS = 16
# Bytes of the hash that identify an event among them: no collision is to be expected in thousands of years.
# States from before hold longer texts; a repeat of such an event is found in the timeline.
RECENT_ID_BYTES = 6
STATES_KEPT_FOR = timedelta(days=30)


class Position(Struct, frozen=True):
    """Newest position of the shipment: degrees, event time, sort key on the timeline."""

    lat: float
    lon: float
    occurred_at: datetime
    order: str
    place: Place | None = None


class JourneyStep(Struct, frozen=True):
    """Step of the journey shown to the recipient: a new status or a new place."""

    occurred_at: datetime
    event_id: str
    status: Status
    substatus: str | None = None
    place: str | None = None
    late: bool = False
    corrected: bool = False


class ShipmentState(Struct, frozen=True):
    """Current answer about one shipment, and data the next fold continues from.

    It is stored as JSON and hashed: a field that is renamed here keeps its stored name.
    """

    shipment_id: str
    status: Status = Status.UNKNOWN
    substatus: str | None = None
    direction: Direction = msgspec.field(default=Direction.FORWARD, name="leg")
    status_at: datetime | None = None
    updated_at: datetime | None = None
    delay: Delay = Delay()
    eta: Eta | None = None
    eta_order: str = ""
    # Window of the last notification, and its time: a new one is notified only if it differs enough.
    eta_notified: Eta | None = msgspec.field(default=None, name="eta_told")
    eta_notified_at: datetime | None = msgspec.field(default=None, name="eta_told_at")
    open_leg: OpenLeg | None = None
    hub_stay: HubStay | None = None
    # True from a `stalled` event until the next event that is not derived by our own processes.
    is_stalled: bool = False
    promised: Window | None = None
    # Begin of the day that the recipient agreed to, until another promise is made.
    deliver_from: datetime | None = None
    lane: Lane | None = None
    destination_pin: str | None = None
    planned_minutes: int | None = None
    position: Position | None = None
    reached: dict[str, datetime] = {}
    journey: tuple[JourneyStep, ...] = ()
    attempts: int = 0
    # Attempts and deliveries that the vehicle's positions contradict, oldest first.
    doubts: tuple[Doubt, ...] = ()
    last_rejected: str | None = None
    vehicle_id: str | None = None
    # Vehicle whose open manifest holds the shipment: its positions are the shipment's too.
    manifest_vehicle_id: str | None = None
    partner_id: str | None = None
    livemode: bool = True
    last_order: str = ""
    # Fields from here on are not part of the answer and not part of the hash.
    # Corrected events by id, as `retracted:<id>` or `superseded:<id>`; a correction may precede its event.
    withdrawn: dict[str, str] = {}
    first_estimate: FirstEstimate | None = None
    snapshot: "Snapshot | None" = msgspec.field(default=None, name="base")
    state_version: int = 0
    # Hash of the stored state, on a state that was joined with its vehicle to be shown.
    hash_before_join: str = ""
    stream_source: str = ""
    stream_position: str = ""
    recent_ids: tuple[str, ...] = ()
    # Memory of the track, read by `tracking/domain/track.py`.
    fix_memory: str = ""
    expires_at: int = 0

    @property
    def is_delayed(self) -> bool:
        """True if the shipment is late now; frozen once it has ended."""
        return self.delay.is_active

    def is_before_its_day(self, at: datetime) -> bool:
        """Return whether the day that the recipient agreed to is still to come."""
        return self.deliver_from is not None and at < self.deliver_from

    @property
    def facts(self) -> Facts:
        """Facts that changes compare."""
        return Facts(
            status=self.status,
            substatus=self.substatus,
            direction=self.direction,
            eta=self.eta,
            is_delayed=self.is_delayed,
        )


class Snapshot(Struct, frozen=True):
    """State over the oldest events of a long journey, kept because their rows expire.

    It covers every event up to `state.last_order` and none later. `recorded_at` is the latest time one of
    them was recorded; from `expires_at` on (epoch seconds) the first of their rows is missing.
    """

    state: ShipmentState
    recorded_at: datetime
    expires_at: int


# Stored names of fields about when, where and how the answer is kept: two stores may differ in them.
_UNHASHED = frozenset(
    "state_version hash_before_join stream_source stream_position recent_ids fix_memory expires_at withdrawn"
    " base first_estimate".split()
)


def _defaults(kind: type[Struct], stored_names: Iterable[str]) -> dict[str, Any]:
    """Return the defaults of the fields with these stored names; a field with its default is not written."""
    return {
        field.name: field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
        for field in msgspec.structs.fields(kind)
        if field.encode_name in stored_names
    }


_NO_BOOKKEEPING = _defaults(ShipmentState, _UNHASHED)
_NO_COUNTERS = _defaults(Delay, DELAY_COUNTERS)
_NO_DELAY: Delay = _defaults(ShipmentState, ("delay",))["delay"]
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def write_canonical(state: ShipmentState) -> bytes:
    """Return the canonical JSON of the answer: the same bytes for the same events in any order."""
    delay = msgspec.structs.replace(state.delay, **_NO_COUNTERS)
    hashed = {
        # msgspec leaves out a default only if it is that very value.
        "delay": _NO_DELAY if delay == _NO_DELAY else delay,
        # `late` depends on the order of arrival.
        "journey": tuple(
            [msgspec.structs.replace(step, late=False) if step.late else step for step in state.journey]
        ),
    }
    return _encode_sorted(msgspec.structs.replace(state, **_NO_BOOKKEEPING, **hashed))


def hash_state(state: ShipmentState) -> str:
    """Return the SHA-256 of the canonical JSON in hex; equal events give equal hashes.

    It is worked out where it is shown, and not stored (docs/decisions/0193-the-hash-is-not-stored.md). That
    of a state joined with its vehicle is the hash of the stored one, without the position of the vehicle.
    """
    return state.hash_before_join or hashlib.sha256(write_canonical(state)).hexdigest()


def is_repeat(state: ShipmentState, event: TrackingEvent) -> bool:
    """Return whether the state holds the event, by stream position or by one of the last sixteen ids.

    Older repeats are found in the stored timeline only.
    """
    replayed = (
        event.stream_source != ""
        and event.stream_source == state.stream_source
        and event.stream_position <= state.stream_position
    )
    return replayed or _recent_id(event) in state.recent_ids


def remember_events(
    state: ShipmentState,
    events: Sequence[TrackingEvent],
    passed: Sequence[TrackingEvent] = (),
    **further: Any,
) -> ShipmentState:
    """Return the state with the ids of these events, the newest memory of the track and the later expiry.

    `passed` are those whose records the state holds whole: replays are recognised by the newest of their
    stream positions. `further` are other fields to set, since each new state costs as much as this function.
    """
    ids = (*state.recent_ids, *[_recent_id(event) for event in events])[-RECENT_IDS:]
    expires_at = max(state.expires_at, *[event.expires_at for event in events])
    with_memory = [event for event in events if event.fix_memory]
    newest = find_newest(with_memory) if with_memory else None
    fix_memory = newest.fix_memory if newest else state.fix_memory
    last = _find_last_read(passed)
    if last is not None:
        further |= {"stream_source": last.stream_source, "stream_position": last.stream_position}
    return msgspec.structs.replace(
        state, recent_ids=ids, fix_memory=fix_memory, expires_at=expires_at, **further
    )


def find_newest(events: Sequence[TrackingEvent]) -> TrackingEvent:
    """Return the last of these events on the timeline; nearly always there is one alone."""
    return events[0] if len(events) == 1 else max(events, key=lambda event: event.order)


def _recent_id(event: TrackingEvent) -> str:
    """Return the short hash of an event's sort key; the id alone may come with two times."""
    return _write_recent_id(event.sort_key)


# Cached because it is needed to find repeats and again to remember the event.
@lru_cache(8192)
def _write_recent_id(sort_key: str) -> str:
    digest = hashlib.sha256(sort_key.encode()).digest()
    return b2a_base64(digest[:RECENT_ID_BYTES], newline=False).decode()


def _find_last_read(events: Sequence[TrackingEvent]) -> TrackingEvent | None:
    """Return the event with the newest stream position; None if none of them was read from a stream."""
    if not events:
        return None
    if len(events) == 1:
        last = events[0]
    else:
        last = max(events, key=lambda event: (event.stream_source, event.stream_position))
    return last if last.stream_source else None
