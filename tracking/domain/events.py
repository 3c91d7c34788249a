"""What happens to a shipment: the scan as reported, the tracking event as kept, the change as told."""

from datetime import datetime
from typing import Literal

import msgspec

from tracking.domain.legs import FinishedLeg, OpenLeg
from tracking.domain.reasons import ClockKind, ReasonCode
from tracking.domain.status import RANK, Leg, Status
from tracking.domain.tour import Tour
from tracking.domain.value import Struct as Struct  # noqa: PLC0414 - whoever makes facts takes it from here
from tracking.domain.value import format_time as format_time  # noqa: PLC0414 - as above

# A position that carries one of these is kept and moves nothing.
DROPPING_FLAGS = frozenset({"null_island", "jump", "frozen"})

Source = Literal["device", "api", "manifest", "manual", "system"]
PlaceQuality = Literal["area", "near", "region", "none"]
Cause = Literal["event", "late", "correction", "clock"]


class Place(Struct, frozen=True):
    """Where a position is, in words people know. Source: the index behind the port `Places`.

    `pincode` is the right one or a neighbour: it is shown as "near 560100", and nothing is routed or billed
    by it. `quality` says how it was found: inside its `area`; `near` it (1 km from its edge, or 10 from a
    post office); `region`: an office within 50 km, so district and state alone; `none`. `distance_km` is that
    to what gave the code (0 inside), `town_distance_km` that to the town's middle.
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
        """The hub's name, else town (or district) and state; None when nothing is known."""
        if self.hub_name:
            return self.hub_name
        return ", ".join(part for part in (self.town or self.district, self.state) if part) or None


class Window(Struct, frozen=True):
    """A promised span of time, both ends aware UTC."""

    from_: datetime = msgspec.field(name="from")
    to: datetime


class Explanation(Struct, frozen=True):
    """Why an arrival window is what it is: minutes, straight kilometres, numbers of legs and stops.

    `basis` is the deepest level of history that knows at least three legs, `n` how many it knows; `pace` is
    actual time over base time; `interval_from` says what the window's width was read from.
    """

    basis: Literal["lane", "hub", "class", "global"]
    n: int = 0
    base_min: float = 0.0
    base_from: Literal["planned", "distance"] = "distance"
    pace: float = 0.0
    remaining_km: float | None = None
    dwell_ahead_min: float = 0.0
    stops_ahead: int | None = None
    legs_ahead: int = 0
    interval_from: str = ""


class Eta(Struct, frozen=True):
    """An arrival window with its middle, aware UTC: one, five and nine of ten have arrived by then.

    `as_of` is the event time it was worked out for.
    """

    from_: datetime = msgspec.field(name="from")
    at: datetime
    to: datetime
    as_of: datetime | None = None
    confidence: Literal["high", "medium", "low"] = "low"
    explanation: Explanation | None = None


class HubPoint(Struct, frozen=True):
    """A hub as a lane's end: id, name and where it stands (degrees)."""

    hub_id: str
    name: str
    lat: float
    lon: float


class Lane(Struct, frozen=True):
    """From which hub to which hub a shipment runs."""

    origin: HubPoint
    destination: HubPoint


class Booking(Struct, frozen=True):
    """What a booking tells the timeline: never a name, a number or an address."""

    promised: Window | None = None
    lane: Lane | None = None
    destination_pin: str | None = None
    planned_minutes: int | None = None


class LatenessRisk(Struct, frozen=True):
    """How likely lateness is, worked out once with the window: the chance, and whether it may be trusted.

    `trusted` is False while too few legs of its class have been learned: the chance then decides nothing.
    """

    p_late: float
    trusted: bool = False
    # Whether the window rests on what is known, and on no mere guess at a stay or a tour.
    firm: bool = True


class Scan(Struct, frozen=True):
    """A report, decoded and checked, not yet understood: one subject, one instant.

    Either `shipment_id` is set, or `vehicle_id` with a position. Coordinates are degrees,
    `occurred_at` is when it happened in the world, `received_at` when the stream took it; both aware UTC.
    `stream_source` (`<creation epoch>/<shard>`) and `stream_position` say where it was read.
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
    reason_code: str | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    # What cleaning said of the position, once, before the write.
    fix_flags: tuple[str, ...] = ()
    # The memory of the track after this fix, on its way into the state; no row keeps it.
    fix_memory: str = ""
    speed_kmh: float | None = None
    heading: float | None = None
    note: str | None = None
    source: Source = "device"
    actor: str | None = None
    partner_id: str | None = None
    livemode: bool = True
    booking: Booking | None = None
    # Where its stop stands on the tour, as our own roles count it by the manifest.
    tour: Tour | None = None
    # The id of an event this one takes back or replaces; sources `manual` and `api` alone may.
    retracts: str | None = None
    supersedes: str | None = None
    correction_reason: str | None = None
    # The time as the device sent it, where `occurred_at` was put right; when the gateway took the record.
    device_at: datetime | None = None
    gateway_at: datetime | None = None
    # An id was sent without a time, so `occurred_at` is the time of arrival: that of the first copy counts.
    is_untimed: bool = False
    traceparent: str | None = None
    stream_source: str = ""
    stream_position: str = ""
    # Set on events of source `system` that a role of ours derives from time or from a vehicle's position.
    clock_kind: ClockKind | None = None

    @property
    def has_position(self) -> bool:
        """Whether the scan says where it was."""
        return self.lat is not None and self.lon is not None

    @property
    def is_fix_dropped(self) -> bool:
        """Whether cleaning has set the position aside: it stays on the event and moves nothing."""
        return not DROPPING_FLAGS.isdisjoint(self.fix_flags)


class TrackingEvent(Scan, frozen=True):
    """A fact on a shipment's timeline: a scan with its place, its ETA and what became of it.

    `applied` is False with a `reject_reason` for a fact that did not move the shipment. `change_id` names
    the change the event caused; while `pending` is set, the bus has not taken that change yet.
    """

    place: Place | None = None
    eta: Eta | None = None
    # Stored under its first name.
    lateness_risk: LatenessRisk | None = msgspec.field(default=None, name="outlook")
    # The leg as it stands after the event, where the event opens it or a prediction of it is to be kept.
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
        """Whether the event takes back or replaces another one."""
        return self.retracts is not None or self.supersedes is not None

    @property
    def order(self) -> str:
        """The event's place on its timeline: time, then device sequence, then rank, then id."""
        rank = RANK[self.status] if self.status else 0
        return f"{format_time(self.occurred_at)}|{self.device_seq:016d}|{rank:02d}|{self.event_id}"


class Facts(Struct, frozen=True):
    """What a change compares: the shipment before and after."""

    status: Status | None = None
    substatus: str | None = None
    leg: Leg = Leg.FORWARD
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
]
CHANGE_TYPES: tuple[str, ...] = ChangeType.__args__  # type: ignore[attr-defined]


class Change(Struct, frozen=True):
    """The one thing everybody downstream is told: before, after and why.

    `change_id` is a hash of shipment, causing event, type and episode: the same event always yields
    the same ids, so every effect can be claimed once by it.
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
    # The lane run or last stretch that this change ends; lanes learn from it.
    finished_leg: FinishedLeg | None = None
    also: tuple["Change", ...] = ()
    # None only on a change that an older version wrote and that was not read through `compatibility`.
    reason_code: ReasonCode | None = None
