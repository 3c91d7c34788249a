"""Manifests: where a vehicle arrives or leaves, every parcel on board does, by a record of its own each."""

from collections.abc import Iterator, Sequence

from tracking.domain.errors import TransientError
from tracking.domain.events import Scan, format_time
from tracking.domain.payload import ScanPayload
from tracking.domain.shipment import ShipmentState
from tracking.domain.vehicles import VehicleManifest
from tracking.ports import TrackingPorts
from tracking.services.recording.outgoing import make_record
from workers.line.geofence_scans import report_parcel_aboard


def put_manifest_scans(tracking: TrackingPorts, arrivals: Sequence[Scan]) -> int:
    """Put what these crossings of vehicles say of each parcel on board on the stream; how many records.

    Asks nothing where no vehicle has crossed a fence. The ids are made of the facts, so that telling it again
    is telling it once. Raises `TransientError` when the stream or a store cannot be reached.
    """
    if not arrivals:
        return 0
    manifests = tracking.vehicles.read_manifests(sorted({arrival.vehicle_id or "" for arrival in arrivals}))
    shipment_ids = sorted({name for manifest in manifests.values() for name in manifest.shipment_ids})
    states = tracking.store.read_current(shipment_ids) if shipment_ids else {}
    records = [
        make_record(_as_payload(report))
        for arrival in arrivals
        for state in _list_aboard(manifests.get(arrival.vehicle_id or ""), states, arrival)
        if (report := report_parcel_aboard(arrival, state)) is not None
    ]
    refused = [refusal for refusal in tracking.stream.put(records) if refusal] if records else []
    if refused:
        raise TransientError(f"{len(refused)} of {len(records)} arrivals: {refused[0]}")
    return len(records)


def _list_aboard(
    manifest: VehicleManifest | None, states: dict[str, ShipmentState], arrival: Scan
) -> Iterator[ShipmentState]:
    """The parcels that ride on the vehicle by a manifest that was open at that moment."""
    if manifest is None or arrival.occurred_at < manifest.starts_at:
        return
    if manifest.ends_at is not None and arrival.occurred_at > manifest.ends_at:
        return
    for shipment_id in manifest.shipment_ids:
        state = states.get(shipment_id)
        if state is not None and state.manifest_vehicle_id == arrival.vehicle_id:
            yield state


def _as_payload(report: Scan) -> ScanPayload:
    return ScanPayload(
        shipment_id=report.shipment_id,
        vehicle_id=report.vehicle_id,
        lat=report.lat,
        lon=report.lon,
        status=report.status,
        substatus=report.substatus,
        timestamp=format_time(report.occurred_at),
        event_id=report.event_id,
        traceparent=report.traceparent,
        source=report.source,
        partner_id=report.partner_id,
        livemode=report.livemode,
        actor=report.actor,
    )
