"""Watch: what time alone makes true of shipments that nobody reports: late, standing still, expired.

Silence sends no event, so we look ourselves and put what follows on the stream, as an event of the clock.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from tracking.domain.delay import EVALUATE_EVERY, Delay, Evidence, evaluate_delay, gather_evidence
from tracking.domain.distance import distance_km
from tracking.domain.events import Scan, TrackingEvent, format_time
from tracking.domain.expected_arrival import ATTEMPTED
from tracking.domain.identity import make_sort_key, name_clock_event
from tracking.domain.legs import RECIPIENT
from tracking.domain.payload import ScanPayload
from tracking.domain.reasons import ClockKind
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES, HIDDEN_POSITION, Direction, Status
from tracking.domain.vehicles import VehicleState
from tracking.eta.forecast import Forecast, forecast
from tracking.eta.lanes import LaneStatistics
from tracking.models import Shipment
from tracking.ports import TrackingPorts, VehicleStore, ports
from tracking.services.prediction.lane_reading import consult_lanes
from tracking.services.recording.outgoing import put_all

DUE_WITHIN = timedelta(hours=24)
# A parcel that nobody has closed by then is a matter for people, not for the clock.
GIVEN_UP_AFTER = timedelta(days=7)
SILENT_AFTER, SILENT_AT_HUB_AFTER = timedelta(hours=6), timedelta(hours=24)
STANDING_AFTER, STANDING_ON_TOUR_AFTER = timedelta(minutes=45), timedelta(minutes=30)
# Within so far of one another, positions are of a vehicle that stands; so many of them tell it.
STANDING_KM = 0.2
FEWEST_FIXES, FIXES_LOOKED_AT = 3, 200
# What is true at each of these looks back, with no news in between, is true three times running.
LOOKS_BACK = 3
SHIPMENTS_A_READ = 100
# Thirty days, told in their last hours: once they are over the store may forget the shipment's state.
EXPIRES_AFTER = timedelta(days=30) - timedelta(hours=2)
OVER = (*END_STATUSES, Status.EXPIRED)

Vehicles = Mapping[str, VehicleState]


def watch_promises(now: datetime) -> int:
    """Look at all open shipments that are due within a day or past; returns how many events that made.

    Looking again makes nothing until something new is true. Raises `TransientError` when a store or the
    stream cannot be reached; what was put by then stays put.
    """
    due = Shipment.objects.filter(promised_to__lt=now + DUE_WITHIN, promised_to__gt=now - GIVEN_UP_AFTER)
    still_open = due.exclude(status__in=[status.value for status in END_STATUSES])
    told = 0
    for shipment_ids in _cut(still_open.values_list("shipment_id", flat=True).iterator()):
        payloads = look_at_shipments(ports(), shipment_ids, now)
        put_all(payloads)
        told += len(payloads)
    return told


def expire_silent(now: datetime) -> int:
    """Tell of each open shipment that nobody has reported for thirty days that it has expired; how many.

    To be called every hour. The next scan brings such a shipment back. Raises as `watch_promises` does.
    """
    unmoved = Shipment.objects.filter(status_at__lte=now - EXPIRES_AFTER)
    still_open = unmoved.exclude(status__in=[status.value for status in OVER])
    told = 0
    for shipment_ids in _cut(still_open.values_list("shipment_id", flat=True).iterator()):
        states = ports().store.read_states(shipment_ids).values()
        payloads = [payload for state in states if (payload := _find_expiry(state, now)) is not None]
        put_all(payloads)
        told += len(payloads)
    return told


def look_at_shipments(
    tracking: TrackingPorts, shipment_ids: Sequence[str], now: datetime
) -> list[ScanPayload]:
    """The events of the clock that tell what has become true of these shipments, at most 100 of them.

    Raises `TransientError` when a store cannot be reached.
    """
    states = [state for state in tracking.store.read_states(shipment_ids).values() if _is_open(state)]
    ids = sorted({state.manifest_vehicle_id for state in states if state.manifest_vehicle_id})
    vehicles = tracking.vehicles.read_vehicles(ids) if ids else {}
    late = consult_lanes(
        tracking.lanes, lambda book: [_find_lateness(state, vehicles, book, now) for state in states]
    )
    stalled = [_find_stall(state, vehicles, tracking.vehicles, now) for state in states]
    return [payload for payload in (*late, *stalled) if payload is not None]


def _is_open(state: ShipmentState) -> bool:
    over = state.status in END_STATUSES or state.direction is Direction.RETURN
    return not over and not any(status.value in state.reached for status in ATTEMPTED)


def _heard_at(state: ShipmentState, vehicles: Vehicles) -> datetime | None:
    """When the shipment or its vehicle was last heard of."""
    vehicle = vehicles.get(state.manifest_vehicle_id or "")
    fix_at = vehicle.fix.occurred_at if vehicle is not None and vehicle.fix is not None else None
    return max((moment for moment in (state.updated_at, fix_at) if moment is not None), default=None)


# --- Late ------------------------------------------------------------------------------------------


def _find_lateness(
    state: ShipmentState, vehicles: Vehicles, book: LaneStatistics, now: datetime
) -> ScanPayload | None:
    """The event that tells a lateness nobody has reported, if there is one."""
    if state.promised is None:
        return None
    heard_at = _heard_at(state, vehicles)
    silent = heard_at is None or now - heard_at >= EVALUATE_EVERY * LOOKS_BACK
    after = _judge_silence(state, book, now) if silent else _judge_promise(state, now)
    if after.phase in ("on_time", state.delay.phase):
        return None
    return _tell(state, "delay", (after.phase, after.episode), now)


def _judge_promise(state: ShipmentState, now: datetime) -> Delay:
    """Where news is fresh, only a promise that has passed is the clock's to tell."""
    assert state.promised is not None
    return evaluate_delay(state.delay, Evidence(at=now, promised_at=state.promised.to, clock=True))


