"""How far the vehicle with a parcel is and how many stops come before it; for the recipient alone."""

from datetime import UTC, datetime

import msgspec
import structlog

from tracking.domain.errors import TransientError
from tracking.domain.shipment import ShipmentState
from tracking.eta.aboard import ParcelAboard, is_open_at, list_aboard
from tracking.eta.last_mile import LastMile, find_last_mile, may_show_last_mile
from tracking.ports import TrackingPorts
from tracking.services.reading.shipments import read_current_state

log = structlog.get_logger()


def read_last_mile(ports: TrackingPorts, shipment_id: str) -> LastMile | None:
    """The same for a shipment by its id, read anew."""
    try:
        state = read_current_state(ports, shipment_id)
    except TransientError as error:
        log.warning("read", outcome="nothing near", error=str(error))
        return None
    return find_shown_last_mile(ports, state) if state is not None else None


def find_shown_last_mile(ports: TrackingPorts, state: ShipmentState) -> LastMile | None:
    """How near the shipment's vehicle is, whose position is joined to `state`; None where no page may say so.

    Two reads: the manifest, and the states of the stops before. None also while they cannot be read: the
    page shows its lane then.
    """
    if not may_show_last_mile(state) or (door := ports.pin_codes.locate(state.destination_pin or "")) is None:
        return None
    try:
        return find_last_mile(state, _list_rides_before(ports, state), door)
    except TransientError as error:
        log.warning("read", outcome="nothing near", error=str(error))
        return None


def _list_rides_before(ports: TrackingPorts, state: ShipmentState) -> list[ParcelAboard]:
    """What still rides before the shipment and the shipment itself; nobody asks what comes after it."""
    vehicle_id, name = state.manifest_vehicle_id or "", state.shipment_id
    manifest = ports.vehicles.read_manifests([vehicle_id]).get(vehicle_id)
    if manifest is None or name not in manifest.shipment_ids or not is_open_at(manifest, datetime.now(UTC)):
        return []
    names = manifest.shipment_ids[: manifest.shipment_ids.index(name) + 1]
    states = ports.store.read_current(names)
    return list_aboard(msgspec.structs.replace(manifest, shipment_ids=names), states)
