"""Ride: what a vehicle's new position says of the parcels aboard, put on the stream only where it tells.

A position of a van is kept once. Here the windows of its parcels are worked out from it, and nothing is
written unless somebody would be told: a window that moved, a lateness that begins or ends.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from tracking.domain.arrival import DELAY_ID, ETA_ID
from tracking.domain.delay import Delay, count_on, gather, judge
from tracking.domain.errors import SwiftLogixError
from tracking.domain.eta import is_worth_telling
from tracking.domain.events import TrackingEvent, format_time
from tracking.domain.forecast import Foreseen
from tracking.domain.payload import ScanPayload
from tracking.domain.rides import ACTOR, Ride, is_open_at, list_rides
from tracking.domain.vehicles import VehicleState
from tracking.ports import TrackingPorts
from tracking.services.outgoing import make_record

LOOK_EVERY = timedelta(minutes=1)
# Each look reads a manifest and the states on it: after a pause all vehicles are due, and take turns.
LOOKS_A_BATCH = 8
VEHICLES_KEPT = 20_000
log = structlog.get_logger()

# What is to be expected of parcels aboard, by the position of their vehicle; in their order.
Predict = Callable[[Sequence[Ride], TrackingEvent], list[Foreseen]]


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
    tracking: TrackingPorts, looks: Looks, predict: Predict, vehicles: Mapping[str, VehicleState]
) -> int:
    """Look at the parcels of the vehicles that have moved; returns how many records that put on the stream.

    At most once a minute a vehicle, and once in five minutes a parcel's lateness. Never raises for want of a
    store or the stream: the next position looks again.
    """
    due = looks.take_due(vehicles)
    if not due:
        return 0
    try:
        rides = _find_rides(tracking, [fix for fix, _ in due])
        told = [
            payload
            for fix, last in due
            for payload in _look(looks, predict, rides.get(fix.vehicle_id or "", []), fix, last)
        ]
        refused = tracking.stream.put([make_record(payload) for payload in told]) if told else []
    except SwiftLogixError as error:
        log.warning("enrich", outcome="rides not looked at", vehicles=len(due), error=str(error))
        return 0
    return sum(one is None for one in refused)


def _find_rides(tracking: TrackingPorts, fixes: Sequence[TrackingEvent]) -> dict[str, list[Ride]]:
    """The parcels aboard each of these vehicles, by one read of manifests and one of states."""
    manifests = tracking.vehicles.read_manifests([fix.vehicle_id or "" for fix in fixes])
    driven = [
        (fix, manifests[fix.vehicle_id])
        for fix in fixes
        if fix.vehicle_id in manifests and is_open_at(manifests[fix.vehicle_id], fix.occurred_at)
    ]
    names = sorted({name for _, manifest in driven for name in manifest.shipment_ids})
    states = tracking.store.read_current(names) if names else {}
    return {
        manifest.vehicle_id: [ride for ride in list_rides(manifest, states) if _is_news(ride, fix)]
        for fix, manifest in driven
    }


def _is_news(ride: Ride, fix: TrackingEvent) -> bool:
    """Whether nothing newer than the position was heard of the parcel."""
    updated_at = ride.state.updated_at
    return updated_at is None or fix.occurred_at > updated_at


def _look(
    looks: Looks, predict: Predict, rides: Sequence[Ride], fix: TrackingEvent, last: Look | None
) -> list[ScanPayload]:
    """What a position tells of the parcels aboard; the look is remembered."""
    if not rides:
        return []
    at, delays, told = fix.occurred_at, {}, []
    for ride, foreseen in zip(rides, predict(rides, fix), strict=True):
        name = ride.state.shipment_id
        looks.note(name, foreseen, at)
        delays[name] = _judge(ride, foreseen, last.delays.get(name) if last else None, at)
        event_id = _find_news(ride, foreseen, delays[name], at)
        if event_id is not None:
            told.append(_tell(ride, fix, event_id))
    looks.keep(fix.vehicle_id or "", Look(at, delays))
    return told


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
