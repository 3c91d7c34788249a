"""Last mile: a van takes parcels from its hub to doorsteps of one locality, and comes back for more."""

from collections.abc import Iterator
from random import Random

from swiftlogix.simulator.parcels import Parcel
from swiftlogix.simulator.reports import Step
from swiftlogix.simulator.roads import Road, build_highway, build_street, distance_km
from swiftlogix.simulator.vehicles import BOOKING_LEAD_S, SCAN_GAP_S, Stage, Vehicle
from swiftlogix.simulator.world import Hub, Point

# A run begins with few parcels; a van that comes back takes more.
FIRST_PARCELS, PARCELS = 3, 5
FAILED_SHARE = 0.1
MAX_ATTEMPTS = 3
PLANNED_MINUTES = 60
ARRIVING_S = 20.0
LOADING_S = 75.0
STREETS_KM = 1.5
SERVICE_S = (20.0, 60.0)
# The first doorstep of the run is reached within these seconds; its parcel is booked in time for that, and
# the others later, so that a run does not begin with a storm of bookings.
FIRST_STOP_S = (36.0, 220.0)
FIRST_BOOKED_S = (0.0, 8.0)
OTHERS_BOOKED_S = (8.0, 30.0)
BOOKED_WITHIN_S = 15.0

DELIVERED = ("to_recipient", "otp_verified", "signed", "to_security", "to_neighbour", "cod_collected")
FAILED = ("not_home", "premises_closed", "phone_unreachable", "address_not_found", "cod_not_ready")


class Van(Vehicle):
    """A van of one delivery hub."""

    def __init__(self, number: int, rng: Random, stage: Stage, hub: Hub) -> None:
        super().__init__(f"{hub.hub_id}-VAN{number:02d}", number, rng, stage)
        self._hub = hub
        self._failed: list[Parcel] = []

    def steps(self) -> Iterator[Step]:
        """Start half-way to the first doorstep; then deliver, return, load, and so on."""
        yield from self._begin()
        while True:
            while self.load:
                yield from self._deliver(self.load[0])
            yield from self._return()
            yield from self._load()

    def _speed(self) -> float:
        return self.rng.uniform(17, 25)

    def _begin(self) -> Iterator[Step]:
        self.load = self._make_parcels(FIRST_PARCELS)
        first = self.rng.uniform(*FIRST_STOP_S)
        for index, parcel in enumerate(self.load):
            booked = self.rng.uniform(*(OTHERS_BOOKED_S if index else FIRST_BOOKED_S))
            scanned = self._plan_way_to_hub(parcel, booked)
            self.plan_scan(scanned, parcel, "out_for_delivery.loaded")
        road, speed = build_highway([self._hub.point, self.load[0].stop.point]), self._speed()
        left_km = min(road.length_km, speed * first / 3600)
        self.here = road.at(road.length_km - left_km)
        yield from self.stand(first - left_km / speed * 3600)
        self._plan_arriving(self.load[0], first)
        yield from self.drive(road, speed, road.length_km - left_km)
        yield from self._hand_over(self.load[0])

    def _deliver(self, parcel: Parcel) -> Iterator[Step]:
        road, speed = self._find_way(parcel.stop.point), self._speed()
        self._plan_arriving(parcel, self.now + road.length_km / speed * 3600)
        yield from self.drive(road, speed)
        yield from self._hand_over(parcel)

    def _plan_arriving(self, parcel: Parcel, arrival: float) -> None:
        self.plan_scan(max(self.now, arrival - ARRIVING_S), parcel, "out_for_delivery.arriving")

    def _hand_over(self, parcel: Parcel) -> Iterator[Step]:
        yield self.scan(parcel, "out_for_delivery.arrived")
        yield from self.stand(self.rng.uniform(*SERVICE_S))
        self.load.remove(parcel)
        parcel.attempts += 1
        if self.rng.random() < FAILED_SHARE and parcel.attempts < MAX_ATTEMPTS:
            self._failed.append(parcel)
            yield self.scan(parcel, f"attempt_failed.{self.rng.choice(FAILED)}")
        else:
            yield self.scan(parcel, f"delivered.{self.rng.choice(DELIVERED)}")
        yield from self.stand(self.rng.uniform(4, 15))

    def _return(self) -> Iterator[Step]:
        yield from self.drive(self._find_way(self._hub.point), self._speed())
        for parcel in self._failed:
            yield self.scan(parcel, "in_transit.arrived_hub")
            yield from self.stand(SCAN_GAP_S)

    def _find_way(self, to: Point) -> Road:
        """Through the streets where it is near, else along a road."""
        here = self.here.lat, self.here.lon
        return build_street(here, to) if distance_km(here, to) < STREETS_KM else build_highway([here, to])

    def _load(self) -> Iterator[Step]:
        """Take what waits at the hub, then what failed before, then new bookings."""
        waiting = self.stage.yards.take(self._hub.hub_id, None, self.now, PARCELS)
        parcels = (waiting + self._failed)[:PARCELS]
        self._failed = [parcel for parcel in self._failed if parcel not in parcels]
        fresh = self._make_parcels(PARCELS - len(parcels))
        for parcel in fresh:
            self._plan_way_to_hub(parcel, self.now + self.rng.uniform(0, BOOKED_WITHIN_S))
        yield from self.stand(LOADING_S)
        self.load = self._order_stops(parcels + fresh)
        for parcel in self.load:
            yield self.scan(parcel, "out_for_delivery.loaded")
            yield from self.stand(SCAN_GAP_S)

    def _make_parcels(self, count: int) -> list[Parcel]:
        """Parcels for one locality of the hub, in the order of their stops."""
        near = self.rng.choice(self.stage.world.areas[self._hub.hub_id])
        origin = self.rng.choice([self._hub.hub_id, *self.stage.world.neighbours(self._hub.hub_id)])
        route = (origin,) if origin == self._hub.hub_id else (origin, self._hub.hub_id)
        return self._order_stops([self.mint.make(route, near) for _ in range(count)])

    def _plan_way_to_hub(self, parcel: Parcel, booked: float) -> float:
        """Book a parcel and scan it up to the van's hub; returns when the next scan may come."""
        self.plan_booking(booked, parcel, PLANNED_MINUTES)
        scanned = booked + BOOKING_LEAD_S
        origin = self.stage.world.hubs[parcel.route[0]]
        self.plan_scan(scanned, parcel, "picked_up.from_shipper", origin)
        self.plan_scan(scanned + SCAN_GAP_S, parcel, "in_transit.arrived_destination_hub", self._hub)
        parcel.hop = len(parcel.route) - 1
        return scanned + 2 * SCAN_GAP_S

    def _order_stops(self, parcels: list[Parcel]) -> list[Parcel]:
        """Always the nearest stop next, from the hub on."""
        ordered, here, left = [], self._hub.point, list(parcels)
        while left:
            nearest = min(left, key=lambda parcel: distance_km(here, parcel.stop.point))
            left.remove(nearest)
            ordered.append(nearest)
            here = nearest.stop.point
        return ordered
