"""Vans of the last mile, which deliver parcels from their hub to doorsteps in a few localities."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from laboratory.simulator.chance import draw_between, open_chance, pick
from laboratory.simulator.motions import Drive
from laboratory.simulator.parcels import AFTER_END, EARLY_DELIVERY, FALSE_ATTEMPT, Parcel
from laboratory.simulator.reports import Manifest, Step
from laboratory.simulator.roads import build_highway, build_street, distance_km
from laboratory.simulator.traffic import DAY_S
from laboratory.simulator.vehicles import SCAN_GAP_S, FleetContext, Vehicle
from laboratory.simulator.world import Hub, Point, Spot

LOCALITIES = 3
ARRIVING_S = 120.0
STREETS_KM = 1.5
# Parcels of a tour are booked between these two times before it leaves.
BOOKED_BEFORE_S = 43_200.0
BOOKED_LEAST_S = 900.0
STARTS_WITHIN_S = 1800.0
# No tour starts with less than this left of the day; it is given up this long after the day's end.
LEAST_TOUR_S = 5400.0
OVERTIME_S = 3600.0
# At most this many parcels that trucks have brought are added to a tour.
MAX_FROM_YARD = 15
RETURN_EVERY_S = 21_600.0

# A false attempt is reported at least so far from the door, after so long without having come nearer to it.
FALSE_FROM_KM, NEVER_WITHIN_KM, FALSE_AFTER_S = 1.2, 0.5, 4500.0
PLACES_A_DRIVE = 25

# Only a parcel with an amount to pay has the last code of each.
DELIVERED = ("to_recipient", "otp_verified", "signed", "to_security", "to_neighbour", "cod_collected")
FAILED = ("not_home", "premises_closed", "phone_unreachable", "address_not_found", "cod_not_ready")


@lru_cache(maxsize=2**16)
def _draw_false(seed: int, shipment_id: str, attempt: int) -> float:
    """Draw the number that decides about an attempt; a van asks for its whole load at each stop."""
    return float(open_chance(seed, FALSE_ATTEMPT, shipment_id, attempt).random())


class Van(Vehicle):
    """Van of one delivery hub."""

    payload = "vehicle"

    def __init__(self, number: int, begins: float, context: FleetContext, hub: Hub) -> None:
        super().__init__(f"{hub.hub_id}-VAN{number:02d}", number, hub.point, begins, context)
        self._hub = hub
        self._failed: list[Parcel] = []
        self._failed_share = draw_between(self.chance, self.parameters.failed_share)
        self._lunch_on_day = -1
        # Where the van has been of late: moments and points.
        self._been_at: list[tuple[float, Point]] = []

    def steps(self) -> Iterator[Step]:
        """Load, deliver and return, as often as the day allows."""
        while True:
            yield from self._load(self._choose_start())
            gives_up_at = self._find_end() + OVERTIME_S
            while (stop := self._choose_stop()) and self.now < gives_up_at:
                yield from self._deliver(stop)
                yield from self._report_false_attempts()
            yield from self._return()

    def _choose_start(self) -> float:
        """Return when the next tour leaves: after loading, or the next morning."""
        opens, closes = (hour * 3600 for hour in self.parameters.tour_hours)
        midnight = self.calendar.midnight(self.now)
        loaded = self.now + self.parameters.loading_min * 60 * self.chance.uniform(0.8, 1.2)
        if loaded < midnight + opens:
            return midnight + opens + self.chance.random() * STARTS_WITHIN_S
        if loaded < midnight + closes - LEAST_TOUR_S:
            return loaded
        return midnight + DAY_S + opens + self.chance.random() * STARTS_WITHIN_S

    def _find_end(self) -> float:
        return self.calendar.midnight(self.now) + self.parameters.tour_hours[1] * 3600

    def _load(self, leaves: float) -> Iterator[Step]:
        """Book the tour's parcels, wait for its start, load them and waiting ones, send the manifest."""
        count = draw_between(self.chance, self.parameters.tour_stops) * self.calendar.demand(leaves) ** 0.3
        room = min(MAX_FROM_YARD, int(count / 4))
        new_parcels = self._order_stops(self._make_parcels(max(round(count) - len(self._failed) - room, 1)))
        seconds_per_stop = self.calendar.tour_seconds(count / len(new_parcels))
        for number, parcel in enumerate(new_parcels, start=1):
            earliest = max(self.now, leaves - BOOKED_BEFORE_S)
            booked = draw_between(self.chance, (earliest, max(leaves - BOOKED_LEAST_S, earliest)))
            self._plan_way_to_hub(parcel, booked, leaves, leaves + number * seconds_per_stop)
        yield from self.stand_until(leaves - len(new_parcels) * SCAN_GAP_S)
        waiting = self.context.yards.take(self._hub.hub_id, None, self.now, room)
        again = [parcel for parcel in self._failed if self._may_deliver(parcel)]
        self._failed = [parcel for parcel in self._failed if not self._may_deliver(parcel)]
        self.load = self._order_stops(waiting + again + new_parcels)
        self._been_at.append((self.now, self.here))
        yield Manifest(self.now, self.vehicle_id, tuple(parcel.shipment_id for parcel in self.load))
        for parcel in self.load:
            if not self.has_flaw(parcel, EARLY_DELIVERY):
                yield self.scan(parcel, "out_for_delivery.loaded")
            yield from self.stand(SCAN_GAP_S)

    def _make_parcels(self, count: int) -> list[Parcel]:
        """Make parcels for a few neighbouring localities of the hub."""
        area = self.context.world.areas[self._hub.hub_id]
        center = pick(self.chance, area)
        near = sorted(area, key=lambda spot: distance_km(spot.point, center.point))[:LOCALITIES]
        return [self._make_parcel(pick(self.chance, near)) for _ in range(count)]

    def _make_parcel(self, near: Spot) -> Parcel:
        origin = pick(self.chance, [self._hub.hub_id, *self.context.world.neighbours(self._hub.hub_id)])
        route = (origin,) if origin == self._hub.hub_id else (origin, self._hub.hub_id)
        return self.parcel_factory.make(route, near)

    def _plan_way_to_hub(self, parcel: Parcel, booked: float, leaves: float, expected: float) -> None:
        """Plan a parcel's booking and its scans up to the van's hub."""
        world = self.context.world
        planned = world.lane_between(*parcel.route).planned_minutes if parcel.next_hub else None
        self.plan_booking(booked, parcel, expected, planned)
        scanned = self.plan_pickup(booked, leaves, parcel, world.hubs[parcel.route[0]])
        arrived = (scanned + leaves) / 2
        self.plan_scan(arrived, parcel, "in_transit.arrived_destination_hub", self._hub)
        parcel.hop = len(parcel.route) - 1

    def _order_stops(self, parcels: list[Parcel]) -> list[Parcel]:
        """Order the stops by nearest neighbour, starting at the hub."""
        ordered, here, left = [], self._hub.point, list(parcels)
        while left:
            nearest = min(left, key=lambda parcel: distance_km(here, parcel.stop.point))
            left.remove(nearest)
            ordered.append(nearest)
            here = nearest.stop.point
        return ordered

    def _deliver(self, parcel: Parcel) -> Iterator[Step]:
        yield from self._take_lunch_break()
        drive = self._plan_drive(parcel.stop.point)
        if not self.has_flaw(parcel, EARLY_DELIVERY):
            self.plan_scan(max(self.now, drive.ends - ARRIVING_S), parcel, "out_for_delivery.arriving")
        yield from self.go(drive)
        self._remember(drive)
        yield from self._hand_over(parcel)

    def _choose_stop(self) -> Parcel | None:
        """Return the next parcel in order whose attempt will not be a false one; else the next of all.

        None if no parcel may be delivered now.
        """
        stops = [parcel for parcel in self.load if self._may_deliver(parcel)]
        return next(
            (parcel for parcel in stops if not self._will_be_false(parcel)), stops[0] if stops else None
        )

    def _may_deliver(self, parcel: Parcel) -> bool:
        """Return whether the recipient has not agreed to a later day."""
        return not self.context.agreed_days.is_before(parcel.shipment_id, self.now)

    def _will_be_false(self, parcel: Parcel) -> bool:
        """Return whether the courier means to report the next attempt from somewhere else."""
        if FALSE_ATTEMPT not in self.context.faults:
            return False
        drawn = _draw_false(self.context.seed, parcel.shipment_id, parcel.attempts)
        return drawn < self.parameters.false_attempt_share

    def _report_false_attempts(self) -> Iterator[Step]:
        """Report attempts at doors that are far away and that the van has not been near for a while."""
        false = [parcel for parcel in self.load if self._may_deliver(parcel) and self._will_be_false(parcel)]
        recent = [point for at, point in self._been_at if false and at > self.now - FALSE_AFTER_S]
        for parcel in false:
            door = parcel.stop.point
            is_far = distance_km(self.here, door) > FALSE_FROM_KM
            if is_far and all(distance_km(point, door) > NEVER_WITHIN_KM for point in recent):
                self.load.remove(parcel)
                yield from self._report_attempt(parcel, self.now, is_failed=True, is_false=True)
                yield from self.stand(10.0)

    def _take_lunch_break(self) -> Iterator[Step]:
        """Stand still for lunch, once a day."""
        today = self.calendar.day(self.now)
        hour = self.calendar.hour(self.now)
        if self._lunch_on_day != today and 0 <= hour - self.parameters.lunch_hour < 1:
            self._lunch_on_day = today
            yield from self.stand(draw_between(self.chance, self.parameters.lunch_min) * 60)

    def _hand_over(self, parcel: Parcel) -> Iterator[Step]:
        arrived = self.now
        if not self.has_flaw(parcel, EARLY_DELIVERY):
            yield self.scan(parcel, "out_for_delivery.arrived")
        yield from self.stand(self._draw_service())
        self.load.remove(parcel)
        failed = self.chance.random() < self._failed_share
        yield from self._report_attempt(parcel, arrived, is_failed=failed)
        yield from self.stand(10.0)

    def _report_attempt(
        self, parcel: Parcel, arrived: float, *, is_failed: bool, is_false: bool = False
    ) -> Iterator[Step]:
        parcel.attempts += 1
        if is_failed:
            self._failed.append(parcel)
            report = self.scan(parcel, f"attempt_failed.{self._draw_code(FAILED, parcel)}")
        else:
            report = self.scan(parcel, f"delivered.{self._draw_code(DELIVERED, parcel)}")
        yield report
        if not is_failed:
            self._plan_misplaced_scans(parcel)
        yield self.make_truth(
            "attempt",
            shipment_id=parcel.shipment_id,
            number=parcel.attempts,
            delivered=not is_failed,
            false=is_false,
            arrived_s=arrived,
            promised_s=parcel.promised_at,
            late=self.now > parcel.promised_at,
            device_id=report.fields["device_id"],
            device_seq=report.fields["device_seq"],
        )

    def _remember(self, drive: Drive) -> None:
        """Remember where the van has been, by places along its drive."""
        moments = np.linspace(drive.begins, drive.ends, PLACES_A_DRIVE)
        places = drive.at(moments)
        been = zip(moments.tolist(), places.lat.tolist(), places.lon.tolist(), strict=True)
        self._been_at = [place for place in self._been_at if place[0] > self.now - FALSE_AFTER_S]
        self._been_at += [(at, (lat, lon)) for at, lat, lon in been]

    def _plan_misplaced_scans(self, parcel: Parcel) -> None:
        """Plan the wrong scans of a careless courier after the delivery."""
        if self.has_flaw(parcel, EARLY_DELIVERY):
            self.plan_scan(self.now + 300, parcel, "out_for_delivery.loaded")
        if self.has_flaw(parcel, AFTER_END):
            self.plan_scan(self.now + 900, parcel, "in_transit.arrived_hub")

    def _draw_code(self, codes: Sequence[str], parcel: Parcel) -> str:
        return pick(self.chance, codes if parcel.due else codes[:-1])

    def _draw_service(self) -> float:
        parameters = self.parameters
        minutes = parameters.service_median_min * self.chance.lognormal(0.0, parameters.service_sigma)
        return float(minutes + parameters.cod_min * (self.chance.random() < parameters.cod_share)) * 60

    def _return(self) -> Iterator[Step]:
        """Drive back to the hub with the parcels that were not delivered."""
        yield from self.go(self._plan_drive(self._hub.point))
        back, self._failed, self.load = self._failed + self.load, [], []
        yield Manifest(self.now, self.vehicle_id, ())
        for parcel in back:
            yield self.scan(parcel, "in_transit.arrived_hub")
            if parcel.attempts < self.parameters.max_attempts:
                self._failed.append(parcel)
            else:
                self._send_back(parcel)
            yield from self.stand(SCAN_GAP_S)

    def _send_back(self, parcel: Parcel) -> None:
        """Plan the return of an undeliverable parcel to its sender."""
        statuses = ("returning.rto_initiated", "returning.rto_in_transit", "returned.to_shipper")
        origin = self.context.world.hubs[parcel.route[0]]
        for number, status in enumerate(statuses):
            hub = origin if number == len(statuses) - 1 else self._hub
            self.plan_scan(self.now + 60 + number * RETURN_EVERY_S, parcel, status, hub)

    def _plan_drive(self, to: Point) -> Drive:
        """Plan a drive to a point: through a grid of streets if it is near, else along a road."""
        near = distance_km(self.here, to) < STREETS_KM
        road = build_street(self.here, to) if near else build_highway([self.here, to])
        speed = self.context.traffic.city_speed(self.chance, self._hub.town, self.now)
        seconds = max(road.length_km / speed * 3600, 20.0)
        return Drive(road, [self.now, self.now + seconds], [0.0, road.length_km])
