"""Between hubs: line-haul trucks and feeders drive their lane to and fro and stop at every hub on it."""

from collections.abc import Iterator
from random import Random

from swiftlogix.simulator.parcels import Parcel
from swiftlogix.simulator.reports import Step
from swiftlogix.simulator.roads import Road, build_highway
from swiftlogix.simulator.vehicles import BOOKING_LEAD_S, SCAN_GAP_S, Stage, Vehicle
from swiftlogix.simulator.world import Hub, Lane

PARCELS = 3
ONWARD_SHARE = 0.4
LAST_MILE_MINUTES = 60
HUB_STOP_S = (45.0, 110.0)
TURN_S = (100.0, 200.0)
SORTING_S = 60.0
PICKUP_WAIT_S = (40.0, 180.0)
# The first hub of the run is reached within these seconds.
FIRST_HUB_S = (36.0, 360.0)
BOOKED_WITHIN_S = 30.0


class Truck(Vehicle):
    """A truck or feeder of one lane."""

    def __init__(self, vehicle_id: str, number: int, rng: Random, stage: Stage, lane: Lane) -> None:
        super().__init__(vehicle_id, number, rng, stage)
        self._lane = lane
        self._roads = [build_highway(section) for section in lane.sections]
        length = sum(road.length_km for road in self._roads)
        self._speed = length / lane.planned_minutes * 60 * rng.uniform(0.8, 1.0)

    def steps(self) -> Iterator[Step]:
        """Start half-way on one of the lane's sections; then drive it to its end, turn, and so on."""
        section = self.rng.randrange(len(self._roads))
        yield from self._begin(self._roads[section])
        yield from self._stop_at(section + 1)
        while True:
            for index in range(section + 1, len(self._roads)):
                yield from self.drive(self._roads[index], self._speed)
                yield from self._stop_at(index + 1)
            self._turn()
            section = -1
            yield from self._take_load()

    def _begin(self, road: Road) -> Iterator[Step]:
        origin = self._hub(0)
        self.load = self._make_parcels(PARCELS)
        for parcel in self.load:
            booked = self.rng.uniform(0, BOOKED_WITHIN_S)
            self._plan_pickup(parcel, booked, origin)
            scanned = booked + BOOKING_LEAD_S + SCAN_GAP_S
            self.plan_scan(scanned, parcel, "in_transit.departed_origin")
        first = self.rng.uniform(*FIRST_HUB_S)
        left_km = min(road.length_km, self._speed * first / 3600)
        self.here = road.at(road.length_km - left_km)
        yield from self.stand(first - left_km / self._speed * 3600)
        yield from self.drive(road, self._speed, road.length_km - left_km)

    def _stop_at(self, number: int) -> Iterator[Step]:
        """Stop at a hub: on the way the parcels stay on board, at the end they are unloaded."""
        if number == len(self._lane.hub_ids) - 1:
            yield from self._unload()
            return
        yield from self._scan_all("in_transit.arrived_hub")
        yield from self.stand(self.rng.uniform(*HUB_STOP_S))
        yield from self._scan_all("in_transit.departed_hub")

    def _scan_all(self, status: str) -> Iterator[Step]:
        for parcel in self.load:
            yield self.scan(parcel, status)
            yield from self.stand(SCAN_GAP_S)

    def _unload(self) -> Iterator[Step]:
        hub = self._hub(-1)
        for parcel in self.load:
            parcel.hop += 1
            arrived = "arrived_hub" if parcel.next_hub else "arrived_destination_hub"
            yield self.scan(parcel, f"in_transit.{arrived}")
            yield from self.stand(SCAN_GAP_S)
        unloaded, self.load = self.load, []
        for parcel in unloaded:
            self._pass_on(parcel, hub)

    def _pass_on(self, parcel: Parcel, hub: Hub) -> None:
        """Leave a parcel for the next vehicle, or for its recipient where no van delivers."""
        if parcel.next_hub is not None or hub.hub_id in self.stage.world.areas:
            self.stage.yards.leave(hub.hub_id, parcel, self.now + SORTING_S)
            return
        ready = self.now + self.rng.uniform(5, 20)
        self.plan_scan(ready, parcel, "available_for_pickup.at_branch", hub)
        fetched = ready + self.rng.uniform(*PICKUP_WAIT_S)
        self.plan_scan(fetched, parcel, "delivered.at_pickup_point", hub)

    def _turn(self) -> None:
        self._lane = self._lane.reverse()
        self._roads = [build_highway(section) for section in self._lane.sections]

    def _take_load(self) -> Iterator[Step]:
        """Take what waits for this lane, then new bookings."""
        origin, destination = self._lane.ends
        waiting = self.stage.yards.take(origin, destination, self.now, PARCELS)
        fresh = self._make_parcels(PARCELS - len(waiting))
        for parcel in fresh:
            self._plan_pickup(parcel, self.now + self.rng.uniform(0, BOOKED_WITHIN_S), self._hub(0))
        yield from self.stand(self.rng.uniform(*TURN_S))
        self.load = waiting + fresh
        for parcel in self.load:
            departed = "departed_origin" if parcel.hop == 0 else "departed_hub"
            yield self.scan(parcel, f"in_transit.{departed}")
            yield from self.stand(SCAN_GAP_S)

    def _make_parcels(self, count: int) -> list[Parcel]:
        origin, destination = self._lane.ends
        onward = [hub for hub in self.stage.world.neighbours(destination) if hub != origin]
        parcels = []
        for _ in range(count):
            goes_on = onward and self.rng.random() < ONWARD_SHARE
            last = (self.rng.choice(onward),) if goes_on else ()
            parcels.append(self.mint.make((origin, destination, *last)))
        return parcels

    def _plan_pickup(self, parcel: Parcel, booked: float, origin: Hub) -> None:
        """Book a parcel and scan it at the hub where it begins."""
        self.plan_booking(booked, parcel, self._lane.planned_minutes + LAST_MILE_MINUTES)
        self.plan_scan(booked + BOOKING_LEAD_S, parcel, "picked_up.from_shipper", origin)

    def _hub(self, index: int) -> Hub:
        return self.stage.world.hubs[self._lane.hub_ids[index]]
