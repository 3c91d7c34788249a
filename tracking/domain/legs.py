"""A leg: one vehicle's run on one lane, open while it drives, finished when it may teach."""

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from tracking.domain.value import Struct, format_time

Basis = Literal["p", "d"]

# Length buckets, by the base minutes at which the next one begins.
BUCKET_FROM = (25.0, 60.0, 200.0)
# What a leg may last and still teach: shorter is a double scan, longer is a forgotten one.
SHORTEST, LONGEST = timedelta(minutes=3), timedelta(days=7)
# Where a leg ends that goes to a door and not to a hub.
RECIPIENT = "~"
ANY_CLASS = "any"


def bucket_of(base_min: float) -> int:
    """The length bucket of base minutes: 0 below 25, 1 below 60, 2 below 200, 3 from there on."""
    return bisect_right(BUCKET_FROM, base_min)


class Run(NamedTuple):
    """What a leg is predicted from: its lane, its class of vehicle, its base minutes and their basis.

    `basis` is `p` when the base was planned, `d` when it was worked out from the distance.
    """

    origin: str
    destination: str
    vehicle_class: str
    basis: Basis
    base_min: float

    @property
    def bucket(self) -> int:
        """The length bucket, 0 to 3."""
        return bucket_of(self.base_min)


class UnderWay(Struct, frozen=True):
    """What was predicted first in one quarter of the way: the base minutes that remained, and the pace."""

    quarter: int
    at: datetime
    base_min: float
    mu: float


class OpenLeg(Struct, frozen=True):
    """A leg under way, with all that was said when it departed.

    `destination` is a hub, or `RECIPIENT`. `km` is its straight length. `dwelt_min` is how long the parcel
    had been at the origin, if that is known; `stops_ahead` how many stops came before its own on a tour.
    """

    origin: str
    destination: str
    departed_at: datetime
    base_min: float = 0.0
    basis: Basis = "d"
    vehicle_class: str = ANY_CLASS
    vehicle_id: str | None = None
    mu: float = 0.0
    group: str = ""
    km: float = 0.0
    under_way: tuple[UnderWay, ...] = ()
    dwelt_min: float | None = None
    stops_ahead: int | None = None
    # Where it began, in degrees.
    lat: float | None = None
    lon: float | None = None

    @property
    def run(self) -> Run:
        """What it is predicted from."""
        return Run(self.origin, self.destination, self.vehicle_class, self.basis, self.base_min)


class HubStay(Struct, frozen=True):
    """Where a parcel is between two legs, and since when."""

    hub_id: str
    arrived_at: datetime


class FinishedLeg(Struct, frozen=True):
    """A leg from departure to arrival, with what was predicted of it then: what the lanes learn from.

    `mu` and `group` are those stored at departure; `group` is empty for a leg that ended elsewhere than
    it was predicted to, which teaches the pace but not how wrong predictions are.
    """

    origin: str
    destination: str
    vehicle_class: str
    basis: Basis
    base_min: float
    departed_at: datetime
    arrived_at: datetime
    mu: float = 0.0
    group: str = ""
    under_way: tuple[UnderWay, ...] = ()
    vehicle_id: str | None = None
    shipment_id: str | None = None
    dwelt_min: float | None = None
    stops_ahead: int | None = None

    @property
    def run(self) -> Run:
        """What it was predicted from."""
        return Run(self.origin, self.destination, self.vehicle_class, self.basis, self.base_min)

    @property
    def minutes(self) -> float:
        """How long it took."""
        return (self.arrived_at - self.departed_at).total_seconds() / 60

    @property
    def sort_key(self) -> str:
        """The leg's name within its lane: departure to the minute, then who drove it or whose it was."""
        minute = self.departed_at.replace(second=0, microsecond=0)
        whose = self.shipment_id if self.is_last_mile else self.vehicle_id or self.shipment_id
        return f"leg#{format_time(minute)}#{whose or ''}"

    @property
    def fault(self) -> str | None:
        """Why it teaches nothing: a code, or None. A door may be round the corner, a lane is not."""
        fault = find_fault(self.departed_at, self.arrived_at)
        return None if fault == "under_3_min" and self.is_last_mile else fault

    @property
    def is_last_mile(self) -> bool:
        """Whether it went to a door: it then teaches how long tours take, and no lane."""
        return self.destination == RECIPIENT


def find_fault(departed_at: datetime, arrived_at: datetime) -> str | None:
    """Why a leg of these ends teaches nothing: a code, or None for a leg that does."""
    lasted = arrived_at - departed_at
    if lasted < timedelta(0):
        return "arrived_before_departed"
    if lasted < SHORTEST:
        return "under_3_min"
    return "over_7_days" if lasted > LONGEST else None


def finish(
    leg: OpenLeg, arrived_at: datetime, shipment_id: str, elsewhere: tuple[str, float] | None = None
) -> FinishedLeg:
    """The leg ended at its destination, or at another hub: `elsewhere` is that hub and its base minutes."""
    destination, base_min, basis, group = leg.destination, leg.base_min, leg.basis, leg.group
    if elsewhere is not None:
        (destination, base_min), basis, group = elsewhere, "d", ""
    return FinishedLeg(
        origin=leg.origin,
        destination=destination,
        vehicle_class=leg.vehicle_class,
        basis=basis,
        base_min=base_min,
        departed_at=leg.departed_at,
        arrived_at=arrived_at,
        mu=leg.mu,
        group=group,
        under_way=() if elsewhere else leg.under_way,
        vehicle_id=leg.vehicle_id,
        shipment_id=shipment_id,
        dwelt_min=leg.dwelt_min,
        stops_ahead=leg.stops_ahead,
    )
