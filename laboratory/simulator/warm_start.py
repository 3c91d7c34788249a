"""Starts a fleet in mid-operation: parcels already under way are booked and scanned in the first seconds."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import chain

from laboratory.simulator.reports import Booking, Manifest, Report, Step, Truth
from laboratory.simulator.vehicles import BOOKING_LEAD_S, SCAN_GAP_S

FINISHED = {"delivered", "returned", "cancelled"}
# Bookings of parcels under way are spread over at least this long, at most so many a second.
SPREAD_S = 20.0
BOOKINGS_A_SECOND = 9.0
FIRST_BOOKED_S = 0.5
# The past scans of a parcel are sent within this time after its booking.
SCANS_SENT_WITHIN_S = 6.0
POSITION = {"lat", "lon", "speed_kmh", "heading", "accuracy_m"}


@dataclass
class _ParcelHistory:
    """Parcel that is under way at the start: its booking, its scans so far, and when it will be booked."""

    booking: Booking
    scans: list[Report] = field(default_factory=list)
    booked: float = 0.0

    @property
    def ready(self) -> float:
        """Return when all of its past scans are sent."""
        return self.booked + BOOKING_LEAD_S + SCANS_SENT_WITHIN_S

    def make_steps(self) -> list[Step]:
        """Return the booking, the first scan of each past status, and the last scan.

        The scans have no positions, since the vehicle has moved on.
        """
        first: dict[str, Report] = {}
        for scan in self.scans:
            first.setdefault(scan.fields["status"], scan)
        scans = [*first.values(), *(scan for scan in self.scans[-1:] if scan not in first.values())]
        steps: list[Step] = [self._book()]
        for number, scan in enumerate(scans):
            fields = {name: value for name, value in scan.fields.items() if name not in POSITION}
            at = self.booked + BOOKING_LEAD_S + number * SCAN_GAP_S
            steps.append(replace(scan, at=at, fields=fields, held_until=None))
        return steps

    def _book(self) -> Booking:
        """Return the booking at its new time; a promise that was over by then ends before the first scan."""
        parcel = self.booking.parcel
        begins, ends = self.booking.promised
        shift = max(0.0, self.booked + BOOKING_LEAD_S / 2 - ends)
        parcel.promised_at = ends + shift
        return replace(self.booking, at=self.booked, promised=(begins + shift, ends + shift))


class PastSteps:
    """Steps before the start, as far as they concern parcels under way."""

    def __init__(self) -> None:
        self.histories: dict[str, _ParcelHistory] = {}
        self.manifests: dict[str, Manifest] = {}
        self.booked: set[str] = set()

    def remember(self, step: Step) -> None:
        """Remember a step; a parcel that it finishes is forgotten."""
        if isinstance(step, Booking):
            self.histories[step.parcel.shipment_id] = _ParcelHistory(step)
            self.booked.add(step.parcel.shipment_id)
        elif isinstance(step, Manifest):
            self.manifests[step.vehicle_id] = step
        elif isinstance(step, Report) and step.stamped and "status" in step.fields:
            self._remember_scan(step, step.fields["shipment_id"])

    def spread_bookings(self) -> float:
        """Choose a booking time for each parcel under way; return the last one."""
        spread = max(SPREAD_S, len(self.histories) / BOOKINGS_A_SECOND)
        for number, history in enumerate(self._by_stop()):
            history.booked = FIRST_BOOKED_S + number / len(self.histories) * spread
        return spread

    def make_steps(self, last: float) -> list[Step]:
        """Return bookings and past scans of the parcels under way, then the manifests of the vans."""
        steps: list[Step] = []
        for history in self.histories.values():
            steps += history.make_steps()
        for manifest in self.manifests.values():
            if stops := self._open_stops(manifest):
                at = last + BOOKING_LEAD_S + SCANS_SENT_WITHIN_S
                steps.append(replace(manifest, at=at, shipment_ids=stops))
        return sorted(steps, key=lambda step: step.at)

    def filter_step(self, step: Step) -> Step | None:
        """Return a step after the start without parcels that are not booked yet, or None.

        A ping of such a parcel becomes one of its vehicle; a manifest leaves such parcels out.
        """
        if isinstance(step, Manifest):
            return replace(step, shipment_ids=tuple(filter(self._is_known, step.shipment_ids)))
        shipment_id = step.fields.get("shipment_id") if isinstance(step, Report | Truth) else None
        if shipment_id is None or not self.is_withheld(step.at, shipment_id):
            return step
        if isinstance(step, Truth) or "status" in step.fields:
            return None
        fields = {name: value for name, value in step.fields.items() if name != "shipment_id"}
        return replace(step, fields=fields)

    def is_withheld(self, at: float, shipment_id: str) -> bool:
        """Return whether a parcel's steps are withheld at a moment: it is not booked yet, or never."""
        if shipment_id not in self.booked:
            return False
        history = self.histories.get(shipment_id)
        return history is None or at < history.ready

    def _is_known(self, shipment_id: str) -> bool:
        return shipment_id in self.histories or shipment_id not in self.booked

    def _by_stop(self) -> list[_ParcelHistory]:
        """Return the parcels under way, by their place in the van's order of stops."""
        stops = {
            shipment_id: number
            for manifest in self.manifests.values()
            for number, shipment_id in enumerate(self._open_stops(manifest))
        }
        return sorted(
            self.histories.values(),
            key=lambda history: stops.get(history.booking.parcel.shipment_id, len(stops)),
        )

    def _open_stops(self, manifest: Manifest) -> tuple[str, ...]:
        return tuple(shipment_id for shipment_id in manifest.shipment_ids if shipment_id in self.histories)

    def _remember_scan(self, scan: Report, shipment_id: str) -> None:
        if scan.fields["status"] in FINISHED:
            self.histories.pop(shipment_id, None)
        elif shipment_id in self.histories:
            self.histories[shipment_id].scans.append(scan)


def start_in_progress(steps: Iterator[Step]) -> Iterator[Step]:
    """Yield the steps from second 0 on, in order of time.

    Steps before 0 are left out, but parcels that are under way at 0 are booked in the first seconds. Steps of
    such a parcel before its booking are left out too.
    """
    past, first = PastSteps(), next(steps)
    while first.at < 0:
        past.remember(first)
        first = next(steps)
    last = past.spread_bookings()
    early, first = [first], next(steps)
    while early[-1].at < last + BOOKING_LEAD_S + SCANS_SENT_WITHIN_S:
        early.append(first)
        first = next(steps)
    for step in early:
        if isinstance(step, Report) and past.is_withheld(step.at, step.fields.get("shipment_id", "")):
            past.remember(step)
    later = filter(None, map(past.filter_step, chain(early, [first], steps)))
    yield from merge(past.make_steps(last), later, key=lambda step: step.at)
