"""Near: how far off the vehicle with a parcel is, and how many stops before; for its recipient alone."""

from datetime import UTC, datetime

import msgspec
import structlog

from tracking.domain.errors import TransientError
from tracking.domain.near import Near, find_near, may_be_near
from tracking.domain.rides import Ride, is_open_at, list_rides
from tracking.domain.shipment import ShipmentState
from tracking.ports import ports
from tracking.services.reading import read_public

log = structlog.get_logger()


def read_near(shipment_id: str) -> Near | None:
    """The same for a shipment by its id, read anew."""
    try:
        state = read_public(shipment_id)
    except TransientError as error:
        log.warning("read", outcome="nothing near", error=str(error))
        return None
    return look_near(state) if state is not None else None


def look_near(state: ShipmentState) -> Near | None:
    """How near the shipment's vehicle is, whose position is joined to `state`; None where no page may say so.

    Two reads: the manifest, and the states of the stops before. None also while they cannot be read: the
    page shows its lane then.
    """
    if not may_be_near(state) or (door := ports().find_door(state.destination_pin or "")) is None:
        return None
    try:
        return find_near(state, _list_rides_before(state), door)
    except TransientError as error:
        log.warning("read", outcome="nothing near", error=str(error))
        return None


def _list_rides_before(state: ShipmentState) -> list[Ride]:
    """What still rides before the shipment and the shipment itself; nobody asks what comes after it."""
    vehicle_id, name = state.manifest_vehicle_id or "", state.shipment_id
    manifest = ports().vehicles.read_manifests([vehicle_id]).get(vehicle_id)
    if manifest is None or name not in manifest.shipment_ids or not is_open_at(manifest, datetime.now(UTC)):
        return []
    names = manifest.shipment_ids[: manifest.shipment_ids.index(name) + 1]
    states = ports().store.read_current(names)
    return list_rides(msgspec.structs.replace(manifest, shipment_ids=names), states)
