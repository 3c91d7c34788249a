"""Forecasts for the parcels aboard a vehicle that moved, put on the stream where somebody is to be notified.

The position of a vehicle is kept once. The arrival windows of its parcels are worked out from it, and nothing
is written unless a notification follows: a window that moved, a lateness that begins or ends.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from tracking.domain.delay import Delay, evaluate_delay, gather_evidence, merge_evaluations
from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import VehicleFix, format_time
from tracking.domain.expected_arrival import is_worth_notifying
from tracking.domain.identity import name_clock_event
from tracking.domain.payload import ScanPayload
from tracking.domain.reasons import ClockKind
from tracking.domain.vehicles import VehicleState
from tracking.eta.aboard import RIDE_ACTOR, ParcelAboard, is_open_at, list_aboard, predict_aboard
from tracking.eta.forecast import Forecast
from tracking.eta.lane_keys import find_route_hubs, list_route_keys
from tracking.ports import TrackingPorts
from tracking.services.recording.stream_records import make_record
from workers.ports import WorkerPorts
from workers.vehicle_checks import VehicleCheck

log = structlog.get_logger()


def check_vehicles(
    vehicles: Mapping[str, VehicleState], tracking: TrackingPorts, workers: WorkerPorts
) -> int:
    """Forecast the parcels aboard vehicles that moved; return how many records that put on the stream.

    A vehicle is checked at most once a minute, a parcel's lateness once in five minutes. Never raises for a
    store or a stream that cannot be reached: the next position is checked again.
    """
    due = workers.vehicle_checks.take_due(vehicles)
    if not due:
        return 0
    try:
        aboard = _find_aboard(tracking, [fix for fix, _ in due])
        payloads = [
            payload
            for fix, last in due
            for payload in _check_vehicle(fix, last, aboard.get(fix.vehicle_id or "", []), workers)
        ]
        refusals = tracking.stream.put([make_record(payload) for payload in payloads]) if payloads else []
    except SwiftLogixError as error:
        log.warning("enrich", outcome="vehicles not checked", vehicles=len(due), error=str(error))
        return 0
    return sum(refusal is None for refusal in refusals)


def _find_aboard(tracking: TrackingPorts, fixes: Sequence[VehicleFix]) -> dict[str, list[ParcelAboard]]:
    """Return the parcels aboard each vehicle, with one read of manifests and one of states."""
    manifests = tracking.vehicles.read_manifests([fix.vehicle_id or "" for fix in fixes])
    driven = [
        (fix, manifests[fix.vehicle_id])
        for fix in fixes
        if fix.vehicle_id in manifests and is_open_at(manifests[fix.vehicle_id], fix.occurred_at)
    ]
    shipment_ids = sorted({shipment_id for _, manifest in driven for shipment_id in manifest.shipment_ids})
    states = tracking.store.read_current(shipment_ids) if shipment_ids else {}
    return {
        manifest.vehicle_id: [
            parcel for parcel in list_aboard(manifest, states) if _is_newer(fix, parcel.state.updated_at)
        ]
        for fix, manifest in driven
    }


def _is_newer(fix: VehicleFix, updated_at: datetime | None) -> bool:
    return updated_at is None or fix.occurred_at > updated_at


def _check_vehicle(
    fix: VehicleFix, last: VehicleCheck | None, parcels: Sequence[ParcelAboard], workers: WorkerPorts
) -> list[ScanPayload]:
    """Return what a vehicle's position calls for of its parcels, and remember the check."""
    if not parcels:
        return []
    delays, payloads = {}, []
    for parcel, expected in zip(parcels, _forecast_all(fix, parcels, workers), strict=True):
        shipment_id = parcel.state.shipment_id
        workers.vehicle_checks.note(shipment_id, expected, fix.occurred_at)
        counted = last.delays.get(shipment_id) if last else None
        delays[shipment_id] = _judge(parcel, expected, counted, fix.occurred_at)
        event = _name_event(parcel, expected, delays[shipment_id], fix.occurred_at)
        if event is not None:
            payloads.append(_make_payload(parcel, fix, *event))
    workers.vehicle_checks.keep(fix.vehicle_id or "", VehicleCheck(fix.occurred_at, delays))
    return payloads


def _forecast_all(fix: VehicleFix, parcels: Sequence[ParcelAboard], workers: WorkerPorts) -> list[Forecast]:
    hub_id = fix.place.hub_id if fix.place else None
    near = (hub_id,) if hub_id else ()
    states = [parcel.state for parcel in parcels]
    routes = {find_route_hubs(state.lane, state.open_leg, state.hub_stay, near) for state in states}
    lanes = workers.lanes.read([list_route_keys(route) for route in routes])
    return predict_aboard(lanes, parcels, fix, workers.places.locate_pincode, workers.fences.find_calendar)


def _judge(parcel: ParcelAboard, expected: Forecast, counted: Delay | None, at: datetime) -> Delay:
    """Return the parcel's delay after one more check; checks are counted in memory, since none is written."""
    state = parcel.state
    if state.promised is None:
        return state.delay
    known = merge_evaluations(state.delay, counted)
    evidence = gather_evidence(state.promised.to, at, expected.eta, expected.lateness_risk)
    return evaluate_delay(known, evidence)


def _name_event(
    parcel: ParcelAboard, expected: Forecast, after: Delay, at: datetime
) -> tuple[ClockKind, str] | None:
    """Return kind and id of the event that reports what is new; None for nearly every check."""
    state = parcel.state
    if after.phase != state.delay.phase:
        return "delay", name_clock_event("delay", after.phase, after.episode)
    if expected.eta is None or state.eta_notified is None:
        return None
    is_new = is_worth_notifying(state.eta_notified, state.eta_notified_at, expected.eta, state.promised)
    return ("eta", name_clock_event("eta", f"{at:%Y%m%dT%H%M%S}")) if is_new else None


def _make_payload(parcel: ParcelAboard, fix: VehicleFix, kind: ClockKind, event_id: str) -> ScanPayload:
    return ScanPayload(
        shipment_id=parcel.state.shipment_id,
        vehicle_id=fix.vehicle_id,
        lat=fix.lat,
        lon=fix.lon,
        timestamp=format_time(fix.occurred_at),
        event_id=event_id,
        clock_kind=kind,
        source="system",
        actor=RIDE_ACTOR,
        tour=parcel.tour,
    )
