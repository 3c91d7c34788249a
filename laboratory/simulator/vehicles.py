"""Behaviour common to all vehicles: driving, standing, scanning parcels and reporting positions."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

import numpy as np

from laboratory.simulator.agreed_days import AgreedDays
from laboratory.simulator.chance import draw_name, open_chance
from laboratory.simulator.devices import Device
from laboratory.simulator.motions import Motion, MotionSamples, Stand
from laboratory.simulator.parcels import NO_PICKUP, Parcel, ParcelFactory, Yards
from laboratory.simulator.reports import Booking, Report, Step, Truth
from laboratory.simulator.roads import Floats
from laboratory.simulator.traffic import Traffic
from laboratory.simulator.world import Hub, Point, World

# Share of a parcel's reports in the minimal form: without time, vehicle and device.
MINIMAL_SHARE = 0.05
VEHICLE_PING_EVERY = 8
# A minimal report gets the stream's time, so none is sent this close to a change of status.
MINIMAL_CLEARANCE_S = 6.0
# Seconds between two scans of one parcel, and from its booking to its first scan.
SCAN_GAP_S = 0.8
BOOKING_LEAD_S = 4.0
PROMISE_SPAN_S = 5400.0

Action = Callable[[], Step]


@dataclass(frozen=True)
class FleetContext:
    """State and settings that all vehicles of a run share.

    `record_every_s` is the interval of a vehicle's records, None for its device's own interval. `payload` is
    what a ping reports: each parcel on board (`parcel`), one of them in turn (`turn`), or the vehicle alone
    (`vehicle`); None for the default of the vehicle's class. Before its agreed day no parcel is delivered.
    """

    world: World
    yards: Yards
    traffic: Traffic
    run_tag: str
    seed: int
    faults: Collection[str] = frozenset()
    record_every_s: float | None = None
    payload: str | None = None
    agreed_days: AgreedDays = field(default_factory=AgreedDays)


class Vehicle:
    """Vehicle with a position, a load, and a device that reports.

    `now` is seconds since the start of the run. Before 0 the vehicle drives and scans, but its device sends
    no pings. Everything it does is an iterator of steps in order of time.
    """

    payload = "parcel"

    def __init__(
        self, vehicle_id: str, number: int, home: Point, begins: float, context: FleetContext
    ) -> None:
        self.vehicle_id = vehicle_id
        self.chance = open_chance(context.seed, "vehicle", number)
        self.now = begins
        self.here = home
        self.load: list[Parcel] = []
        self.context = context
        self.parameters = context.world.parameters
        self.calendar = context.traffic.calendar
        self.parcel_factory = ParcelFactory(context.run_tag, number, self.chance, context.world)
        self.device = Device(
            context.seed, vehicle_id, self.parameters, context.faults, self.calendar.started_at
        )
        # Half of the devices send event ids, half only sequence numbers; some write times as epoch
        # milliseconds.
        self._has_no_event_ids = number % 2 == 1
        self._in_epoch_ms = number % 5 == 0
        self._device_seq = 0
        self._next_ping = self.chance.random() * self._ping_every(moves=True)
        self._agenda: list[tuple[float, int, Action]] = []
        self._entries = 0
        self._heading = self._speed = 0.0
        # Ids are drawn from a second random source, so that they never change the journey.
        self._names = open_chance(context.seed, "names", number)

    def steps(self) -> Iterator[Step]:
        """Yield everything the vehicle does, without end."""
        raise NotImplementedError

    def stand(self, seconds: float) -> Iterator[Step]:
        """Stand still for so many seconds."""
        yield from self.go(Stand(self.here, self.now, self.now + max(seconds, 0.0)))

    def stand_until(self, moment: float) -> Iterator[Step]:
        """Stand still until a moment."""
        yield from self.stand(moment - self.now)

    def go(self, motion: Motion) -> Iterator[Step]:
        """Carry out a motion, with the pings and planned actions of that time."""
        moments = self._plan_pings(motion)
        if len(moments):
            yield from self._ping_at(moments, motion)
        yield from self._run_agenda(motion.ends, motion)
        self._move_to(motion.ends, motion)

    def plan(self, at: float, action: Action) -> None:
        """Plan an action for a moment, whatever the vehicle does then."""
        self._entries += 1
        heappush(self._agenda, (max(at, self.now), self._entries, action))

    def plan_scan(self, at: float, parcel: Parcel, status: str, hub: Hub | None = None) -> None:
        """Plan a scan of a parcel; with a hub, by the hand scanner of that hub."""
        self.plan(at, lambda: self.scan_at_hub(parcel, status, hub) if hub else self.scan(parcel, status))

    def plan_pickup(self, booked: float, before: float, parcel: Parcel, origin: Hub) -> float:
        """Plan the first scan of a booked parcel at its origin; return the earliest time of the next scan."""
        at = min(booked + 300.0, max(booked + BOOKING_LEAD_S, (booked + before) / 2))
        if not self.has_flaw(parcel, NO_PICKUP):
            self.plan_scan(at, parcel, "picked_up.from_shipper", origin)
        return at + SCAN_GAP_S

    def plan_booking(self, at: float, parcel: Parcel, expected: float, planned_minutes: float | None) -> None:
        """Plan a booking; its promised window depends on when the parcel is expected."""
        parameters = self.parameters
        tight = self.chance.random() < parameters.tight_promise_share
        factor = parameters.tight_promise_factor if tight else parameters.promise_factor
        parcel.promised_at = to = at + max(expected - at, 60.0) * factor
        minutes = round(planned_minutes) if planned_minutes else None
        self.plan(at, lambda: Booking(at, parcel, (to - PROMISE_SPAN_S, to), minutes))

    def has_flaw(self, parcel: Parcel, flaw: str) -> bool:
        """Return whether the parcel's scans have this flaw in this run."""
        return parcel.flaw == flaw and flaw in self.context.faults

    def scan(self, parcel: Parcel, status: str) -> Report:
        """Scan a parcel with the vehicle's own device; `status` is `status` or `status.substatus`."""
        fields = self._make_event_id() | self._set_status(parcel, status) | {"vehicle_id": self.vehicle_id}
        motion = {"speed_kmh": round(self._speed, 1), "heading": round(self._heading, 1)}
        return self._report(fields | _as_position(self.here) | motion)

    def scan_all(self, status: str) -> Iterator[Step]:
        """Scan all parcels on board, one after the other."""
        for parcel in self.load:
            yield self.scan(parcel, status)
            yield from self.stand(SCAN_GAP_S)

    def scan_at_hub(self, parcel: Parcel, status: str, hub: Hub) -> Report:
        """Scan a parcel with the hand scanner of a hub."""
        identity = {"event_id": f"s_{draw_name(self._names)}", "device_id": f"{hub.hub_id}-SCAN1"}
        fields = identity | self._set_status(parcel, status) | _as_position(hub.point)
        return Report(self.now, fields, in_epoch_ms=self._in_epoch_ms)

    def make_truth(self, kind: str, **fields: Any) -> Truth:
        """Make a record of what really happened now."""
        return Truth(self.now, kind, {"vehicle_id": self.vehicle_id} | fields)

    def _set_status(self, parcel: Parcel, status: str) -> dict[str, str]:
        parcel.status, _, substatus = status.partition(".")
        parcel.scanned_at = self.now
        fields = {"shipment_id": parcel.shipment_id, "status": parcel.status}
        return fields | ({"substatus": substatus} if substatus else {})

    def _plan_pings(self, motion: Motion) -> Floats:
        """Return the moments of the pings during a motion, none before the start of the run."""
        pieces = []
        for begins, ends, moves in motion.spans():
            every = self._ping_every(moves=moves)
            # When a standing vehicle moves off, its next ping comes sooner than was planned.
            first = max(min(self._next_ping, begins + every), begins, 0.0)
            if first < ends:
                moments = np.arange(first, ends, every)
                pieces.append(moments)
                self._next_ping = float(moments[-1]) + every
        return np.concatenate(pieces) if pieces else np.empty(0)

    def _ping_at(self, moments: Floats, motion: Motion) -> Iterator[Step]:
        """Yield the pings of these moments, and the planned actions between them."""
        moves = motion.at(moments)
        fixes = self.device.observe(moves.lat, moves.lon)
        observed = zip(
            moments.tolist(),
            np.round(fixes.lat, 6).tolist(),
            np.round(fixes.lon, 6).tolist(),
            np.round(moves.speed_kmh, 1).tolist(),
            np.round(moves.heading, 1).tolist(),
            fixes.accuracy_m.tolist(),
            fixes.flaws,
            zip(moves.lat.tolist(), moves.lon.tolist(), strict=True),
            strict=True,
        )
        for moment, lat, lon, speed, heading, accuracy, flaw, truth in observed:
            yield from self._run_agenda(moment, motion)
            self.now = moment
            fix = {"lat": lat, "lon": lon, "speed_kmh": speed, "heading": heading, "accuracy_m": accuracy}
            if not self.device.is_dead(moment):
                yield from self._ping(fix, flaw, truth, motion)

    def _ping_every(self, *, moves: bool) -> float:
        if self.context.record_every_s is None:
            return self.parameters.ping_moving_s if moves else self.parameters.ping_parked_s
        return self.context.record_every_s * (len(self._find_reported_parcels()) or 1)

    def _find_reported_parcels(self) -> list[Parcel]:
        """Return the parcels that the next ping reports; none if it reports the vehicle alone."""
        payload = self.context.payload or self.payload
        if payload == "vehicle":
            return []
        parcels = [parcel for parcel in self.load if parcel.status]
        if payload == "turn" and parcels:
            # One ping in `VEHICLE_PING_EVERY` reports the vehicle alone.
            alone = self._device_seq % VEHICLE_PING_EVERY == 0
            return [] if alone else [parcels[self._device_seq % len(parcels)]]
        return parcels

    def _run_agenda(self, until: float, motion: Motion) -> Iterator[Step]:
        while self._agenda and self._agenda[0][0] <= until:
            at, _, action = heappop(self._agenda)
            self._move_to(max(at, motion.begins), motion)
            yield action()

    def _move_to(self, moment: float, motion: Motion) -> None:
        """Move the vehicle to where the motion is at a moment."""
        self.now = moment
        moves: MotionSamples = motion.at(np.array([moment]))
        self.here = float(moves.lat[0]), float(moves.lon[0])
        self._heading, self._speed = float(moves.heading[0]), float(moves.speed_kmh[0])

    def _ping(
        self, fix: dict[str, float], flaw: str | None, truth: tuple[float, float], motion: Motion
    ) -> Iterator[Report]:
        """Report the vehicle's position, for each reported parcel or for the vehicle alone."""
        parcels = self._find_reported_parcels()
        if not parcels:
            yield self._report(self._make_event_id() | {"vehicle_id": self.vehicle_id} | fix, flaw, truth)
        unchanged_until = min(self._agenda[0][0] if self._agenda else motion.ends, motion.ends)
        for parcel in parcels:
            changed_at = parcel.scanned_at + MINIMAL_CLEARANCE_S
            may_be_minimal = changed_at < self.now < unchanged_until - MINIMAL_CLEARANCE_S and flaw is None
            is_minimal = may_be_minimal and self._names.random() < MINIMAL_SHARE
            if is_minimal and not self.device.hold(self.now):
                minimal = {"lat": fix["lat"], "lon": fix["lon"], "status": parcel.status}
                yield Report(self.now, {"shipment_id": parcel.shipment_id} | minimal, stamped=False)
                continue
            subject = {"shipment_id": parcel.shipment_id, "vehicle_id": self.vehicle_id}
            yield self._report(subject | self._make_event_id() | fix, flaw, truth)

    def _report(
        self, fields: dict[str, Any], flaw: str | None = None, truth: tuple[float, float] | None = None
    ) -> Report:
        return Report(
            at=self.now,
            fields=fields,
            in_epoch_ms=self._in_epoch_ms,
            clock_off=self.device.clock_off(self.now),
            held_until=self.device.hold(self.now),
            flaw=flaw,
            truth=truth,
        )

    def _make_event_id(self) -> dict[str, Any]:
        """Return the fields that identify a report: device, sequence number, on some devices an event id."""
        self._device_seq += 1
        if self._has_no_event_ids:
            # The count starts at 1 in each run, so the device id contains the run.
            device = f"{self.vehicle_id}-{self.context.run_tag}"
            return {"device_id": device, "device_seq": self._device_seq}
        identity = {"event_id": f"e_{draw_name(self._names)}"}
        return identity | {"device_id": f"{self.vehicle_id}-GPS", "device_seq": self._device_seq}


def _as_position(point: Point) -> dict[str, float]:
    return {"lat": round(point[0], 6), "lon": round(point[1], 6)}