def _judge_silence(state: ShipmentState, book: LaneStatistics, now: datetime) -> Delay:
    assert state.promised is not None
    looks = [_look_ahead(state, book, now - EVALUATE_EVERY * back) for back in range(LOOKS_BACK)]
    evidence = gather_evidence(state.promised.to, now, looks[0].eta, looks[0].lateness_risk)
    least = min(look.lateness_risk.p_late if look.lateness_risk else 0.0 for look in looks)
    return evaluate_delay(state.delay, evidence._replace(p_late=least, clock=True))


def _look_ahead(state: ShipmentState, book: LaneStatistics, at: datetime) -> Forecast:
    """What would be expected if nothing but the time were known."""
    scan = Scan(
        event_id="look",
        sort_key=make_sort_key(at, "look"),
        occurred_at=at,
        received_at=at,
        shipment_id=state.shipment_id,
        source="system",
    )
    return forecast(book, state, scan)


# --- Standing still --------------------------------------------------------------------------------


def _find_stall(
    state: ShipmentState, vehicles: Vehicles, store: VehicleStore, now: datetime
) -> ScanPayload | None:
    """The event that tells operators of a parcel nobody hears of, or whose vehicle stands."""
    if state.is_stalled or state.status in HIDDEN_POSITION:
        return None
    heard_at = _heard_at(state, vehicles)
    limit = SILENT_AT_HUB_AFTER if state.hub_stay is not None else SILENT_AFTER
    if heard_at is not None and now - heard_at > limit:
        return _tell(state, "no_scan", (_minute(heard_at),), now)
    if _stands(state, store, now):
        return _tell(state, "vehicle_stands", (_minute(now),), now)
    return None


def _stands(state: ShipmentState, store: VehicleStore, now: datetime) -> bool:
    """Whether the vehicle has stood for long outside of every hub while the parcel's leg is open."""
    leg, vehicle_id = state.open_leg, state.manifest_vehicle_id
    if leg is None or vehicle_id is None:
        return False
    lasts = STANDING_ON_TOUR_AFTER if leg.destination == RECIPIENT else STANDING_AFTER
    since = max(leg.departed_at, now - lasts)
    if now - since < lasts:
        return False
    fixes = store.read_fixes(vehicle_id, format_time(since), format_time(now), FIXES_LOOKED_AT)
    return len(fixes) >= FEWEST_FIXES and _is_one_place(fixes)


def _is_one_place(fixes: Sequence[TrackingEvent]) -> bool:
    first = fixes[0]
    return all(
        (fix.place is None or fix.place.hub_id is None)
        and distance_km(first.lat or 0.0, first.lon or 0.0, fix.lat or 0.0, fix.lon or 0.0) <= STANDING_KM
        for fix in fixes
    )


# --- Expired ---------------------------------------------------------------------------------------


def _find_expiry(state: ShipmentState, now: datetime) -> ScanPayload | None:
    """The event that ends the wait for a shipment: its list may lag, so that the state is asked."""
    heard_at = state.updated_at
    if heard_at is None or state.status in OVER or now - heard_at < EXPIRES_AFTER:
        return None
    return _tell(state, "expired", (_minute(heard_at),), now, Status.EXPIRED)


def _tell(
    state: ShipmentState,
    kind: ClockKind,
    id_parts: tuple[object, ...],
    now: datetime,
    status: Status | None = None,
) -> ScanPayload:
    return ScanPayload(
        status=status,
        shipment_id=state.shipment_id,
        event_id=name_clock_event(kind, *id_parts),
        clock_kind=kind,
        timestamp=format_time(now),
        source="system",
        actor="clock",
    )


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M")


def _cut(shipment_ids: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(shipment_ids)
    while batch := list(islice(waiting, SHIPMENTS_A_READ)):
        yield batch
