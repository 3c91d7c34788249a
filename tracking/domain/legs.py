"""Legs of a route: one drive from hub to hub or from the last hub to the recipient, open or finished."""

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from tracking.domain.value import Struct, format_time

# Source of base minutes: `p` planned, `d` computed from the distance.
BaseFrom = Literal["p", "d"]

# Base minutes at which the second, third and fourth length bucket begin.
BUCKET_FROM = (25.0, 60.0, 200.0)
# Durations that statistics learn from: a shorter leg is a double scan, a longer one a forgotten scan.
SHORTEST = timedelta(minutes=3)
LONGEST = timedelta(days=7)
# Destination of a leg that goes to the recipient and not to a hub.
RECIPIENT = "~"
# Class of a leg whose vehicle is not known or has no class; its statistics are those of all vehicles.
ANY_CLASS = "any"


def normalize_class(text: str) -> str:
    """Return a vehicle class as statistics know it: lower case, single spaces, `ANY_CLASS` for an empty one.

    So `Truck` and `truck ` are one class.
    """
    return " ".join(text.casefold().split()) or ANY_CLASS


def bucket_of(base_min: float) -> int:
    """Return the length bucket of base minutes: 0 below 25, 1 below 60, 2 below 200, else 3."""
    return bisect_right(BUCKET_FROM, base_min)


class LegProfile(NamedTuple):
    """Inputs of a leg's prediction: lane, vehicle class, base minutes and their source."""

    origin: str
    destination: str
    vehicle_class: str
    base_from: BaseFrom
    base_min: float

    @property
    def bucket(self) -> int:
        """Length bucket, 0 to 3."""
        return bucket_of(self.base_min)

    @property
    def of_all_classes(self) -> "LegProfile":
        """Same leg, driven by a vehicle of any class."""
        if self.vehicle_class == ANY_CLASS:
            return self
        return LegProfile(self.origin, self.destination, ANY_CLASS, self.base_from, self.base_min)


class QuarterPrediction(Struct, frozen=True):
    """First prediction made in one part of a leg, kept to learn how wrong it was.

    `quarter` is the quarter of the leg, 0 to 3. `base_min` are the base minutes that remained at `at`,
    `log_ratio` the predicted ln(actual / base) of the rest, `low_offset` and `high_offset` the offsets of its
    P10 and P90 in logs. `pace` is ln(elapsed / expected) up to then, `adjustment` the part of `log_ratio`
    that it brought. Offsets and pace are None if an older version made the prediction.
    """

    quarter: int
    at: datetime
    base_min: float
    # Stored under its first name.
    log_ratio: float = msgspec.field(name="mu")
    low_offset: float | None = msgspec.field(default=None, name="l10")
    high_offset: float | None = msgspec.field(default=None, name="l90")
    # Stored under another name than the ratio of an explanation, which is `pace`.
    pace: float | None = msgspec.field(default=None, name="own_pace")
    adjustment: float = 0.0


class OpenLeg(Struct, frozen=True):
    """Leg under way, with what was predicted when it departed.

    `destination` is a hub id or `RECIPIENT`. `log_ratio` is the predicted ln(actual / base), `spread_key`
    the key of the quantile offsets it was predicted with. `low_offset` and `high_offset` are the offsets
    of its P10 and P90 in logs; None of a leg without a prediction or of an older version. `km` is the
    straight length. `dwelt_min` are the
    minutes the parcel had been at the origin, if known; `stops_ahead` the stops before its own when the tour
    began. `lat` and `lon` are the position of the departure in degrees.
    """

    origin: str
    destination: str
    departed_at: datetime
    base_min: float = 0.0
    # `base_from`, `log_ratio` and `spread_key` are stored under their first names.
    base_from: BaseFrom = msgspec.field(default="d", name="basis")
    vehicle_class: str = ANY_CLASS
    vehicle_id: str | None = None
    log_ratio: float = msgspec.field(default=0.0, name="mu")
    spread_key: str = msgspec.field(default="", name="group")
    km: float = 0.0
    under_way: tuple[QuarterPrediction, ...] = ()
    dwelt_min: float | None = None
    stops_ahead: int | None = None
    lat: float | None = None
    lon: float | None = None
    low_offset: float | None = msgspec.field(default=None, name="l10")
    high_offset: float | None = msgspec.field(default=None, name="l90")

    @property
    def profile(self) -> LegProfile:
        """Inputs of its prediction."""
        return LegProfile(self.origin, self.destination, self.vehicle_class, self.base_from, self.base_min)


