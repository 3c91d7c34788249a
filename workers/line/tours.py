"""Tours: how many stops come before a parcel's own, for parcels that are being loaded."""

from collections.abc import Mapping, Sequence

import structlog

from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import Scan
from tracking.domain.route import opens_leg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.ports import TrackingPorts

log = structlog.get_logger()


def count_stops_ahead(
    tracking: TrackingPorts, scans: Sequence[Scan], states: Mapping[str, ShipmentState]
) -> dict[str, int]:
    """Open stops before each shipment that a scan loads for its tour, by the manifest of its vehicle.

    Asks nothing where no scan loads anything. What no manifest tells, or cannot tell now, is left out.
    """
    vehicles = {
        scan.shipment_id: scan.vehicle_id or _manifest_vehicle(states.get(scan.shipment_id))
        for scan in scans
        if scan.shipment_id is not None and scan.status is Status.OUT_FOR_DELIVERY and opens_leg(scan)
    }
    vehicle_ids = sorted({vehicle_id for vehicle_id in vehicles.values() if vehicle_id is not None})
    if not vehicle_ids:
        return {}
    try:
        manifests = tracking.vehicles.read_manifests(vehicle_ids)
    except SwiftLogixError as error:
        # No event waits or fails for want of a tour: the habit of the hub answers.
        log.warning("enrich", outcome="without tours", vehicles=len(vehicle_ids), error=str(error))
        return {}
    return {
        shipment_id: manifests[vehicle_id].shipment_ids.index(shipment_id)
        for shipment_id, vehicle_id in vehicles.items()
        if vehicle_id in manifests and shipment_id in manifests[vehicle_id].shipment_ids
    }


def _manifest_vehicle(state: ShipmentState | None) -> str | None:
    return state.manifest_vehicle_id if state is not None else None
