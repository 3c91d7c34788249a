"""Last mile of a shipment: position of its vehicle and stops before its own, for the recipient only."""

from datetime import UTC, datetime

import msgspec
import structlog

from tracking.domain.errors import TransientError
from tracking.domain.shipment import ShipmentState
from tracking.eta.aboard import ParcelAboard, is_open_at, list_aboard
from tracking.eta.recipient_view import VanNearby, find_van_nearby, may_show_van
from tracking.models import Stop
from tracking.ports import TrackingPorts
from tracking.services.reading.shipments import read_current_state

log = structlog.get_logger()


def read_last_mile(ports: TrackingPorts, shipment_id: str) -> VanNearby | None:
    """Return the last mile of a shipment by its id, as `find_shown_last_mile` does."""
    try:
        state = read_current_state(ports, shipment_id)
    except TransientError as error:
        log.warning("read", outcome="no last mile", error=str(error))
        return None
    return find_shown_last_mile(ports, state) if state is not None else None


def find_shown_last_mile(ports: TrackingPorts, state: ShipmentState) -> VanNearby | None:
    """Return the last mile of a shipment, None where no page may show it.

    `state` is joined with its vehicle's position. Reads the manifest and the states of the stops before.
    Returns None also when they cannot be read: the page then shows the lane.
    """
    now = datetime.now(UTC)
    # The van that has the parcel aboard before the agreed day does not come with it.
    if not may_show_van(state) or state.is_before_its_day(now):
        return None
    pin_point = ports.pin_codes.locate(state.destination_pin or "")
    if pin_point is None:
        return None
    try:
        return find_van_nearby(state, _list_stops_until(ports, state, now), pin_point)
    except TransientError as error:
        log.warning("read", outcome="no last mile", error=str(error))
        return None


def find_driver(shipment_id: str) -> str:
    """Return the first name of the driver whose open manifest has the shipment; empty if unknown."""
    stops = Stop.objects.filter(shipment_id=shipment_id, open=True).order_by()
    return next(iter(stops.values_list("manifest__driver_first_name", flat=True)), "")


def _list_stops_until(ports: TrackingPorts, state: ShipmentState, now: datetime) -> list[ParcelAboard]:
    """Return the shipments still aboard up to and including this one, in the order of stops."""
    vehicle_id, name = state.manifest_vehicle_id or "", state.shipment_id
    manifest = ports.vehicles.read_manifests([vehicle_id]).get(vehicle_id)
    if manifest is None or name not in manifest.shipment_ids or not is_open_at(manifest, now):
        return []
    names = manifest.shipment_ids[: manifest.shipment_ids.index(name) + 1]
    found = ports.store.read_current(names).items()
    states = {key: state for key, state in found if key == name or not state.is_before_its_day(now)}
    return list_aboard(msgspec.structs.replace(manifest, shipment_ids=names), states)
