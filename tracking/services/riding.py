"""Ride: what a vehicle's new position says of the parcels aboard, put on the stream only where it tells.

A position of a van is kept once. Here the windows of its parcels are worked out from it, and nothing is
written unless somebody would be told: a window that moved, a lateness that begins or ends.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from tracking.domain.arrival import DELAY_ID, ETA_ID
from tracking.domain.delay import Delay, count_on, gather, judge
from tracking.domain.errors import SwiftLogixError
from tracking.domain.eta import is_worth_telling
from tracking.domain.events import Scan, TrackingEvent, format_time
from tracking.domain.forecast import Foreseen, Outside, foresee
from tracking.domain.identity import make_sort_key
from tracking.domain.lanes import LaneBook
from tracking.domain.payload import ScanPayload
from tracking.domain.rides import Ride, is_open_at, list_rides
from tracking.domain.vehicles import VehicleState
from tracking.ports import TrackingPorts
from tracking.services.outgoing import make_record

LOOK_EVERY = timedelta(minutes=1)
# Each look reads a manifest and the states on it: after a pause all vehicles are due, and take turns.
LOOKS_A_BATCH = 8
VEHICLES_KEPT = 20_000
ACTOR = "ride"
log = structlog.get_logger()

FindDoor = Callable[[str], tuple[float, float] | None]
Consult = Callable[[Callable[[LaneBook], list[Foreseen]]], list[Foreseen]]


class Look(NamedTuple):
    """When a vehicle's parcels were looked at, and how each one's lateness stood, by shipment."""

    at: datetime
    delays: Mapping[str, Delay]


class Looks:
    """The last look at each vehicle's parcels, in the memory of a process; safe for many threads.

    What a crash loses is counted anew: a chance of lateness is then told up to ten minutes later.
    """

    def __init__(self, note: Callable[[str, Foreseen, datetime], None] | None = None) -> None:
        self._last: OrderedDict[str, Look] = OrderedDict()
        self._lock = threading.Lock()
        self._note = note

    def take_due(self, vehicles: Mapping[str, VehicleState]) -> list[tuple[TrackingEvent, Look | None]]:
        """The new positions that are to be looked at now, with the look before; each is taken once."""
        due = []
        with self._lock:
            for vehicle_id, vehicle in vehicles.items():
                last, fix = self._last.get(vehicle_id), vehicle.fix
                if fix is None or (last is not None and fix.occurred_at - last.at < LOOK_EVERY):
                    continue
                due.append((fix, last))
                self._last[vehicle_id] = Look(fix.occurred_at, last.delays if last else {})
                self._last.move_to_end(vehicle_id)
                if len(due) == LOOKS_A_BATCH:
                    break
            while len(self._last) > VEHICLES_KEPT:
                self._last.popitem(last=False)
        return due

    def keep(self, vehicle_id: str, look: Look) -> None:
        """Remember what a look has counted."""
        with self._lock:
            self._last[vehicle_id] = look

    def note(self, shipment_id: str, foreseen: Foreseen, at: datetime) -> None:
        """Tell whoever listens what was foreseen."""
        if self._note is not None:
            self._note(shipment_id, foreseen, at)


def look_aboard(
    tracking: TrackingPorts,
    looks: Looks,
    consult: Consult,
    find_door: FindDoor,
    vehicles: Mapping[str, VehicleState],
) -> int:
    """Look at the parcels of the vehicles that have moved; returns how many records that put on the stream.

    At most once a minute a vehicle, and once in five minutes a parcel's lateness. Never raises for want of a
    store or the stream: the next position looks again.
    """
    due = looks.take_due(vehicles)
    if not due:
        return 0
    try:
        payloads = _look_at(tracking, looks, consult, find_door, due)
        refused = tracking.stream.put([make_record(payload) for payload in payloads]) if payloads else []
    except SwiftLogixError as error:
        log.warning("enrich", outcome="rides not looked at", vehicles=len(due), error=str(error))
        return 0
    return sum(one is None for one in refused)


def _look_at(
    tracking: TrackingPorts,
    looks: Looks,
    consult: Consult,
    find_door: FindDoor,
    due: list[tuple[TrackingEvent, Look | None]],
) -> list[ScanPayload]:
    manifests = tracking.vehicles.read_manifests([fix.vehicle_id or "" for fix, _ in due])
    manifests = {
        vehicle_id: manifests[vehicle_id]
        for fix, _ in due
        if (vehicle_id := fix.vehicle_id or "") in manifests
        and is_open_at(manifests[vehicle_id], fix.occurred_at)
    }
    names = sorted({name for manifest in manifests.values() for name in manifest.shipment_ids})
    states = tracking.store.read_current(names) if names else {}
    payloads: list[ScanPayload] = []
    for fix, last in due:
        manifest = manifests.get(fix.vehicle_id or "")
        rides = list_rides(manifest, states) if manifest is not None else []
        # A parcel that was heard of after this position knows more than the position does.
        rides = [ride for ride in rides if _is_news(ride, fix)]
        if not rides:
            continue
        scans = [_as_scan(ride, fix) for ride in rides]
        outsides = [_find_outside(ride, fix, find_door) for ride in rides]
        foreseen = consult(
            lambda book, rides=rides, scans=scans, outsides=outsides: [  # type: ignore[misc]
                foresee(book, ride.state, scan, outside)
                for ride, scan, outside in zip(rides, scans, outsides, strict=True)
            ]
        )
        delays: dict[str, Delay] = {}
        for ride, seen in zip(rides, foreseen, strict=True):
            name = ride.state.shipment_id
            looks.note(name, seen, fix.occurred_at)
            after = _judge(ride, seen, last.delays.get(name) if last else None, fix.occurred_at)
            delays[name] = after
            event_id = _find_news(ride, seen, after, fix.occurred_at)
            if event_id is not None:
                payloads.append(_tell(ride, fix, event_id))
        looks.keep(fix.vehicle_id or "", Look(fix.occurred_at, delays))
    return payloads


def _is_news(ride: Ride, fix: TrackingEvent) -> bool:
    updated_at = ride.state.updated_at
    return updated_at is None or fix.occurred_at > updated_at


def _find_outside(ride: Ride, fix: TrackingEvent, find_door: FindDoor) -> Outside:
    pin = ride.state.destination_pin
    hub_id = fix.place.hub_id if fix.place else None
    return Outside(hub_id=hub_id, door=find_door(pin) if pin else None, tour=ride.tour)


def _as_scan(ride: Ride, fix: TrackingEvent) -> Scan:
    """The vehicle's position as one of the parcel's own."""
    return Scan(
        event_id=ACTOR,
        sort_key=make_sort_key(fix.occurred_at, ACTOR),
        occurred_at=fix.occurred_at,
        received_at=fix.received_at,
        shipment_id=ride.state.shipment_id,
        vehicle_id=fix.vehicle_id,
        lat=fix.lat,
        lon=fix.lon,
        source="system",
        actor=ACTOR,
        tour=ride.tour,
    )


def _judge(ride: Ride, seen: Foreseen, counted: Delay | None, at: datetime) -> Delay:
    """The parcel's lateness after one more look: counted in memory, since nothing is written of a look."""
    state = ride.state
    if state.promised is None:
        return state.delay
    known = count_on(state.delay, counted)
    return judge(known, gather(state.promised.to, at, seen.eta, seen.outlook))


def _find_news(ride: Ride, seen: Foreseen, after: Delay, at: datetime) -> str | None:
    """The id of the event that tells what is new; None for nearly every look."""
    state = ride.state
    if after.phase != state.delay.phase:
        return f"{DELAY_ID}{after.phase}-{after.episode}"
    if seen.eta is None or state.eta_told is None:
        return None
    told = is_worth_telling(state.eta_told, state.eta_told_at, seen.eta, state.promised)
    return f"{ETA_ID}{at:%Y%m%dT%H%M%S}" if told else None


def _tell(ride: Ride, fix: TrackingEvent, event_id: str) -> ScanPayload:
    return ScanPayload(
        shipment_id=ride.state.shipment_id,
        vehicle_id=fix.vehicle_id,
        lat=fix.lat,
        lon=fix.lon,
        timestamp=format_time(fix.occurred_at),
        event_id=event_id,
        source="system",
        actor=ACTOR,
        tour=ride.tour,
    )
