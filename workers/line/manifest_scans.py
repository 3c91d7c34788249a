"""Manifest scans: where a vehicle arrives or leaves, each parcel aboard gets a record of its own."""

from collections.abc import Iterator, Sequence

from tracking.domain.errors import TransientError
from tracking.domain.events import Scan, format_time
from tracking.domain.payload import ScanPayload
from tracking.domain.shipment import ShipmentState
from tracking.domain.vehicles import VehicleManifest
from tracking.ports import TrackingPorts
from tracking.services.recording.stream_records import make_record
from workers.line.geofence_scans import report_parcel_aboard


def put_manifest_scans(tracking: TrackingPorts, crossings: Sequence[Scan]) -> int:
    """Put a record of each parcel aboard vehicles that crossed a geofence on the stream.

    Returns how many. Reads nothing where no vehicle has crossed one. Ids are made of the facts, so a repeat
    is recognised. Raises `TransientError` when the stream or a store cannot be reached.
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
        for crossing in crossings
        for state in _list_aboard(manifests.get(crossing.vehicle_id or ""), states, crossing)
        if (scan := report_parcel_aboard(crossing, state)) is not None
    ]
    refused = [refusal for refusal in tracking.stream.put(records) if refusal] if records else []
    if refused:
        raise TransientError(f"{len(refused)} of {len(records)} geofence scans refused: {refused[0]}")
    return len(records)


def _list_aboard(
    manifest: VehicleManifest | None, states: dict[str, ShipmentState], crossing: Scan
) -> Iterator[ShipmentState]:
    """Return the parcels that were aboard by a manifest that was open at the time of the crossing."""
    if manifest is None or crossing.occurred_at < manifest.starts_at:
        return
    if manifest.ends_at is not None and crossing.occurred_at > manifest.ends_at:
        return
    for shipment_id in manifest.shipment_ids:
        state = states.get(shipment_id)
        if state is not None and state.manifest_vehicle_id == crossing.vehicle_id:
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
