"""Forecasts for the parcels aboard a vehicle that moved; one is put on the stream only if it is news.

The position of a vehicle is stored once. The arrival windows of its parcels are computed from it, and nothing
is written unless a notification follows: a window that moved, a lateness that begins or ends, a van that is
near.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from tracking.domain.arriving import ARRIVING, is_near, may_arrive
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
from workers.line.arriving import name_arriving
from workers.ports import WorkerPorts
from workers.vehicle_checks import VehicleCheck

log = structlog.get_logger()


def forecast_parcels_aboard(
    vehicles: Mapping[str, VehicleState], tracking: TrackingPorts, workers: WorkerPorts
) -> int:
    """Forecast the parcels aboard vehicles that moved, and put the news on the stream.

    Returns the number of records that the stream took. A vehicle is checked at most once a minute, a parcel's
    lateness once in five minutes, and at most `CHECKS_A_BATCH` vehicles per batch. Never raises for a store
    or a stream that cannot be reached: the parcels are checked again with a later position.
    """
    due = workers.vehicle_checks.take_due(vehicles)
    if not due:
        return 0
    try:
        aboard = _find_aboard(tracking, [fix for fix, _ in due])
        payloads = [
            payload
            for fix, last in due
            for payload in _check_vehicle(
                vehicles[fix.vehicle_id or ""], last, aboard.get(fix.vehicle_id or "", []), workers
            )
        ]
        errors = tracking.stream.put([make_record(payload) for payload in payloads]) if payloads else []
    except SwiftLogixError as error:
        log.warning("check_vehicles", outcome="left unchecked", vehicles=len(due), error=str(error))
        return 0
    return sum(error is None for error in errors)


def _find_aboard(tracking: TrackingPorts, fixes: Sequence[VehicleFix]) -> dict[str, list[ParcelAboard]]:
    """Return the parcels aboard each vehicle, with one read of manifests and one of states."""
    manifests = tracking.vehicles.read_manifests([fix.vehicle_id or "" for fix in fixes])
    under_manifest = [
        (fix, manifests[fix.vehicle_id])
        for fix in fixes
        if fix.vehicle_id in manifests and is_open_at(manifests[fix.vehicle_id], fix.occurred_at)
    ]
    shipment_ids = sorted(
        {shipment_id for _, manifest in under_manifest for shipment_id in manifest.shipment_ids}
    )
    states = tracking.store.read_current(shipment_ids) if shipment_ids else {}
    return {
        manifest.vehicle_id: [
            parcel for parcel in list_aboard(manifest, states) if _is_newer(fix, parcel.state.updated_at)
        ]
        for fix, manifest in under_manifest
    }


def _is_newer(fix: VehicleFix, updated_at: datetime | None) -> bool:
    return updated_at is None or fix.occurred_at > updated_at


def _check_vehicle(
    vehicle: VehicleState, last: VehicleCheck | None, parcels: Sequence[ParcelAboard], workers: WorkerPorts
) -> list[ScanPayload]:
    """Return the payloads of the parcels that have news, and remember the check."""
    fix = vehicle.fix
    if fix is None or not parcels:
        return []
    delays, payloads = {}, []
    for parcel, predicted in zip(parcels, _forecast_all(vehicle, fix, parcels, workers), strict=True):
        shipment_id = parcel.state.shipment_id
        workers.vehicle_checks.notify_listener(shipment_id, predicted, fix.occurred_at)
        last_delay = last.delays.get(shipment_id) if last else None
        delays[shipment_id] = _evaluate_delay(parcel, predicted, last_delay, fix.occurred_at)
        news = _find_news(parcel, predicted, delays[shipment_id], fix)
        if news is not None:
            payloads.append(_make_payload(parcel, fix, *news))
    workers.vehicle_checks.remember(vehicle.vehicle_id, VehicleCheck(fix.occurred_at, delays))
    return payloads


def _forecast_all(
    vehicle: VehicleState, fix: VehicleFix, parcels: Sequence[ParcelAboard], workers: WorkerPorts
) -> list[Forecast]:
    hub_id = fix.place.hub_id if fix.place else None
    near = (hub_id,) if hub_id else ()
    vehicle_class = vehicle.registration.vehicle_class if vehicle.registration else None
    states = [parcel.state for parcel in parcels]
    routes = {
        find_route_hubs(state.lane, state.open_leg, state.hub_stay, near, vehicle_class) for state in states
    }
    statistics = workers.lanes.read([list_route_keys(route) for route in routes])
    return predict_aboard(
        statistics, parcels, fix, workers.places.locate_pincode, workers.fences.find_calendar, vehicle_class
    )


def _evaluate_delay(
    parcel: ParcelAboard, predicted: Forecast, last_delay: Delay | None, at: datetime
) -> Delay:
    """Return the parcel's delay after one more check; `last_delay` is that of the last, kept in memory."""
    state = parcel.state
    if state.promised is None:
        return state.delay
    known = merge_evaluations(state.delay, last_delay)
    evidence = gather_evidence(state.promised.to, at, predicted.eta, predicted.lateness_risk)
    return evaluate_delay(known, evidence)


def _find_news(
    parcel: ParcelAboard, predicted: Forecast, after: Delay, fix: VehicleFix
) -> tuple[ClockKind, str] | None:
    """Return kind and id of the event to report, or None if nothing is new, as in nearly every check."""
    state, at = parcel.state, fix.occurred_at
    if after.phase != state.delay.phase:
        return "delay", name_clock_event("delay", after.phase, after.episode)
    # At a hub the tour has not begun.
    is_on_tour = parcel.tour is not None and not (fix.place and fix.place.hub_id)
    if is_on_tour and may_arrive(state, at) and is_near(predicted.eta, parcel.tour, at):
        return ARRIVING, name_arriving(state, at)
    if predicted.eta is None or state.eta_notified is None:
        return None
    is_new = is_worth_notifying(state.eta_notified, state.eta_notified_at, predicted.eta, state.promised)
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
