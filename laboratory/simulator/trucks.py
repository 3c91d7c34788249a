"""Line-haul trucks and feeders, which drive back and forth on a lane and stop at every hub on it."""

from collections.abc import Iterator
from functools import lru_cache

from laboratory.simulator.chance import draw_between, draw_from_quantiles, pick
from laboratory.simulator.motions import Drive
from laboratory.simulator.parcels import Parcel
from laboratory.simulator.reports import Step
from laboratory.simulator.roads import Road, build_highway, distance_km
from laboratory.simulator.vehicles import SCAN_GAP_S, FleetContext, Vehicle
from laboratory.simulator.world import Hub, Lane, Point

# A truck tries to depart in steps of this, for at most the second value.
DEPARTURE_STEP_S = 1200.0
MAX_DEPARTURE_WAIT_S = 64_800.0
SORTING_S = 600.0
BOOKED_BEFORE_S = 10_800.0
BOOKED_LEAST_S = 600.0
PICKUP_WAIT_S = (1800.0, 28_800.0)
# Trucks drive slowly on the last stretch to the gate, and queue this far from the start of the road.
GATE_KM, GATE_KMH = 0.3, 12.0
QUEUE_KM = 0.15
FENCE_KM = 0.3
# Driving takes the free-flow time x ratio ** SLOWNESS; the rest of the time are at most MOST_STOPS stops,
# each
# about STOP_S long.
SLOWNESS = 0.7
STOP_S = 1500.0
MOST_STOPS = 8


