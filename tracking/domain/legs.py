"""A leg: one vehicle's run on one lane, open while it drives, finished when it may teach."""

from datetime import datetime, timedelta

from tracking.domain.events import Struct, format_time
from tracking.domain.lanes import Basis, Run

# What a leg may last and still teach: shorter is a double scan, longer is a forgotten one.
SHORTEST, LONGEST = timedelta(minutes=3), timedelta(days=7)


class UnderWay(Struct, frozen=True):
    """What was predicted first in one quarter of the way: the base minutes that remained, and the pace."""

    quarter: int
    at: datetime
    base_min: float
    mu: float


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
        """The leg's name within its lane: departure to the minute, then who drove it."""
        minute = self.departed_at.replace(second=0, microsecond=0)
        return f"leg#{format_time(minute)}#{self.vehicle_id or self.shipment_id or ''}"


def find_fault(departed_at: datetime, arrived_at: datetime) -> str | None:
    """Why a leg of these ends teaches nothing: a code, or None for a leg that does."""
    lasted = arrived_at - departed_at
    if lasted < timedelta(0):
        return "arrived_before_departed"
    if lasted < SHORTEST:
        return "under_3_min"
    return "over_7_days" if lasted > LONGEST else None
