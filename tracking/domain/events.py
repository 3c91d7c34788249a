"""Values of the timeline: the scan as reported, the tracking event as stored, the change as published."""

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec

from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.legs import FinishedLeg, OpenLeg
from tracking.domain.reasons import ClockKind, ReasonCode
from tracking.domain.shown_window import ShownWindow
from tracking.domain.status import RANK, Direction, Status
from tracking.domain.tour import Tour
from tracking.domain.value import Struct as Struct  # noqa: PLC0414 - re-exported for modules that define values
from tracking.domain.value import format_time as format_time  # noqa: PLC0414 - as above

# A field with `name=` is stored and published under that name; descriptions that are published use it.

# Flags of a position that is stored and does not move the shipment or vehicle.
DROPPING_FLAGS = frozenset({"null_island", "jump", "frozen"})

Source = Literal["device", "api", "manifest", "manual", "system"]
PlaceQuality = Literal["area", "near", "region", "none"]
Cause = Literal["event", "late", "correction", "clock"]


class Place(Struct, frozen=True):
    """Named place of a position, from the index behind the port `Places`.

    `pincode` is the right PIN code or a neighbour of it: it is shown as "near 560100", and nothing is routed
    or billed by it. `quality` is how it was found: inside its `area`; `near` it (at most 1 km from its edge
    or 10 km from a post office); `region` for an office within 50 km, which gives district and state alone;
    `none`. `distance_km` is the distance to the area or office (0 inside), `town_distance_km` that to the
    town's centre.
    """

    town: str | None = None
    district: str | None = None
    state: str | None = None
    pincode: str | None = None
    quality: PlaceQuality = "none"
    hub_id: str | None = None
    hub_name: str | None = None
    distance_km: float | None = None
    town_distance_km: float | None = None
    source: Literal["offline", "amazon"] | None = None
    dataset_version: str | None = None

    @property
    def label(self) -> str | None:
        """Name of the hub, else town (or district) and state; None if all are unknown."""
        if self.hub_name:
            return self.hub_name
        return ", ".join(part for part in (self.town or self.district, self.state) if part) or None


class Window(Struct, frozen=True):
    """Promised span of time, both ends aware UTC."""

    from_: datetime = msgspec.field(name="from")
    to: datetime


class Explanation(Struct, frozen=True):
    """Inputs of an arrival window: minutes, straight kilometres, numbers of legs and stops.

    `basis` is the deepest level of history with at least three legs, `n` its number of legs or tours. `pace`
    is the travel-time ratio: actual time over base time. `interval_from` is the key of the residuals of the
    leg ahead; it is empty if no leg is ahead. `widening` is the conformal factor of that leg's
    window, above 1; None while enough arrivals lie inside such windows.
    """

    level: Literal["lane", "hub", "class", "global"] = msgspec.field(name="basis")
    count: int = msgspec.field(default=0, name="n")
    base_min: float = 0.0
    base_from: Literal["planned", "distance"] = "distance"
    travel_time_ratio: float = msgspec.field(default=0.0, name="pace")
    remaining_km: float | None = None
    dwell_ahead_min: float = 0.0
    stops_ahead: int | None = None
    legs_ahead: int = 0
    residuals_key: str = msgspec.field(default="", name="interval_from")
    widening: float | None = None


class Eta(Struct, frozen=True):
    """Arrival window, aware UTC: P10 (`from_`), P50 (`at`) and P90 (`to`) of the arrival time.

    `as_of` is the time of the event it was predicted for. `shown` is the window that people see: it keeps to
    delivery hours and is rounded. A window that was recorded before there were shown ones has none.
    """

    from_: datetime = msgspec.field(name="from")
    at: datetime
    to: datetime
    as_of: datetime | None = None
    confidence: Literal["high", "medium", "low"] = "low"
    explanation: Explanation | None = None
    shown: ShownWindow | None = None


class HubPoint(Struct, frozen=True, cache_hash=True):
    """Hub at the end of a lane: id, name and position in degrees."""

    hub_id: str
    name: str
    lat: float
    lon: float


class Lane(Struct, frozen=True, cache_hash=True):
    """Origin and destination hub of a shipment."""

    origin: HubPoint
    destination: HubPoint


class Booking(Struct, frozen=True):
    """Booking data on the timeline; it never holds a name, a phone number or an address.

    `deliver_from` is set together with `promised` if a new day was agreed or set: it does not come before.
    `is_rescheduled` is True if staff has set the day without a request of the recipient.
    """

    promised: Window | None = None
    deliver_from: datetime | None = None
    is_rescheduled: bool = False
    lane: Lane | None = None
    destination_pin: str | None = None
    planned_minutes: int | None = None


class LatenessRisk(Struct, frozen=True):
    """Chance of lateness, predicted once together with the window and stored on the event.

    `is_trusted` is False while too few legs have been learned: the chance is then stored and decides nothing.
    `is_firm` is False if the window rests on a typical dwell or tour instead of a learned one.
    """

    p_late: float
    is_trusted: bool = msgspec.field(default=False, name="trusted")
    is_firm: bool = msgspec.field(default=True, name="firm")


