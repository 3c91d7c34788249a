"""Push: new versions go at once to the open pages of their shipments and to the ops console."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tracking import metrics
from tracking.answer import live_frame, position_frame
from tracking.domain.canary import is_canary
from tracking.domain.errors import TransientError
from tracking.domain.events import Change, Scan, TrackingEvent, VehicleFix, format_time
from tracking.domain.shipment import ShipmentState
from tracking.histograms import count_buckets
from tracking.ports import TrackingPorts, VehicleStore
from tracking.receipts import RECEIPTS
from tracking.services.reading.shipments import join_vehicles
from workers.line.record import Recorded
from workers.line.traces import find_frame_traceparent


def push(recorded: Recorded, tracking: TrackingPorts) -> None:
    """Send the newest version of each moved shipment to its open pages, and what moved to the ops console.

    A vehicle that moved is one message, however many shipments it carries. Never raises for a push that
    fails: a page that misses a version reads the state again.
    """
    _push_shipments(recorded, tracking)
    for vehicle_id, vehicle in recorded.vehicles.items():
        tracking.live.push_vehicle(vehicle_id, position_frame(vehicle))
    vehicles = _list_newest_positions([*recorded.fixes, *recorded.events], recorded.states)
    changes = [
        _describe_change(change, recorded.states.get(change.shipment_id))
        for change in recorded.changes
        if not is_canary(change.shipment_id)
    ]
    if vehicles or changes:
        tracking.live.push_fleet({"vehicles": vehicles, "changes": changes})
    if recorded.events:
        arrivals = [event.received_at for event in recorded.events]
        latencies = metrics.latencies_ms(arrivals, datetime.now(UTC))
        metrics.emit(metrics.PUSH_LATENCY_MS, latencies)
        RECEIPTS.add({"screen": count_buckets(latencies)})


def _push_shipments(recorded: Recorded, tracking: TrackingPorts) -> None:
    watched = tracking.live.find_watched(list(recorded.states))
    if not watched:
        return
    states = [state for shipment_id, state in recorded.states.items() if shipment_id in watched]
    newest = {event.shipment_id: event for event in recorded.events}
    for state in _add_vehicle_positions(tracking.vehicles, states):
        event = newest.get(state.shipment_id)
        frame = live_frame("state", state, _stamps_of(event) if event else None)
        tracking.live.push_shipment(recorded.states[state.shipment_id], frame)


def _add_vehicle_positions(vehicles: VehicleStore, states: list[ShipmentState]) -> list[ShipmentState]:
    """Return the states with the positions of their vehicles, or without if those cannot be read now."""
    try:
        return [tracked.state for tracked in join_vehicles(vehicles, states)]
    except TransientError:
        return states


def _stamps_of(event: TrackingEvent) -> dict[str, str | None]:
    """Return the id of an event, its times of arrival, recording and push, and its trace if it has one."""
    recorded_at = event.recorded_at or event.received_at
    stamps: dict[str, str | None] = {
        "event_id": event.event_id,
        "arrived_at": format_time(event.received_at),
        "recorded_at": format_time(recorded_at),
        "pushed_at": format_time(datetime.now(UTC)),
    }
    traceparent = find_frame_traceparent(event)
    return stamps if traceparent is None else stamps | {"traceparent": traceparent}


def _list_newest_positions(scans: Iterable[Scan], states: dict[str, ShipmentState]) -> list[dict[str, Any]]:
    """Return the newest position of each vehicle in the batch, as the console shows it."""
    newest: dict[str, Scan] = {}
    for scan in scans:
        if scan.vehicle_id is None or scan.lat is None or not _may_move_vehicle(scan):
            continue
        known = newest.get(scan.vehicle_id)
        if known is None or scan.occurred_at >= known.occurred_at:
            newest[scan.vehicle_id] = scan
    return [_describe_vehicle(scan, states.get(scan.shipment_id or "")) for scan in newest.values()]


def _may_move_vehicle(scan: Scan) -> bool:
    """Return whether the scan moves its vehicle on the map: a live one, by its device or its owner's report.

    A partner's scan of a shipment may name a vehicle that nobody has registered.
    """
    return scan.livemode and (scan.source != "api" or isinstance(scan, VehicleFix))


def _describe_vehicle(scan: Scan, state: ShipmentState | None) -> dict[str, Any]:
    return {
        "vehicle_id": scan.vehicle_id,
        "lat": scan.lat,
        "lon": scan.lon,
        "heading": scan.heading,
        "speed_kmh": scan.speed_kmh,
        "occurred_at": format_time(scan.occurred_at),
        "shipment_id": scan.shipment_id,
        "status": str(state.status) if state else None,
        "is_delayed": state.is_delayed if state else False,
    }


def _describe_change(change: Change, state: ShipmentState | None) -> dict[str, Any]:
    place = state.position.place if state and state.position else None
    return {
        "change_id": change.change_id,
        "type": change.type,
        "shipment_id": change.shipment_id,
        "status": str(change.after.status) if change.after.status else None,
        "occurred_at": format_time(change.occurred_at),
        "place": place.label if place else None,
    }
