"""A fleet half-way: what went before the start is lived through, and told in a few words at the start."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import chain

from laboratory.simulator.reports import Booking, Manifest, Report, Step, Truth
from laboratory.simulator.vehicles import BOOKING_LEAD_S, SCAN_GAP_S

FINISHED = {"delivered", "returned", "cancelled"}
# Bookings of what is under way are spread over so long, and so many a second at most.
SPREAD_S = 20.0
BOOKINGS_A_SECOND = 9.0
FIRST_BOOKED_S = 0.5
# The statuses that a parcel under way has been through are told within so long.
TOLD_WITHIN_S = 6.0
POSITION = {"lat", "lon", "speed_kmh", "heading", "accuracy_m"}


@dataclass
class _Life:
    """A parcel under way at the start: its booking, its scans so far, and when it is booked after all."""

    booking: Booking
    scans: list[Report] = field(default_factory=list)
    booked: float = 0.0

    @property
    def ready(self) -> float:
        """From when on all of its past is told."""
        return self.booked + BOOKING_LEAD_S + TOLD_WITHIN_S

    def tell(self) -> list[Step]:
        """The booking, the first scan of each status that it went through, and the last of all.

        The scans come without their positions: the vehicle has moved on.
        """
        first: dict[str, Report] = {}
        for scan in self.scans:
            first.setdefault(scan.fields["status"], scan)
        scans = [*first.values(), *(scan for scan in self.scans[-1:] if scan not in first.values())]
        told: list[Step] = [replace(self.booking, at=self.booked)]
        for number, scan in enumerate(scans):
            fields = {name: value for name, value in scan.fields.items() if name not in POSITION}
            at = self.booked + BOOKING_LEAD_S + number * SCAN_GAP_S
            told.append(replace(scan, at=at, fields=fields, held_until=None))
        return told


class Past:
    """What has been said before the start."""

    def __init__(self) -> None:
        self.lives: dict[str, _Life] = {}
        self.manifests: dict[str, Manifest] = {}
        self.booked: set[str] = set()

    def remember(self, step: Step) -> None:
        """Take in a step; a parcel whose story ends with it is forgotten."""
        if isinstance(step, Booking):
            self.lives[step.parcel.shipment_id] = _Life(step)
            self.booked.add(step.parcel.shipment_id)
        elif isinstance(step, Manifest):
            self.manifests[step.vehicle_id] = step
        elif isinstance(step, Report) and step.stamped and "status" in step.fields:
            self._remember_scan(step, step.fields["shipment_id"])

    def spread_bookings(self) -> float:
        """Give each parcel under way a moment for its booking; returns the last one."""
        spread = max(SPREAD_S, len(self.lives) / BOOKINGS_A_SECOND)
        for number, life in enumerate(self._by_stop()):
            life.booked = FIRST_BOOKED_S + number / len(self.lives) * spread
        return spread

    def tell(self, last: float) -> list[Step]:
        """The parcels under way, each with its booking and its scans; then the stops of the vans."""
        steps: list[Step] = []
        for life in self.lives.values():
            steps += life.tell()
        for manifest in self.manifests.values():
            if stops := self._open_stops(manifest):
                steps.append(replace(manifest, at=last + BOOKING_LEAD_S + TOLD_WITHIN_S, shipment_ids=stops))
        return sorted(steps, key=lambda step: step.at)

    def retell(self, step: Step) -> Step | None:
        """A step from after the start, as it may be said: None while its parcel has not been heard of.

        A ping for such a parcel says where the vehicle is all the same; a manifest leaves such parcels out.
        """
        if isinstance(step, Manifest):
            return replace(step, shipment_ids=tuple(filter(self._is_known, step.shipment_ids)))
        shipment_id = step.fields.get("shipment_id") if isinstance(step, Report | Truth) else None
        if shipment_id is None or not self.holds_back(step.at, shipment_id):
            return step
        if isinstance(step, Truth) or "status" in step.fields:
            return None
        fields = {name: value for name, value in step.fields.items() if name != "shipment_id"}
        return replace(step, fields=fields)

    def holds_back(self, at: float, shipment_id: str) -> bool:
        """Whether a parcel is not, or not yet, heard of at a moment."""
        if shipment_id not in self.booked:
            return False
        life = self.lives.get(shipment_id)
        return life is None or at < life.ready

    def _is_known(self, shipment_id: str) -> bool:
        return shipment_id in self.lives or shipment_id not in self.booked

    def _by_stop(self) -> list[_Life]:
        """The parcels under way, those first whose van comes to them soonest."""
        stops = {
            shipment_id: number
            for manifest in self.manifests.values()
            for number, shipment_id in enumerate(self._open_stops(manifest))
        }
        return sorted(
            self.lives.values(), key=lambda life: stops.get(life.booking.parcel.shipment_id, len(stops))
        )

    def _open_stops(self, manifest: Manifest) -> tuple[str, ...]:
        return tuple(shipment_id for shipment_id in manifest.shipment_ids if shipment_id in self.lives)

    def _remember_scan(self, scan: Report, shipment_id: str) -> None:
        if scan.fields["status"] in FINISHED:
            self.lives.pop(shipment_id, None)
        elif shipment_id in self.lives:
            self.lives[shipment_id].scans.append(scan)


def begin_under_way(steps: Iterator[Step]) -> Iterator[Step]:
    """The steps from second 0 on, in order of time.

    Steps before 0 are left out, but parcels that are then on their way are booked in the first seconds.
    What is said of such a parcel before it is booked is left out too.
    """
    past, first = Past(), next(steps)
    while first.at < 0:
        past.remember(first)
        first = next(steps)
    last = past.spread_bookings()
    early, first = [first], next(steps)
    while early[-1].at < last + BOOKING_LEAD_S + TOLD_WITHIN_S:
        early.append(first)
        first = next(steps)
    for step in early:
        if isinstance(step, Report) and past.holds_back(step.at, step.fields.get("shipment_id", "")):
            past.remember(step)
    later = filter(None, map(past.retell, chain(early, [first], steps)))
    yield from merge(past.tell(last), later, key=lambda step: step.at)
