"""What every vehicle does: it drives, stands, scans its parcels and reports where it is."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import numpy as np

from laboratory.simulator.chance import draw_name, open_chance
from laboratory.simulator.devices import Device
from laboratory.simulator.motions import Motion, Moves, Stand
from laboratory.simulator.parcels import NO_PICKUP, Mint, Parcel, Yards
from laboratory.simulator.reports import Booking, Report, Step, Truth
from laboratory.simulator.roads import Floats
from laboratory.simulator.traffic import Traffic
from laboratory.simulator.world import Hub, Point, World

# One parcel's report in so many leaves its time to the stream, and names neither vehicle nor device.
BARE_SHARE = 0.05
VEHICLE_PING_EVERY = 8
# The bare form has the stream's time, so it keeps clear of the moments where a status moves.
BARE_CLEARANCE_S = 6.0
# How long the scans of one parcel lie apart, and how long after its booking the first one comes.
SCAN_GAP_S = 0.8
BOOKING_LEAD_S = 4.0
PROMISE_SPAN_S = 5400.0

Action = Callable[[], Step]


@dataclass(frozen=True)
class Stage:
    """What the vehicles of a run share.

    `record_every_s` is how far a vehicle's records lie apart, None: as its device pings. `payload` says
    whether each parcel on board is reported (`parcel`), one of them in turn (`turn`), or the vehicle alone
    (`vehicle`); None: as its class does.
    """

    world: World
    yards: Yards
    traffic: Traffic
    run_tag: str
    seed: int
    faults: Collection[str] = frozenset()
    record_every_s: float | None = None
    payload: str | None = None


class Vehicle:
    """A vehicle on its way: where it is, what it carries, and what it says as time goes by.

    `now` is seconds since the run began; before 0 it lives and scans, but its device is silent. Everything
    it does is a stream of steps in order of time.
    """

    payload = "parcel"

    def __init__(self, vehicle_id: str, number: int, home: Point, begins: float, stage: Stage) -> None:
        self.vehicle_id = vehicle_id
        self.chance = open_chance(stage.seed, "vehicle", number)
        self.now = begins
        self.here = home
        self.load: list[Parcel] = []
        self.stage = stage
        self.parameters = stage.world.parameters
        self.calendar = stage.traffic.calendar
        self.mint = Mint(stage.run_tag, number, self.chance, stage.world)
        self.device = Device(stage.seed, vehicle_id, self.parameters, stage.faults, self.calendar.started_at)
        # Half of the fleet's devices name their events, half count them; some write their times as numbers.
        self._counts_events = number % 2 == 1
        self._in_epoch_ms = number % 5 == 0
        self._device_seq = 0
        self._next_ping = self.chance.random() * self._ping_every(moves=True)
        self._agenda: list[tuple[float, int, Action]] = []
        self._entries = 0
        self._heading = self._speed = 0.0
        # What names and words need comes from a second source: it must not change the journey.
        self._names = open_chance(stage.seed, "names", number)

    def steps(self) -> Iterator[Step]:
        """All that the vehicle does, without an end."""
        raise NotImplementedError

    def stand(self, seconds: float) -> Iterator[Step]:
        """Stay where the vehicle is."""
        yield from self.go(Stand(self.here, self.now, self.now + max(seconds, 0.0)))

    def stand_until(self, moment: float) -> Iterator[Step]:
        """Stay where the vehicle is until a moment."""
        yield from self.stand(moment - self.now)

    def go(self, motion: Motion) -> Iterator[Step]:
        """Do what a motion says, with the pings and the agenda of that time."""
        moments = self._plan_pings(motion)
        if len(moments):
            yield from self._ping_at(moments, motion)
        yield from self._keep_agenda(motion.ends, motion)
        self._place(motion.ends, motion)

    def plan(self, at: float, action: Action) -> None:
        """Do something at a moment, whatever the vehicle does then."""
        self._entries += 1
        heappush(self._agenda, (max(at, self.now), self._entries, action))

    def plan_scan(self, at: float, parcel: Parcel, status: str, hub: Hub | None = None) -> None:
        """Scan a parcel at a moment; with a hub, by the scanner of that hub."""
        self.plan(at, lambda: self.scan_at_hub(parcel, status, hub) if hub else self.scan(parcel, status))

    def plan_pickup(self, booked: float, before: float, parcel: Parcel, origin: Hub) -> float:
        """Scan a booked parcel at the hub where it begins; returns when the next scan may come."""
        at = min(booked + 300.0, max(booked + BOOKING_LEAD_S, (booked + before) / 2))
        if not self.has_flaw(parcel, NO_PICKUP):
            self.plan_scan(at, parcel, "picked_up.from_shipper", origin)
        return at + SCAN_GAP_S

    def plan_booking(self, at: float, parcel: Parcel, expected: float, planned_minutes: float | None) -> None:
        """Book a parcel at a moment, promised by when it is expected and some room."""
        ours = self.parameters
        tight = self.chance.random() < ours.tight_promise_share
        factor = ours.tight_promise_factor if tight else ours.promise_factor
        parcel.promised_at = to = at + max(expected - at, 60.0) * factor
        minutes = round(planned_minutes) if planned_minutes else None
        self.plan(at, lambda: Booking(at, parcel, (to - PROMISE_SPAN_S, to), minutes))

    def has_flaw(self, parcel: Parcel, flaw: str) -> bool:
        """Whether something goes wrong with a parcel's scans in this run."""
        return parcel.flaw == flaw and flaw in self.stage.faults

    def scan(self, parcel: Parcel, status: str) -> Report:
        """Scan a parcel with the vehicle's own device; `status` may hold a substatus behind a dot."""
        fields = self._name_event() | self._take_status(parcel, status) | {"vehicle_id": self.vehicle_id}
        motion = {"speed_kmh": round(self._speed, 1), "heading": round(self._heading, 1)}
        return self._report(fields | _as_position(self.here) | motion)

    def scan_all(self, status: str) -> Iterator[Step]:
        """Scan all that is on board, one after the other."""
        for parcel in self.load:
            yield self.scan(parcel, status)
            yield from self.stand(SCAN_GAP_S)

    def scan_at_hub(self, parcel: Parcel, status: str, hub: Hub) -> Report:
        """Scan a parcel with the hand scanner of a hub, which is no vehicle."""
        named = {"event_id": f"s_{draw_name(self._names)}", "device_id": f"{hub.hub_id}-SCAN1"}
        fields = named | self._take_status(parcel, status) | _as_position(hub.point)
        return Report(self.now, fields, in_epoch_ms=self._in_epoch_ms)

    def tell(self, kind: str, **fields: Any) -> Truth:
        """What really happened just now."""
        return Truth(self.now, kind, {"vehicle_id": self.vehicle_id} | fields)

    def _take_status(self, parcel: Parcel, status: str) -> dict[str, str]:
        parcel.status, _, substatus = status.partition(".")
        parcel.scanned_at = self.now
        fields = {"shipment_id": parcel.shipment_id, "status": parcel.status}
        return fields | ({"substatus": substatus} if substatus else {})

    def _plan_pings(self, motion: Motion) -> Floats:
        """The moments of the motion's pings, from the start of the run on."""
        pieces = []
        for begins, ends, moves in motion.spans():
            every = self._ping_every(moves=moves)
            # What was planned at a slower beat comes sooner when the vehicle moves off.
            first = max(min(self._next_ping, begins + every), begins, 0.0)
            if first < ends:
                moments = np.arange(first, ends, every)
                pieces.append(moments)
                self._next_ping = float(moments[-1]) + every
        return np.concatenate(pieces) if pieces else np.empty(0)

    def _ping_at(self, moments: Floats, motion: Motion) -> Iterator[Step]:
        """The pings of these moments, and what the agenda holds between them."""
        moves = motion.at(moments)
        sight = self.device.observe(moves.lat, moves.lon)
        seen = zip(
            moments.tolist(),
            np.round(sight.lat, 6).tolist(),
            np.round(sight.lon, 6).tolist(),
            np.round(moves.speed_kmh, 1).tolist(),
            np.round(moves.heading, 1).tolist(),
            sight.accuracy_m.tolist(),
            sight.flaws,
            zip(moves.lat.tolist(), moves.lon.tolist(), strict=True),
            strict=True,
        )
        for moment, lat, lon, speed, heading, accuracy, flaw, truth in seen:
            yield from self._keep_agenda(moment, motion)
            self.now = moment
            fix = {"lat": lat, "lon": lon, "speed_kmh": speed, "heading": heading, "accuracy_m": accuracy}
            if not self.device.is_dead(moment):
                yield from self._ping(fix, flaw, truth, motion)

    def _ping_every(self, *, moves: bool) -> float:
        if self.stage.record_every_s is None:
            return self.parameters.ping_moving_s if moves else self.parameters.ping_parked_s
        return self.stage.record_every_s * (len(self._reported()) or 1)

    def _reported(self) -> list[Parcel]:
        """The parcels that the next ping reports; none: the vehicle alone."""
        payload = self.stage.payload or self.payload
        if payload == "vehicle":
            return []
        parcels = [parcel for parcel in self.load if parcel.status]
        if payload == "turn" and parcels:
            # Every so often it is the vehicle's own turn.
            alone = self._device_seq % VEHICLE_PING_EVERY == 0
            return [] if alone else [parcels[self._device_seq % len(parcels)]]
        return parcels

    def _keep_agenda(self, until: float, motion: Motion) -> Iterator[Step]:
        while self._agenda and self._agenda[0][0] <= until:
            at, _, action = heappop(self._agenda)
            self._place(max(at, motion.begins), motion)
            yield action()

    def _place(self, moment: float, motion: Motion) -> None:
        """Be where the motion is at a moment."""
        self.now = moment
        moves: Moves = motion.at(np.array([moment]))
        self.here = float(moves.lat[0]), float(moves.lon[0])
        self._heading, self._speed = float(moves.heading[0]), float(moves.speed_kmh[0])

    def _ping(
        self, fix: dict[str, float], flaw: str | None, truth: tuple[float, float], motion: Motion
    ) -> Iterator[Report]:
        """Say where the vehicle is, for each of its parcels or for itself."""
        parcels = self._reported()
        if not parcels:
            yield self._report(self._name_event() | {"vehicle_id": self.vehicle_id} | fix, flaw, truth)
        calm_until = min(self._agenda[0][0] if self._agenda else motion.ends, motion.ends)
        for parcel in parcels:
            calm = parcel.scanned_at + BARE_CLEARANCE_S < self.now < calm_until - BARE_CLEARANCE_S
            if calm and flaw is None and self._names.random() < BARE_SHARE and not self.device.hold(self.now):
                bare = {"lat": fix["lat"], "lon": fix["lon"], "status": parcel.status}
                yield Report(self.now, {"shipment_id": parcel.shipment_id} | bare, stamped=False)
                continue
            named = {"shipment_id": parcel.shipment_id, "vehicle_id": self.vehicle_id} | self._name_event()
            yield self._report(named | fix, flaw, truth)

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

    def _name_event(self) -> dict[str, Any]:
        """What makes the report one of its own: the device's count, or an id."""
        self._device_seq += 1
        if self._counts_events:
            # The count starts anew with each run, so the device's name holds the run.
            device = f"{self.vehicle_id}-{self.stage.run_tag}"
            return {"device_id": device, "device_seq": self._device_seq}
        named = {"event_id": f"e_{draw_name(self._names)}"}
        return named | {"device_id": f"{self.vehicle_id}-GPS", "device_seq": self._device_seq}


def _as_position(point: Point) -> dict[str, float]:
    return {"lat": round(point[0], 6), "lon": round(point[1], 6)}
