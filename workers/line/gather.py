"""Gather: everything that must be read for a batch of scans, in one step and one value."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import structlog

from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import Lane, Scan
from tracking.domain.identity import make_sort_key
from tracking.domain.route import opens_leg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.eta.lane_keys import RouteHubs, find_route_hubs, list_route_keys
from tracking.eta.lanes import LaneStatistics
from tracking.ports import ShipmentStore, TrackingPorts, VehicleStore
from workers.line.ownership import Checked, check_owners
from workers.ports import Geofences, LaneCache, WorkerPorts

log = structlog.get_logger()
NOTHING: Mapping[str, str] = {}
NO_STOPS: Mapping[str, int] = {}
NO_STATISTICS: LaneStatistics = {}


class Gathered(NamedTuple):
    """A batch of scans in stream order with all that the later steps need to know of them.

    `states` are the shipments' states before the batch, by shipment id; they may be what this process saw
    last. `fix_memories` hold what cleaning remembers of vehicles that report for themselves, by vehicle id.
    `stops_ahead` counts the stops before a parcel that is being loaded, by shipment id. `foreign` are scans
    of partners that name a vehicle of another owner: they are none of `scans`, and refused.
    """

    scans: Sequence[Scan]
    states: Mapping[str, ShipmentState]
    fix_memories: Mapping[str, str] = NOTHING
    stops_ahead: Mapping[str, int] = NO_STOPS
    lanes: LaneStatistics = NO_STATISTICS
    foreign: Sequence[Scan] = ()


def gather(scans: Sequence[Scan], tracking: TrackingPorts, workers: WorkerPorts) -> Gathered:
    """Complete the scans and read what enriching and recording them takes.

    Raises `TransientError` when a store cannot be reached. A batch that loads no parcel, holds no report
    without a time and names no vehicle costs one read of states.
    """
    names_vehicle = any(scan.vehicle_id for scan in scans)
    checked = check_owners(scans, tracking.vehicles) if names_vehicle else Checked(scans, ())
    completed = _use_first_receipts(tracking.store, checked.scans)
    states = tracking.store.read_states([scan.shipment_id for scan in completed if scan.shipment_id])
    return Gathered(
        completed,
        states,
        _read_fix_memories(tracking.vehicles, completed),
        _count_stops_ahead(tracking.vehicles, completed, states),
        read_lanes(workers.lanes, completed, states, workers.fences),
        checked.foreign,
    )


def _use_first_receipts(store: ShipmentStore, scans: Sequence[Scan]) -> Sequence[Scan]:
    """Return the scans; those sent with an id and no time get the arrival time of their first copy."""
    untimed = [scan for scan in scans if scan.is_untimed and scan.shipment_id is not None]
    if not untimed:
        return scans
    first = store.keep_first_receipts(untimed)
    return [_set_time(scan, first) if scan.is_untimed else scan for scan in scans]


def _set_time(scan: Scan, first: Mapping[tuple[str, str], datetime]) -> Scan:
    moment = first.get((scan.shipment_id or "", scan.event_id), scan.occurred_at)
    return msgspec.structs.replace(scan, occurred_at=moment, sort_key=make_sort_key(moment, scan.event_id))


def _read_fix_memories(vehicles: VehicleStore, scans: Sequence[Scan]) -> Mapping[str, str]:
    """Return what cleaning remembers of vehicles that report for themselves."""
    alone = {scan.vehicle_id for scan in scans if scan.shipment_id is None and scan.vehicle_id}
    if not alone:
        return NOTHING
    return {
        vehicle_id: state.fix_memory for vehicle_id, state in vehicles.read_vehicles(sorted(alone)).items()
    }


def _count_stops_ahead(
    store: VehicleStore, scans: Sequence[Scan], states: Mapping[str, ShipmentState]
) -> Mapping[str, int]:
    """Return the open stops before each shipment that a scan loads, by the manifest of its vehicle.

    Reads nothing where no scan loads a parcel. A shipment without a manifest, or one whose manifest cannot be
    read now, is left out.
    """
    carriers = {
        scan.shipment_id: vehicle_id
        for scan in scans
        if scan.status is Status.OUT_FOR_DELIVERY and scan.shipment_id is not None and opens_leg(scan)
        if (vehicle_id := scan.vehicle_id or _read_carrier(states.get(scan.shipment_id))) is not None
    }
    if not carriers:
        return NO_STOPS
    try:
        manifests = store.read_manifests(sorted(set(carriers.values())))
    except SwiftLogixError as error:
        # The duration statistics of the hub answer instead; no event waits or fails for a tour.
        log.warning("gather", outcome="without tours", vehicles=len(carriers), error=str(error))
        return NO_STOPS
    return {
        shipment_id: manifests[vehicle_id].shipment_ids.index(shipment_id)
        for shipment_id, vehicle_id in carriers.items()
        if vehicle_id in manifests and shipment_id in manifests[vehicle_id].shipment_ids
    }


def _read_carrier(state: ShipmentState | None) -> str | None:
    return state.manifest_vehicle_id if state is not None else None


def read_lanes(
    lanes: LaneCache, scans: Sequence[Scan], states: Mapping[str, ShipmentState], fences: Geofences
) -> LaneStatistics:
    """Return the statistics that forecasts of these scans may ask for."""
    routes = set(_find_routes(scans, states, fences))
    return lanes.read([list_route_keys(route) for route in routes])


def _find_routes(
    scans: Sequence[Scan], states: Mapping[str, ShipmentState], fences: Geofences
) -> Iterator[RouteHubs]:
    """Return the hubs that each shipment's route may touch; scans of the batch may name a hub or the lane."""
    near: dict[str, set[str]] = {}
    lanes: dict[str, Lane | None] = {}
    for scan in scans:
        if scan.shipment_id is None:
            continue
        hubs = near.setdefault(scan.shipment_id, set())
        if scan.status is not None and scan.lat is not None and scan.lon is not None:
            hubs.update(fence.fence_id for fence in fences.find_near(scan.lat, scan.lon))
        if scan.booking is not None:
            lanes[scan.shipment_id] = scan.booking.lane
    for shipment_id, hubs in near.items():
        origins = tuple(sorted(hubs))
        if shipment_id in lanes:
            yield find_route_hubs(lanes[shipment_id], None, None, origins)
        state = states.get(shipment_id)
        if state is not None:
            yield find_route_hubs(state.lane, state.open_leg, state.hub_stay, origins)
