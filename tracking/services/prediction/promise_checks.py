"""Check shipments against the clock: late, stalled, expired.

Without a report there is no event, so periodic checks put *clock events* on the stream themselves.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

import msgspec

from tracking.domain.delay import ENTER_AT, EVALUATE_EVERY, Delay, Evidence, evaluate_delay, gather_evidence
from tracking.domain.distance import distance_km
from tracking.domain.events import Scan, VehicleFix, format_time
from tracking.domain.expected_arrival import ATTEMPTED
from tracking.domain.identity import make_sort_key, name_clock_event
from tracking.domain.legs import RECIPIENT
from tracking.domain.payload import ScanPayload
from tracking.domain.reasons import ClockKind
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES, HIDDEN_POSITION, Direction, Status
from tracking.domain.vehicles import Owner, VehicleState
from tracking.eta.forecast import Forecast, forecast
from tracking.eta.lanes import LaneStatistics, Statistic
from tracking.models import Shipment
from tracking.ports import TrackingPorts, VehicleStore
from tracking.services.prediction.lane_reading import consult_lanes
from tracking.services.recording.stream_records import put_records

DUE_WITHIN = timedelta(hours=24)
# A shipment that is open for longer after its promise is left to operators.
CHECKED_UNTIL = timedelta(days=7)
SILENT_AFTER, SILENT_AT_HUB_AFTER = timedelta(hours=6), timedelta(hours=24)
STANDING_AFTER, STANDING_ON_TOUR_AFTER = timedelta(minutes=45), timedelta(minutes=30)
# A vehicle stands when at least so many positions lie within this distance of one another.
STANDING_KM = 0.2
MIN_FIXES, MAX_FIXES = 3, 200
# Without news, lateness is evaluated at this many past moments: it must hold at every one of them.
EVALUATIONS = 3
SHIPMENTS_PER_READ = 100
# Thirty days, reported in their last hours: after them the store may have expired the shipment's state.
EXPIRES_AFTER = timedelta(days=30) - timedelta(hours=2)
ENDED = (*END_STATUSES, Status.EXPIRED)

Vehicles = Mapping[str, VehicleState]
Lanes = dict[str, Statistic | None]


def check_promises(ports: TrackingPorts, now: datetime) -> int:
    """Put clock events for the open shipments due within a day or overdue; return how many.

    Safe to repeat: nothing is put until something new is true. Raises `TransientError` when a store or the
    stream cannot be reached; events put before that stay on the stream.
    """
    due = Shipment.objects.filter(promised_to__lt=now + DUE_WITHIN, promised_to__gt=now - CHECKED_UNTIL)
    still_open = due.exclude(status__in=[status.value for status in END_STATUSES])
    sent = 0
    lanes: Lanes = {}
    for shipment_ids in _split_batches(still_open.values_list("shipment_id", flat=True).iterator()):
        payloads = find_clock_events(ports, shipment_ids, now, lanes)
        put_records(ports.stream, payloads)
        sent += len(payloads)
    return sent


def expire_silent_shipments(ports: TrackingPorts, now: datetime) -> int:
    """Put an event `expired` for each open shipment without a report for thirty days; return how many.

    Call it every hour. The next scan reopens such a shipment. Raises as `check_promises` does.
    """
    unmoved = Shipment.objects.filter(status_at__lte=now - EXPIRES_AFTER)
    still_open = unmoved.exclude(status__in=[status.value for status in ENDED])
    sent = 0
    for shipment_ids in _split_batches(still_open.values_list("shipment_id", flat=True).iterator()):
        states = ports.store.read_current(shipment_ids).values()
        payloads = [payload for state in states if (payload := _build_expired_event(state, now)) is not None]
        put_records(ports.stream, payloads)
        sent += len(payloads)
    return sent


def find_clock_events(
    ports: TrackingPorts, shipment_ids: Sequence[str], now: datetime, known_lanes: Lanes
) -> list[ScanPayload]:
    """Return the clock events due for these shipments (at most 100): a new lateness or a new stall.

    `known_lanes` keeps the lane statistics that were read, for the next shipments of the same check. Raises
    `TransientError` when a store cannot be reached.
    """
    states = [state for state in ports.store.read_current(shipment_ids).values() if _is_open(state)]
    ids = sorted({state.manifest_vehicle_id for state in states if state.manifest_vehicle_id})
    vehicles = ports.vehicles.read_vehicles(ids) if ids else {}
    late = consult_lanes(
        ports.lanes,
        lambda lanes: [_find_lateness(state, vehicles, lanes, now) for state in states],
        known_lanes,
    )
    stalled = [_find_stall(state, vehicles, ports.vehicles, now) for state in states]
    return [payload for payload in (*late, *stalled) if payload is not None]


def _is_open(state: ShipmentState) -> bool:
    has_ended = state.status in END_STATUSES or state.direction is Direction.RETURN
    return not has_ended and ATTEMPTED.isdisjoint(state.reached)


def _find_last_report(state: ShipmentState, vehicles: Vehicles) -> datetime | None:
    """Return the time of the last report of the shipment or of its vehicle."""
    vehicle = vehicles.get(state.manifest_vehicle_id or "")
    fix_at = vehicle.fix.occurred_at if vehicle is not None and vehicle.fix is not None else None
    return max((moment for moment in (state.updated_at, fix_at) if moment is not None), default=None)


# --- Late ------------------------------------------------------------------------------------------


def _find_lateness(
    state: ShipmentState, vehicles: Vehicles, lanes: LaneStatistics, now: datetime
) -> ScanPayload | None:
    """Return the clock event of a change of lateness, if there is one."""
    if state.promised is None:
        return None
    reported_at = _find_last_report(state, vehicles)
    is_silent = reported_at is None or now - reported_at >= EVALUATE_EVERY * EVALUATIONS
    # Once the promise has passed, the parcel is late whatever is forecast.
    is_forecast = is_silent and now <= state.promised.to
    after = _judge_silence(state, lanes, now) if is_forecast else _judge_promise(state, now)
    if after.phase in ("on_time", state.delay.phase):
        return None
    return _build_clock_event(state, "delay", (after.phase, after.episode), now)


def _judge_promise(state: ShipmentState, now: datetime) -> Delay:
    """Return the lateness by the promise alone: whether it has passed."""
    assert state.promised is not None
    return evaluate_delay(state.delay, Evidence(at=now, promised_at=state.promised.to, is_clock_event=True))


def _judge_silence(state: ShipmentState, lanes: LaneStatistics, now: datetime) -> Delay:
    """Return the lateness by forecasts for now and the moments before, without any new report."""
    assert state.promised is not None
    expected = _forecast_at(state, lanes, now)
    evidence = gather_evidence(state.promised.to, now, expected.eta, expected.lateness_risk)
    p_late = _get_chance(expected)
    # Lateness is not entered with such a chance now, whatever it was before.
    if p_late > ENTER_AT or state.delay.phase != "on_time":
        before = [now - EVALUATE_EVERY * number for number in range(1, EVALUATIONS)]
        p_late = min(p_late, *(_get_chance(_forecast_at(state, lanes, moment)) for moment in before))
    return evaluate_delay(state.delay, msgspec.structs.replace(evidence, p_late=p_late, is_clock_event=True))


def _get_chance(expected: Forecast) -> float:
    return expected.lateness_risk.p_late if expected.lateness_risk else 0.0


def _forecast_at(state: ShipmentState, lanes: LaneStatistics, at: datetime) -> Forecast:
    """Return the forecast for a report that holds nothing but the time."""
    scan = Scan(
        event_id="clock",
        sort_key=make_sort_key(at, "clock"),
        occurred_at=at,
        received_at=at,
        shipment_id=state.shipment_id,
        source="system",
    )
    return forecast(lanes, state, scan)


# --- Stalled ---------------------------------------------------------------------------------------


def _find_stall(
    state: ShipmentState, vehicles: Vehicles, store: VehicleStore, now: datetime
) -> ScanPayload | None:
    """Return the clock event of a shipment without reports or whose vehicle stands, if it is a new stall."""
    if state.is_stalled or state.status in HIDDEN_POSITION or _waits_for_its_day(state, now):
        return None
    reported_at = _find_last_report(state, vehicles)
    limit = SILENT_AT_HUB_AFTER if state.hub_stay is not None else SILENT_AFTER
    if reported_at is not None and now - reported_at > limit:
        return _build_clock_event(state, "no_scan", (_format_minute(reported_at),), now)
    if _is_standing(state, store, now):
        return _build_clock_event(state, "vehicle_stands", (_format_minute(now),), now)
    return None


def _waits_for_its_day(state: ShipmentState, now: datetime) -> bool:
    """Return whether the parcel rests until the day that the recipient agreed to."""
    return state.is_before_its_day(now) and state.open_leg is None


def _is_standing(state: ShipmentState, store: VehicleStore, now: datetime) -> bool:
    """Return whether the vehicle has stood too long outside of every hub while the shipment's leg is open."""
    leg, vehicle_id = state.open_leg, state.manifest_vehicle_id
    if leg is None or vehicle_id is None:
        return False
    limit = STANDING_ON_TOUR_AFTER if leg.destination == RECIPIENT else STANDING_AFTER
    since = max(leg.departed_at, now - limit)
    if now - since < limit:
        return False
    owner = Owner(state.partner_id, state.livemode) if state.partner_id is not None else None
    fixes = store.read_fixes(vehicle_id, owner, format_time(since), format_time(now), MAX_FIXES)
    return len(fixes) >= MIN_FIXES and _is_one_place(fixes)


def _is_one_place(fixes: Sequence[VehicleFix]) -> bool:
    first = fixes[0]
    return all(
        (fix.place is None or fix.place.hub_id is None)
        and distance_km(first.lat, first.lon, fix.lat, fix.lon) <= STANDING_KM
        for fix in fixes
    )


# --- Expired ---------------------------------------------------------------------------------------


def _build_expired_event(state: ShipmentState, now: datetime) -> ScanPayload | None:
    """Return the event `expired` of a shipment; None if it is not expired.

    The time of the last report is read from the state, since the row of the read model may lag.
    """
    reported_at = state.updated_at
    if reported_at is None or state.status in ENDED or now - reported_at < EXPIRES_AFTER:
        return None
    return _build_clock_event(state, "expired", (_format_minute(reported_at),), now, Status.EXPIRED)


def _build_clock_event(
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


def _format_minute(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M")


def _split_batches(shipment_ids: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(shipment_ids)
    while batch := list(islice(remaining, SHIPMENTS_PER_READ)):
        yield batch
