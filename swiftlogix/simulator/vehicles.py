"""What every vehicle does: it drives, stands, scans its parcels and reports where it is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Any

from swiftlogix.simulator.chance import open_chance
from swiftlogix.simulator.parcels import Mint, Parcel, Yards
from swiftlogix.simulator.reports import Booking, Report, Step
from swiftlogix.simulator.roads import KM_A_DEGREE, Fix, Road
from swiftlogix.simulator.world import Hub, World

GPS_NOISE_KM = 0.006
# One ping in so many is the vehicle's own, without a parcel.
VEHICLE_PING_EVERY = 8
BARE_SHARE = 0.05
# The bare form has the stream's time, so it keeps clear of the moments where a status moves.
BARE_CLEARANCE_S = 6.0
# How long the scans of one parcel lie apart, and how long after its booking the first one comes.
SCAN_GAP_S = 0.8
BOOKING_LEAD_S = 4.0
# A promise is this much later than the empty road allows, with so much room; some are hopelessly tight.
PROMISE_FACTOR = 1.35
PROMISE_ROOM_S = 3600.0
PROMISE_SPAN_S = 5400.0
TIGHT_PROMISE_SHARE = 0.15
TIGHT_FACTOR = 0.05
TIGHT_LEAST_S = 120.0

Where = Callable[[float], Fix]
Action = Callable[[], Step]


@dataclass(frozen=True)
class Stage:
    """What the vehicles of a run share."""

    world: World
    yards: Yards
    run_tag: str
    ping_every_s: float


class Vehicle:
    """A vehicle on its way: where it is, what it carries, and what it says as time goes by.

    `now` is seconds since the run began. Everything it does is a stream of steps in order of time.
    """

    def __init__(self, vehicle_id: str, number: int, rng: Random, stage: Stage) -> None:
        self.vehicle_id = vehicle_id
        self.rng = rng
        self.now = 0.0
        self.here = Fix(0.0, 0.0)
        self.load: list[Parcel] = []
        self.stage = stage
        self.mint = Mint(stage.run_tag, number, rng, stage.world)
        # Half of the fleet's devices name their events, half count them; some write their times as numbers.
        self._counts_events = number % 2 == 1
        self._in_epoch_ms = number % 5 == 0
        self._device_seq = 0
        self._pings = rng.randrange(VEHICLE_PING_EVERY)
        self._next_ping = rng.uniform(0, stage.ping_every_s)
        self._agenda: list[tuple[float, int, Action]] = []
        self._entries = 0
        # What noise and disorder need comes from a second source: it must not change the journey.
        self._noise = open_chance(rng.getrandbits(64))

    def steps(self) -> Iterator[Step]:
        """All that the vehicle does, without an end."""
        raise NotImplementedError

    def drive(self, road: Road, speed_kmh: float, from_km: float = 0.0) -> Iterator[Step]:
        """Drive the road from a point on to its end at a mean speed."""
        began, speed = self.now, speed_kmh / 3600

        def where(now: float) -> Fix:
            return road.at(from_km + (now - began) * speed, speed_kmh * self._noise.uniform(0.85, 1.1))

        yield from self._pass_time(began + (road.length_km - from_km) / speed, where)

    def stand(self, seconds: float) -> Iterator[Step]:
        """Stay where the vehicle is."""
        still = self.here._replace(speed_kmh=0.0)
        yield from self._pass_time(self.now + seconds, lambda _: still)

    def plan(self, at: float, action: Action) -> None:
        """Do something at a moment, whatever the vehicle does then."""
        self._entries += 1
        heappush(self._agenda, (at, self._entries, action))

    def plan_scan(self, at: float, parcel: Parcel, status: str, hub: Hub | None = None) -> None:
        """Scan a parcel at a moment; with a hub, by the scanner of that hub."""
        self.plan(at, lambda: self.scan_at_hub(parcel, status, hub) if hub else self.scan(parcel, status))

    def plan_booking(self, at: float, parcel: Parcel, minutes: float) -> None:
        """Book a parcel at a moment; the way takes `minutes` without traffic."""
        to = at + minutes * 60 * PROMISE_FACTOR + PROMISE_ROOM_S
        if self.rng.random() < TIGHT_PROMISE_SHARE:
            to = at + max(TIGHT_LEAST_S, minutes * 60 * TIGHT_FACTOR)
        self.plan(at, lambda: Booking(at, parcel, (to - PROMISE_SPAN_S, to), round(minutes)))

    def scan(self, parcel: Parcel, status: str) -> Report:
        """Scan a parcel with the vehicle's own device; `status` may hold a substatus behind a dot."""
        fields = self._name_event() | self._take_status(parcel, status) | {"vehicle_id": self.vehicle_id}
        return self._report(fields | _as_position(self.here) | self._motion())

    def scan_at_hub(self, parcel: Parcel, status: str, hub: Hub) -> Report:
        """Scan a parcel with the hand scanner of a hub, which is no vehicle."""
        named = {"event_id": f"s_{self._noise.getrandbits(80):020x}", "device_id": f"{hub.hub_id}-SCAN1"}
        return self._report(named | self._take_status(parcel, status) | {"lat": hub.lat, "lon": hub.lon})

    def _take_status(self, parcel: Parcel, status: str) -> dict[str, str]:
        parcel.status, _, substatus = status.partition(".")
        parcel.scanned_at = self.now
        fields = {"shipment_id": parcel.shipment_id, "status": parcel.status}
        return fields | ({"substatus": substatus} if substatus else {})

    def _pass_time(self, end: float, where: Where) -> Iterator[Step]:
        """Let time go by until `end`, with the pings and the agenda of that time."""
        while (due := min(self._next_ping, self._next_entry())) < end:
            self.now, self.here = due, where(due)
            if due == self._next_entry():
                yield heappop(self._agenda)[2]()
            else:
                self._next_ping += self.stage.ping_every_s
                yield self._ping(min(end, self._next_entry()))
        self.now, self.here = end, where(end)

    def _next_entry(self) -> float:
        return self._agenda[0][0] if self._agenda else float("inf")

    def _ping(self, calm_until: float) -> Report:
        """Say where the vehicle is, for one of its parcels in turn or for itself."""
        self._pings += 1
        fix = self._blur(self.here)
        parcels = [parcel for parcel in self.load if parcel.status]
        if not parcels or self._pings % VEHICLE_PING_EVERY == 0:
            return self._report(self._name_event() | self._stamp(fix))
        parcel = parcels[self._pings % len(parcels)]
        calm = parcel.scanned_at + BARE_CLEARANCE_S < self.now < calm_until - BARE_CLEARANCE_S
        if calm and self._noise.random() < BARE_SHARE:
            bare = {"shipment_id": parcel.shipment_id} | _as_position(fix) | {"status": parcel.status}
            return Report(self.now, bare, stamped=False)
        return self._report({"shipment_id": parcel.shipment_id} | self._name_event() | self._stamp(fix))

    def _report(self, fields: dict[str, Any]) -> Report:
        return Report(self.now, fields, in_epoch_ms=self._in_epoch_ms)

    def _name_event(self) -> dict[str, Any]:
        """What makes the report one of its own: the device's count, or an id."""
        self._device_seq += 1
        device = {"device_id": f"{self.vehicle_id}-GPS", "device_seq": self._device_seq}
        if self._counts_events:
            # The count starts anew with each run, so the device's name holds the run.
            return device | {"device_id": f"{self.vehicle_id}-{self.stage.run_tag}"}
        return device | {"event_id": f"e_{self._noise.getrandbits(80):020x}"}

    def _stamp(self, fix: Fix) -> dict[str, Any]:
        return {"vehicle_id": self.vehicle_id} | _as_position(fix) | self._motion() | {"accuracy_m": 8.0}

    def _motion(self) -> dict[str, float]:
        return {"speed_kmh": round(self.here.speed_kmh, 1), "heading": round(self.here.heading, 1)}

    def _blur(self, fix: Fix) -> Fix:
        """The fix as a receiver sees it."""
        north, east = self._noise.gauss(0, GPS_NOISE_KM), self._noise.gauss(0, GPS_NOISE_KM)
        return fix._replace(lat=fix.lat + north / KM_A_DEGREE, lon=fix.lon + east / KM_A_DEGREE)


def _as_position(fix: Fix) -> dict[str, float]:
    return {"lat": round(fix.lat, 6), "lon": round(fix.lon, 6)}
