"""A fleet half-way: what went before the start is lived through, and told in a few words at the start."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import chain

from swiftlogix.simulator.reports import Booking, Manifest, Report, Step, Truth
from swiftlogix.simulator.vehicles import BOOKING_LEAD_S, SCAN_GAP_S

FINISHED = {"delivered", "returned", "cancelled"}
# Bookings of what is under way are spread over so long, and so many a second at most.
SPREAD_S = 20.0
BOOKINGS_A_SECOND = 12.0
FIRST_BOOKED_S = 0.5


@dataclass
class _Life:
    """A parcel under way at the start: its booking, its scans so far, and when it is booked after all."""

    booking: Booking
    scans: list[Report] = field(default_factory=list)
    booked: float = 0.0

    @property
    def ready(self) -> float:
        """From when on it is heard of."""
        return self.booked + BOOKING_LEAD_S


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
        elif isinstance(step, Report) and "status" in step.fields:
            self._remember_scan(step, step.fields["shipment_id"])

    def spread_bookings(self) -> float:
        """Give each parcel under way a moment for its booking; returns the last one."""
        spread = max(SPREAD_S, len(self.lives) / BOOKINGS_A_SECOND)
        for number, life in enumerate(self._by_stop()):
            life.booked = FIRST_BOOKED_S + number / len(self.lives) * spread
        return spread

    def tell(self, last: float) -> list[Step]:
        """The parcels under way, each with its booking, its first scan and its last one; then the stops."""
        steps: list[Step] = []
        for life in self.lives.values():
            steps.append(replace(life.booking, at=life.booked))
            scans = life.scans if len(life.scans) < 2 else [life.scans[0], life.scans[-1]]
            for number, scan in enumerate(scans):
                steps.append(replace(scan, at=life.ready + (number - 2) * SCAN_GAP_S, held_until=None))
        for manifest in self.manifests.values():
            if stops := self._open_stops(manifest):
                steps.append(replace(manifest, at=last + BOOKING_LEAD_S, shipment_ids=stops))
        return sorted(steps, key=lambda step: step.at)

    def holds_back(self, step: Step) -> bool:
        """Whether a step from after the start is about a parcel that is not, or not yet, heard of."""
        shipment_id = ""
        if isinstance(step, Report | Truth):
            shipment_id = str(step.fields.get("shipment_id") or "")
        if shipment_id not in self.booked:
            return False
        life = self.lives.get(shipment_id)
        return life is None or step.at < life.ready

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
    while early[-1].at < last + BOOKING_LEAD_S:
        early.append(first)
        first = next(steps)
    for step in early:
        if past.holds_back(step) and isinstance(step, Report):
            past.remember(step)
    told = past.tell(last)
    later = (_trim(step, past) for step in chain(early, [first], steps) if not past.holds_back(step))
    yield from merge(told, later, key=lambda step: step.at)


def _trim(step: Step, past: Past) -> Step:
    """A manifest without the parcels that are never heard of."""
    if not isinstance(step, Manifest):
        return step
    known = tuple(each for each in step.shipment_ids if each in past.lives or each not in past.booked)
    return replace(step, shipment_ids=known)
