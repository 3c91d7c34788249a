"""Forecasts for the parcels aboard a vehicle that moved, put on the stream where somebody is to be notified.

A position of a van is kept once. Here the windows of its parcels are worked out from it, and nothing is
written unless somebody would be told: a window that moved, a lateness that begins or ends.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from tracking.domain.delay import Delay, evaluate_delay, gather_evidence, merge_evaluations
from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import TrackingEvent, format_time
from tracking.domain.expected_arrival import is_worth_notifying
from tracking.domain.identity import name_clock_event
from tracking.domain.payload import ScanPayload
from tracking.domain.reasons import ClockKind
from tracking.domain.vehicles import VehicleState
from tracking.eta.aboard import ACTOR, ParcelAboard, is_open_at, list_aboard
from tracking.eta.forecast import Forecast
from tracking.ports import TrackingPorts
from tracking.services.recording.outgoing import make_record
from workers.vehicle_checks import Look, VehicleChecks

log = structlog.get_logger()

# What is to be expected of parcels aboard, by the position of their vehicle; in their order.
PredictAboard = Callable[[Sequence[ParcelAboard], TrackingEvent], list[Forecast]]


def check_vehicles(
    tracking: TrackingPorts,
    looks: VehicleChecks,
    predict: PredictAboard,
    vehicles: Mapping[str, VehicleState],
) -> int:
    """Look at the parcels of the vehicles that have moved; returns how many records that put on the stream.

    At most once a minute a vehicle, and once in five minutes a parcel's lateness. Never raises for want of a
    store or the stream: the next position looks again.
    """
    due = looks.take_due(vehicles)
    if not due:
        return 0
    try:
        rides = _find_rides(tracking, [fix for fix, _ in due])
        told = [
            payload
            for fix, last in due
            for payload in _look(looks, predict, rides.get(fix.vehicle_id or "", []), fix, last)
        ]
        refused = tracking.stream.put([make_record(payload) for payload in told]) if told else []
    except SwiftLogixError as error:
        log.warning("enrich", outcome="rides not looked at", vehicles=len(due), error=str(error))
        return 0
    return sum(one is None for one in refused)


def _find_rides(tracking: TrackingPorts, fixes: Sequence[TrackingEvent]) -> dict[str, list[ParcelAboard]]:
    """The parcels aboard each of these vehicles, by one read of manifests and one of states."""
    manifests = tracking.vehicles.read_manifests([fix.vehicle_id or "" for fix in fixes])
    driven = [
        (fix, manifests[fix.vehicle_id])
        for fix in fixes
        if fix.vehicle_id in manifests and is_open_at(manifests[fix.vehicle_id], fix.occurred_at)
    ]
    names = sorted({name for _, manifest in driven for name in manifest.shipment_ids})
    states = tracking.store.read_current(names) if names else {}
    return {
        manifest.vehicle_id: [ride for ride in list_aboard(manifest, states) if _is_news(ride, fix)]
        for fix, manifest in driven
    }


def _is_news(ride: ParcelAboard, fix: TrackingEvent) -> bool:
    """Whether nothing newer than the position was heard of the parcel."""
    updated_at = ride.state.updated_at
    return updated_at is None or fix.occurred_at > updated_at


def _look(
    looks: VehicleChecks,
    predict: PredictAboard,
    rides: Sequence[ParcelAboard],
    fix: TrackingEvent,
    last: Look | None,
) -> list[ScanPayload]:
    """What a position tells of the parcels aboard; the look is remembered."""
    if not rides:
        return []
    at, delays, told = fix.occurred_at, {}, []
    for ride, expected in zip(rides, predict(rides, fix), strict=True):
        name = ride.state.shipment_id
        looks.note(name, expected, at)
        delays[name] = _judge(ride, expected, last.delays.get(name) if last else None, at)
        news = _find_news(ride, expected, delays[name], at)
        if news is not None:
            told.append(_tell(ride, fix, *news))
    looks.keep(fix.vehicle_id or "", Look(at, delays))
    return told


def _judge(ride: ParcelAboard, seen: Forecast, counted: Delay | None, at: datetime) -> Delay:
    """The parcel's lateness after one more look: counted in memory, since nothing is written of a look."""
    state = ride.state
    if state.promised is None:
        return state.delay
    known = merge_evaluations(state.delay, counted)
    return evaluate_delay(known, gather_evidence(state.promised.to, at, seen.eta, seen.lateness_risk))


def _find_news(
    ride: ParcelAboard, seen: Forecast, after: Delay, at: datetime
) -> tuple[ClockKind, str] | None:
    """Return kind and id of the event that tells what is new; None for nearly every look."""
    state = ride.state
    if after.phase != state.delay.phase:
        return "delay", name_clock_event("delay", after.phase, after.episode)
    if seen.eta is None or state.eta_notified is None:
        return None
    told = is_worth_notifying(state.eta_notified, state.eta_notified_at, seen.eta, state.promised)
    return ("eta", name_clock_event("eta", f"{at:%Y%m%dT%H%M%S}")) if told else None


def _tell(ride: ParcelAboard, fix: TrackingEvent, kind: ClockKind, event_id: str) -> ScanPayload:
    return ScanPayload(
        shipment_id=ride.state.shipment_id,
        vehicle_id=fix.vehicle_id,
        lat=fix.lat,
        lon=fix.lon,
        timestamp=format_time(fix.occurred_at),
        event_id=event_id,
        clock_kind=kind,
        source="system",
        actor=ACTOR,
        tour=ride.tour,
    )