class FirstEstimate(Struct, frozen=True):
    """First arrival window of a shipment, kept to compare it with the delivery; times aware UTC.

    P10 (`from_`), P50 (`at`) and P90 (`to`), predicted at `as_of`. `promised_to` is the end of the promise at
    that time, `lane_min` the free-flow minutes of the lane, 0 without one.
    """

    from_: datetime = msgspec.field(name="from")
    at: datetime
    to: datetime
    as_of: datetime
    promised_to: datetime | None = None
    lane_min: float = 0.0


class HubStay(Struct, frozen=True):
    """Hub where a parcel is between two legs, and since when."""

    hub_id: str
    arrived_at: datetime


class FinishedLeg(Struct, frozen=True):
    """Leg from departure to arrival, with its prediction at departure; lane statistics learn from it.

    `log_ratio` and `spread_key` are those stored at departure. `spread_key` is empty for a leg that ended at
    another hub than predicted: its travel-time ratio is learned, an error of prediction is not.
    `first_estimate` is that of the shipment, set if the leg ended with the delivery. `booked_at` and
    `promised_at` are set if it ended with the first delivery attempt of a parcel with a promise.
    `is_collected` is True if the parcel waits at the hub to be collected: then only its promise is learned.
    """

    origin: str
    destination: str
    vehicle_class: str
    # `base_from`, `log_ratio` and `spread_key` are stored under their first names.
    base_from: BaseFrom = msgspec.field(name="basis")
    base_min: float
    departed_at: datetime
    arrived_at: datetime
    log_ratio: float = msgspec.field(default=0.0, name="mu")
    spread_key: str = msgspec.field(default="", name="group")
    under_way: tuple[QuarterPrediction, ...] = ()
    vehicle_id: str | None = None
    shipment_id: str | None = None
    dwelt_min: float | None = None
    stops_ahead: int | None = None
    low_offset: float | None = msgspec.field(default=None, name="l10")
    high_offset: float | None = msgspec.field(default=None, name="l90")
    first_estimate: FirstEstimate | None = None
    booked_at: datetime | None = None
    promised_at: datetime | None = None
    is_collected: bool = False

    @property
    def profile(self) -> LegProfile:
        """Inputs of its prediction."""
        return LegProfile(self.origin, self.destination, self.vehicle_class, self.base_from, self.base_min)

    @property
    def minutes(self) -> float:
        """Minutes from departure to arrival."""
        return (self.arrived_at - self.departed_at).total_seconds() / 60

    @property
    def sort_key(self) -> str:
        """Name of the leg within its lane: departure to the minute, then vehicle or shipment.

        All parcels of one truck give one leg; each last mile is a leg of its own.
        """
        minute = self.departed_at.replace(second=0, microsecond=0)
        subject = self.shipment_id if self.is_last_mile else self.vehicle_id or self.shipment_id
        return f"leg#{format_time(minute)}#{subject or ''}"

    @property
    def fault(self) -> str | None:
        """Code of why nothing is learned from it; None if usable. A last mile may be under 3 minutes."""
        fault = find_fault(self.departed_at, self.arrived_at)
        return None if fault == "under_3_min" and self.is_last_mile else fault

    @property
    def is_last_mile(self) -> bool:
        """True if it went to the recipient: durations of tours are then learned, and no lane."""
        return self.destination == RECIPIENT


def find_fault(departed_at: datetime, arrived_at: datetime) -> str | None:
    """Return the code of why nothing is learned from a leg of these times; None if it is usable."""
    lasted = arrived_at - departed_at
    if lasted < timedelta(0):
        return "arrived_before_departed"
    if lasted < SHORTEST:
        return "under_3_min"
    return "over_7_days" if lasted > LONGEST else None


def finish_leg(
    leg: OpenLeg, arrived_at: datetime, shipment_id: str, elsewhere: tuple[str, float] | None = None
) -> FinishedLeg:
    """Return the leg as finished at its destination, or at another hub.

    `elsewhere` is that other hub and the base minutes to it.
    """
    destination, base_min, base_from, spread_key = (
        leg.destination,
        leg.base_min,
        leg.base_from,
        leg.spread_key,
    )
    if elsewhere is not None:
        (destination, base_min), base_from, spread_key = elsewhere, "d", ""
    return FinishedLeg(
        origin=leg.origin,
        destination=destination,
        vehicle_class=leg.vehicle_class,
        base_from=base_from,
        base_min=base_min,
        departed_at=leg.departed_at,
        arrived_at=arrived_at,
        log_ratio=leg.log_ratio,
        spread_key=spread_key,
        under_way=() if elsewhere else leg.under_way,
        vehicle_id=leg.vehicle_id,
        shipment_id=shipment_id,
        dwelt_min=leg.dwelt_min,
        stops_ahead=leg.stops_ahead,
        low_offset=None if elsewhere else leg.low_offset,
        high_offset=None if elsewhere else leg.high_offset,
    )