class Truck(Vehicle):
    """Truck or feeder of one lane."""

    def __init__(
        self, vehicle_id: str, number: int, begins: float, context: FleetContext, lane: Lane
    ) -> None:
        super().__init__(vehicle_id, number, context.world.hubs[lane.hub_ids[0]].point, begins, context)
        self._lane = lane
        self._roads = [_build_road(section) for section in lane.sections]

    def steps(self) -> Iterator[Step]:
        """Load, drive the lane to its end, unload, turn around, and repeat."""
        yield from self.stand(self.chance.random() * 7200)
        while True:
            yield from self._take_load(self._choose_departure())
            for index, road in enumerate(self._roads):
                yield from self._drive_section(index, road)
                if index + 1 < len(self._roads):
                    yield from self.scan_all("in_transit.arrived_hub")
                    yield from self.stand(self._draw_dwell())
            yield from self._unload()
            yield from self.stand(self._draw_dwell())
            self._turn()

    def _choose_departure(self) -> float:
        """Draw the next departure, by the usual hours of the vehicle's class."""
        moment = self.now + DEPARTURE_STEP_S * self.chance.random()
        for _ in range(int(MAX_DEPARTURE_WAIT_S / DEPARTURE_STEP_S)):
            if self.chance.random() < self._weigh_departure(self.calendar.hour(moment)):
                break
            moment += DEPARTURE_STEP_S
        return moment

    def _weigh_departure(self, hour: float) -> float:
        parameters = self.parameters
        is_line_haul = self._lane.vehicle_class == "line_haul"
        peaks = (parameters.departure_peak,) if is_line_haul else parameters.feeder_peaks
        return 1.0 if any(begins <= hour < ends for begins, ends in peaks) else parameters.off_peak

    def _take_load(self, departs: float) -> Iterator[Step]:
        """Book new parcels, wait for the departure, and load the parcels that wait for this lane."""
        new_parcels = self._make_parcels(departs)
        for parcel in new_parcels:
            latest = departs - BOOKED_LEAST_S
            earliest = max(self.now, departs - BOOKED_BEFORE_S)
            booked = max(self.now, draw_between(self.chance, (earliest, max(latest, earliest))))
            expected = self._estimate_delivery(parcel, departs)
            self.plan_booking(booked, parcel, expected, self._plan_minutes(parcel))
            self.plan_pickup(booked, departs, parcel, self._hub(0))
        yield from self.stand_until(departs)
        room = int(self.parameters.parcels[1]) - len(new_parcels)
        self.load = self.context.yards.take(*self._lane.ends, self.now, room) + new_parcels

    def _drive_section(self, index: int, road: Road) -> Iterator[Step]:
        """Depart from a hub, drive to the next, and wait there to be unloaded."""
        origin, destination = self._hub(index), self._hub(index + 1)
        departed = self.now
        yield from self.scan_all("in_transit.departed_hub" if index else "in_transit.departed_origin")
        free_s = self._find_planned_minutes(road) * 60
        drive = self._plan_drive(road, origin, destination, free_s)
        yield from self.go(drive)
        arrived = drive.find_moment(road.find_entry(destination.point, FENCE_KM))
        yield self.make_truth(
            "leg",
            leg_id=f"{self.vehicle_id}-{int(departed)}",
            origin=origin.hub_id,
            destination=destination.hub_id,
            vehicle_class=self._lane.vehicle_class,
            planned_minutes=round(free_s / 60, 1),
            distance_km=round(distance_km(origin.point, destination.point), 3),
            departed_s=departed,
            arrived_s=arrived,
            parcels=len(self.load),
        )
        surplus = draw_from_quantiles(self.chance, self.parameters.scan_to_scan) - 1
        lag = min((drive.ends - drive.begins) * surplus, self.parameters.scan_lag_max_min * 60)
        yield from self.stand(lag)

    def _plan_drive(self, road: Road, origin: Hub, destination: Hub, free_s: float) -> Drive:
        """Draw a drive with slow stretches and stops, and sometimes a breakdown."""
        ends = origin.hub_id, destination.hub_id
        ratio, broken = self.context.traffic.draw_ratio(self.chance, self._lane, ends, self.now)
        moving = free_s * (ratio**SLOWNESS if ratio > 1 else ratio)
        stops = [(QUEUE_KM, (free_s * ratio - moving) * self.parameters.queue_share)]
        rest = (free_s * ratio - moving) * (1 - self.parameters.queue_share)
        count = min(1 + int(rest / STOP_S), MOST_STOPS)
        far = max(road.length_km - 1.0, QUEUE_KM)
        stops += [(self.chance.uniform(QUEUE_KM, far), rest / count) for _ in range(count)]
        if broken:
            stops.append((self.chance.uniform(QUEUE_KM, far), free_s * broken))
        return _make_drive(road, self.now, moving, sorted(stops))

    def _unload(self) -> Iterator[Step]:
        hub = self._hub(-1)
        for parcel in self.load:
            parcel.hop += 1
            arrived = "arrived_hub" if parcel.next_hub else "arrived_destination_hub"
            yield self.scan(parcel, f"in_transit.{arrived}")
            yield from self.stand(SCAN_GAP_S)
        unloaded, self.load = self.load, []
        for parcel in unloaded:
            self._hand_on(parcel, hub)

    def _hand_on(self, parcel: Parcel, hub: Hub) -> None:
        """Leave a parcel for the next vehicle, or for pickup by its recipient where no van delivers."""
        if parcel.next_hub is not None or hub.hub_id in self.context.world.areas:
            self.context.yards.leave(hub.hub_id, parcel, self.now + SORTING_S)
            return
        ready = self.now + self.chance.uniform(60, 600)
        self.plan_scan(ready, parcel, "available_for_pickup.at_branch", hub)
        fetched = ready + draw_between(self.chance, PICKUP_WAIT_S)
        self.plan_scan(fetched, parcel, "delivered.at_pickup_point", hub)

    def _turn(self) -> None:
        self._lane = self._lane.reverse()
        self._roads = [_build_road(section) for section in self._lane.sections]

    def _make_parcels(self, departs: float) -> list[Parcel]:
        parameters = self.parameters
        origin, destination = self._lane.ends
        onward = [hub for hub in self.context.world.neighbours(destination) if hub != origin]
        mean = (parameters.parcels_mean - parameters.parcels[0]) * self.calendar.demand(departs)
        count = min(parameters.parcels[0] + self.chance.exponential(mean), parameters.parcels[1])
        parcels = []
        for _ in range(round(count)):
            goes_on = onward and self.chance.random() < parameters.onward_share
            last = (pick(self.chance, onward),) if goes_on else ()
            parcels.append(self.parcel_factory.make((origin, destination, *last)))
        return parcels

    def _estimate_delivery(self, parcel: Parcel, departs: float) -> float:
        """Return when a parcel is usually delivered: the median time of every lane, then the last mile."""
        world, moment = self.context.world, departs
        for index, ends in enumerate(zip(parcel.route, parcel.route[1:], strict=False)):
            lane = world.lane_between(*ends)
            moment += self.context.traffic.usual_seconds(lane) + index * MAX_DEPARTURE_WAIT_S / 6
        if parcel.route[-1] not in world.areas:
            return moment
        return self.calendar.expect_tour(moment)

    def _plan_minutes(self, parcel: Parcel) -> float:
        ends = zip(parcel.route, parcel.route[1:], strict=False)
        return sum(self.context.world.lane_between(*end).planned_minutes for end in ends)

    def _find_planned_minutes(self, road: Road) -> float:
        whole = sum(each.length_km for each in self._roads)
        return self._lane.planned_minutes * road.length_km / whole

    def _draw_dwell(self) -> float:
        return draw_from_quantiles(self.chance, self.parameters.hub_dwell_min) * 60

    def _hub(self, index: int) -> Hub:
        return self.context.world.hubs[self._lane.hub_ids[index]]


@lru_cache(maxsize=512)
def _build_road(section: tuple[Point, ...]) -> Road:
    """Return the road of a lane's section; built once for all vehicles."""
    return build_highway(section)


def _make_drive(road: Road, begins: float, moving: float, stops: list[tuple[float, float]]) -> Drive:
    """Make a drive that moves for `moving` seconds, slowly at the end, with stops given as (km, seconds)."""
    gate_km = min(GATE_KM, road.length_km / 2)
    gate_s = gate_km / GATE_KMH * 3600
    seconds_per_km = max(moving - gate_s, moving / 2) / (road.length_km - gate_km)
    moments, kms, moment = [begins], [0.0], begins
    for km, seconds in stops:
        moment += (km - kms[-1]) * seconds_per_km
        moments += [moment, moment + seconds]
        kms += [km, km]
        moment += seconds
    moment += (road.length_km - gate_km - kms[-1]) * seconds_per_km
    moments += [moment, moment + gate_s]
    kms += [road.length_km - gate_km, road.length_km]
    return Drive(road, moments, kms)
