"""Crossings aboard: when a vehicle crosses a geofence, each parcel aboard gets a scan of its own."""

from collections.abc import Iterator, Sequence

from tracking.domain.errors import TransientError
from tracking.domain.events import Scan, format_time
from tracking.domain.payload import ScanPayload
from tracking.domain.shipment import ShipmentState
from tracking.domain.vehicles import VehicleManifest
from tracking.eta.aboard import is_open_at
from tracking.ports import TrackingPorts
from tracking.services.recording.stream_records import make_record
from workers.line.geofence_scans import make_scan_of_parcel_aboard


def put_crossings_aboard(tracking: TrackingPorts, crossings: Sequence[Scan]) -> int:
    """Put a geofence scan on the stream for each parcel aboard vehicles that crossed one; return the number.

    `crossings` are the geofence scans of the vehicles; without any, nothing is read. The id of a scan is a
    hash of parcel and crossing, so a repeat is recognised. Raises `TransientError` if the stream or a store
    cannot be reached.
    """
    if not crossings:
        return 0
    manifests = tracking.vehicles.read_manifests(
        sorted({crossing.vehicle_id or "" for crossing in crossings})
    )
    shipment_ids = sorted({each for manifest in manifests.values() for each in manifest.shipment_ids})
    states = tracking.store.read_current(shipment_ids) if shipment_ids else {}
    records = [
        make_record(_make_payload(scan))
        for vehicle_scan in crossings
        for state in _list_carried(manifests.get(vehicle_scan.vehicle_id or ""), states, vehicle_scan)
        if (scan := make_scan_of_parcel_aboard(vehicle_scan, state)) is not None
    ]
    errors = [error for error in tracking.stream.put(records) if error] if records else []
    if errors:
        raise TransientError(f"{len(errors)} of {len(records)} geofence scans refused: {errors[0]}")
    return len(records)


def _list_carried(
    manifest: VehicleManifest | None, states: dict[str, ShipmentState], vehicle_scan: Scan
) -> Iterator[ShipmentState]:
    """Yield the parcels that the manifest assigned to the vehicle, if it was open at the crossing."""
    if manifest is None or not is_open_at(manifest, vehicle_scan.occurred_at):
        return
    for shipment_id in manifest.shipment_ids:
        state = states.get(shipment_id)
        if state is not None and state.manifest_vehicle_id == vehicle_scan.vehicle_id:
            yield state


def _make_payload(scan: Scan) -> ScanPayload:
    return ScanPayload(
        shipment_id=scan.shipment_id,
        vehicle_id=scan.vehicle_id,
        lat=scan.lat,
        lon=scan.lon,
        status=scan.status,
        substatus=scan.substatus,
        timestamp=format_time(scan.occurred_at),
        event_id=scan.event_id,
        traceparent=scan.traceparent,
        source=scan.source,
        partner_id=scan.partner_id,
        livemode=scan.livemode,
        actor=scan.actor,
    )