class Scan(Struct, frozen=True):
    """Report after decoding and checking, before enrichment: one subject, one instant.

    Either `shipment_id` is set, or `vehicle_id` with a position. Coordinates are degrees. `occurred_at` is
    when it happened in the world, `received_at` when the stream accepted it; both aware UTC. `stream_source`
    (`<creation epoch>/<shard>`) and `stream_position` are the place in the stream it was read from.
    """

    event_id: str
    sort_key: str
    occurred_at: datetime
    received_at: datetime
    shipment_id: str | None = None
    vehicle_id: str | None = None
    device_id: str | None = None
    device_seq: int = 0
    status: Status | None = None
    reported_status: str | None = None
    substatus: str | None = None
    # Code of the status, as a device reports it; `Change.reason_code` is another list.
    reason_code: str | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    # Flags that cleaning has set on the position.
    fix_flags: tuple[str, ...] = ()
    # Memory of the track after this fix, on its way into the state; event rows do not store it.
    fix_memory: str = ""
    speed_kmh: float | None = None
    heading: float | None = None
    note: str | None = None
    source: Source = "device"
    actor: str | None = None
    partner_id: str | None = None
    livemode: bool = True
    booking: Booking | None = None
    # Progress of the tour, counted by our own processes from the manifest.
    tour: Tour | None = None
    # Ids of the event this one retracts or replaces; allowed for sources `manual` and `api` only.
    retracts: str | None = None
    supersedes: str | None = None
    correction_reason: str | None = None
    # Time as the device sent it, if `occurred_at` is a corrected one; time the gateway took the record.
    device_at: datetime | None = None
    gateway_at: datetime | None = None
    # True if an id was sent without a time: `occurred_at` is then the arrival time of the first copy.
    is_untimed: bool = False
    traceparent: str | None = None
    stream_source: str = ""
    stream_position: str = ""
    # Set on events of source `system` that our own processes derive from time or from a vehicle's position.
    clock_kind: ClockKind | None = None
    # Fields of the report that could not be read and were left out.
    ignored_fields: tuple[str, ...] = ()
    # Evidence of an earlier event, computed by our own processes.
    evidence: AttemptEvidence | None = None
    # Hub that the report names; it gives the place of a scan without a position.
    hub_id: str | None = None

    @property
    def has_position(self) -> bool:
        """True if the scan has coordinates."""
        return self.lat is not None and self.lon is not None

    @property
    def is_fix_dropped(self) -> bool:
        """True if cleaning has dropped the position: it stays on the event and moves nothing."""
        return not DROPPING_FLAGS.isdisjoint(self.fix_flags)


class VehicleFix(Scan, frozen=True):
    """Report of a vehicle's position that names no shipment, with its place."""

    if TYPE_CHECKING:
        # Narrowed for type checkers only: declared anew, a field would move in the stored JSON.
        vehicle_id: str  # type: ignore[misc]
        lat: float  # type: ignore[misc]
        lon: float  # type: ignore[misc]
    place: Place | None = None
    expires_at: int = 0


class TrackingEvent(Scan, frozen=True):
    """Event on a shipment's timeline: a scan with its place, its arrival window and the verdict on it.

    `applied` is False, with a `reject_reason`, for an event that did not move the shipment. `change_id` is
    the id of the change the event caused; while `pending` is set, the bus has not accepted that change yet.
    """

    if TYPE_CHECKING:
        # As above: an event always belongs to a shipment.
        shipment_id: str
    place: Place | None = None
    eta: Eta | None = None
    lateness_risk: LatenessRisk | None = msgspec.field(default=None, name="outlook")
    # Leg after the event, if the event opens it or adds a prediction to it.
    open_leg: OpenLeg | None = None
    recorded_at: datetime | None = None
    applied: bool = True
    reject_reason: str | None = None
    late: bool = False
    expires_at: int = 0
    change: "Change | None" = None
    change_id: str | None = None
    pending: str | None = None
    pending_since: str | None = None
    schema_version: int = 1

    @property
    def corrects(self) -> bool:
        """True if the event retracts or supersedes another one."""
        return self.retracts is not None or self.supersedes is not None

    @property
    def order(self) -> str:
        """Sort key on the timeline, compared as text: time, device sequence, rank of the status, id."""
        return _write_order(self.occurred_at, self.device_seq, self.status, self.event_id)


# Cached because an event is compared with the state of its shipment some five times on its way.
@lru_cache(8192)
def _write_order(moment: datetime, device_seq: int, status: Status | None, event_id: str) -> str:
    rank = RANK[status] if status else 0
    return f"{format_time(moment)}|{device_seq:016d}|{rank:02d}|{event_id}"


class Facts(Struct, frozen=True):
    """State of a shipment as far as changes compare it."""

    status: Status | None = None
    substatus: str | None = None
    direction: Direction = msgspec.field(default=Direction.FORWARD, name="leg")
    eta: Eta | None = None
    is_delayed: bool = False


ChangeType = Literal[
    "created",
    "status_changed",
    "milestone_reached",
    "delayed",
    "delay_cleared",
    "eta_changed",
    "corrected",
    "event_rejected",
    "stalled",
    "attempt_doubted",
]
CHANGE_TYPES: tuple[str, ...] = ChangeType.__args__  # type: ignore[attr-defined]


class Change(Struct, frozen=True):
    """Change of a shipment as published on the bus: facts before and after, reason code and English reason.

    `change_id` is a hash of shipment, causing event, type and episode: the same event always yields the same
    ids, so that each effect of a change is claimed by its id and happens once.
    """

    change_id: str
    type: ChangeType
    shipment_id: str
    event_id: str
    sort_key: str
    before: Facts
    after: Facts
    why: str
    occurred_at: datetime
    received_at: datetime
    recorded_at: datetime
    state_version: int
    cause: Cause = "event"
    episode: int = 0
    partner_id: str | None = None
    livemode: bool = True
    late: bool = False
    traceparent: str | None = None
    # Leg that this change finishes; lane statistics learn from it.
    finished_leg: FinishedLeg | None = None
    also: tuple["Change", ...] = ()
    # Evidence that contradicts an attempt, on the change that raises the doubt.
    evidence: AttemptEvidence | None = None
    # None only on a change that an older version wrote and that was not read through `compatibility`.
    reason_code: ReasonCode | None = None
