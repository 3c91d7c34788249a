"""Gather: complete the scans of a batch and read, in one place, all that enrich and record need."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import structlog

from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import Lane, Scan
from tracking.domain.identity import make_sort_key
from tracking.domain.route import DEPARTURES, opens_leg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.domain.vehicles import find_carrier
from tracking.eta.lane_keys import RouteHubs, find_route_hubs, list_route_keys
from tracking.eta.lanes import LaneStatistics
from tracking.ports import ShipmentStore, TrackingPorts, VehicleStore
from workers.line.ownership import NO_CLASSES, OwnerCheck, check_owners
from workers.ports import Geofences, LaneCache, WorkerPorts

log = structlog.get_logger()
NO_FIX_MEMORIES: Mapping[str, str] = {}
NO_STOPS: Mapping[str, int] = {}
NO_STATISTICS: LaneStatistics = {}
NO_CLASS = frozenset({None})


class Gathered(NamedTuple):
    """A batch of scans in stream order with all that the later steps need to know of them.

    `states` are the shipments' states before the batch, by shipment id; they may come from this process's
    cache, and a commit on an old state is refused. `fix_memories` hold what cleaning remembers of vehicles
    whose reports name no shipment, by vehicle id. `stops_ahead` counts the stops before a parcel that is
    being loaded, by shipment id. `statistics` are the lane statistics that forecasts of these scans may need,
    by key. `foreign` are scans of partners that name a vehicle of another owner: they are not among `scans`,
    and are refused. `vehicle_classes` are those of the registered vehicles that carry parcels, by vehicle id.
    """

    scans: Sequence[Scan]
    states: Mapping[str, ShipmentState]
    fix_memories: Mapping[str, str] = NO_FIX_MEMORIES
    stops_ahead: Mapping[str, int] = NO_STOPS
    statistics: LaneStatistics = NO_STATISTICS
    foreign: Sequence[Scan] = ()
    vehicle_classes: Mapping[str, str] = NO_CLASSES


def gather(scans: Sequence[Scan], tracking: TrackingPorts, workers: WorkerPorts) -> Gathered:
    """Add owners and first arrival times to the scans, and read what enrich and record need for them.

    Reads the states once. Vehicles without a shipment, loadings, reports without a time, and registrations
    that are not cached cost one more read each. Raises `TransientError` if a store cannot be reached.
    """
    states = tracking.store.read_states([scan.shipment_id for scan in scans if scan.shipment_id])
    is_carried = any(scan.vehicle_id or scan.substatus in DEPARTURES for scan in scans)
    checked = check_owners(scans, states, tracking.vehicles) if is_carried else OwnerCheck(scans, ())
    completed = _use_first_arrivals(tracking.store, checked.accepted)
    return Gathered(
        completed,
        states,
        _read_fix_memories(tracking.vehicles, completed),
        _count_stops_ahead(tracking.vehicles, completed, states),
        read_statistics(workers.lanes, completed, states, workers.fences, checked.vehicle_classes),
        checked.foreign,
        checked.vehicle_classes,
    )


def _use_first_arrivals(store: ShipmentStore, scans: Sequence[Scan]) -> Sequence[Scan]:
    """Return the scans; those with an id and no time get the arrival time of their first copy."""
    untimed = [scan for scan in scans if scan.is_untimed and scan.shipment_id is not None]
    if not untimed:
        return scans
    first = store.keep_first_arrivals(untimed)
    return [_set_time(scan, first) if scan.is_untimed else scan for scan in scans]


def _set_time(scan: Scan, first: Mapping[tuple[str, str], datetime]) -> Scan:
    moment = first.get((scan.shipment_id or "", scan.event_id), scan.occurred_at)
    return msgspec.structs.replace(scan, occurred_at=moment, sort_key=make_sort_key(moment, scan.event_id))


def _read_fix_memories(vehicles: VehicleStore, scans: Sequence[Scan]) -> Mapping[str, str]:
    """Return what cleaning remembers of vehicles whose reports name no shipment."""
    without_shipment = {scan.vehicle_id for scan in scans if scan.shipment_id is None and scan.vehicle_id}
    if not without_shipment:
        return NO_FIX_MEMORIES
    return {
        vehicle_id: state.fix_memory
        for vehicle_id, state in vehicles.read_vehicles(sorted(without_shipment)).items()
    }


def _count_stops_ahead(
    store: VehicleStore, scans: Sequence[Scan], states: Mapping[str, ShipmentState]
) -> Mapping[str, int]:
    """Return the number of stops before each shipment that a scan loads: its place in its vehicle's manifest.

    Reads nothing if no scan loads a parcel. A shipment without a manifest, or one whose manifest cannot be
    read now, is left out.
    """
    vehicles = {
        scan.shipment_id: vehicle_id
        for scan in scans
        if scan.status is Status.OUT_FOR_DELIVERY and scan.shipment_id is not None and opens_leg(scan)
        if (vehicle_id := find_carrier(scan, states.get(scan.shipment_id))) is not None
    }
    if not vehicles:
        return NO_STOPS
    try:
        manifests = store.read_manifests(sorted(set(vehicles.values())))
    except SwiftLogixError as error:
        # The forecast then uses the hub's tour statistics: events must not wait for a manifest.
        log.warning("gather", outcome="without tours", vehicles=len(vehicles), error=str(error))
        return NO_STOPS
    return {
        shipment_id: manifests[vehicle_id].shipment_ids.index(shipment_id)
        for shipment_id, vehicle_id in vehicles.items()
        if vehicle_id in manifests and shipment_id in manifests[vehicle_id].shipment_ids
    }


def read_statistics(
    cache: LaneCache,
    scans: Sequence[Scan],
    states: Mapping[str, ShipmentState],
    fences: Geofences,
    classes: Mapping[str, str] = NO_CLASSES,
) -> LaneStatistics:
    """Return the statistics that forecasts of these scans may need; `classes` are those of vehicles by id."""
    routes = set(_find_routes(scans, states, fences, classes))
    return cache.read([list_route_keys(route) for route in routes])


def _find_routes(
    scans: Sequence[Scan],
    states: Mapping[str, ShipmentState],
    fences: Geofences,
    classes: Mapping[str, str],
) -> Iterator[RouteHubs]:
    """Yield the hubs that each shipment's route may touch.

    A booking in the batch may set another lane: then the hubs of both lanes are yielded. The same holds for
    the classes of several vehicles.
    """
    hubs_of: dict[str, set[str]] = {}
    classes_of = _find_classes(scans, states, classes) if classes else {}
    booked_lanes: dict[str, Lane | None] = {}
    for scan in scans:
        if scan.shipment_id is None:
            continue
        hubs = hubs_of.setdefault(scan.shipment_id, set())
        if scan.status is not None and scan.lat is not None and scan.lon is not None:
            hubs.update(fence.fence_id for fence in fences.find_near(scan.lat, scan.lon))
        elif scan.hub_id is not None and fences.find(scan.hub_id) is not None:
            hubs.add(scan.hub_id)
        if scan.booking is not None:
            booked_lanes[scan.shipment_id] = scan.booking.lane
    for shipment_id, hubs in hubs_of.items():
        origins = tuple(sorted(hubs))
        if shipment_id in booked_lanes:
            yield find_route_hubs(booked_lanes[shipment_id], None, None, origins)
        state = states.get(shipment_id)
        if state is not None:
            for vehicle_class in classes_of.get(shipment_id, NO_CLASS):
                yield find_route_hubs(state.lane, state.open_leg, state.hub_stay, origins, vehicle_class)


def _find_classes(
    scans: Sequence[Scan], states: Mapping[str, ShipmentState], classes: Mapping[str, str]
) -> Mapping[str, set[str | None]]:
    """Return the classes of the vehicles that carry each shipment; None is that of an unknown vehicle."""
    classes_of: dict[str, set[str | None]] = {}
    for scan in scans:
        if scan.shipment_id is not None:
            carrier = find_carrier(scan, states.get(scan.shipment_id))
            classes_of.setdefault(scan.shipment_id, set()).add(classes.get(carrier or ""))
    return classes_of
