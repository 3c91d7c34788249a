"""Departures: the leg that a scan opens, with its prediction at that moment."""

import msgspec

from tracking.domain.distance import LatLon, distance_km, free_flow_minutes
from tracking.domain.events import HubPoint, Scan
from tracking.domain.legs import ANY_CLASS, RECIPIENT, LegProfile, OpenLeg
from tracking.domain.route import ends_leg, find_hub, find_next_hub, measure_dwell, opens_leg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.eta.lanes import LaneStatistics, Plan, plan_key, predict_ratio
from tracking.eta.scan_context import NO_CONTEXT, ScanContext


def find_open_leg(
    statistics: LaneStatistics,
    state: ShipmentState,
    scan: Scan,
    context: ScanContext = NO_CONTEXT,
) -> OpenLeg | None:
    """Return the leg that is open after a scan; `state` is the state before it.

    A leg between hubs takes over the class of the vehicle that carries the parcel, if it is known, since the
    vehicle may be registered or changed while the leg is open.
    """
    if ends_leg(scan):
        return None
    vehicle_class = context.vehicle_class
    if not opens_leg(scan):
        return state.open_leg if vehicle_class is None else _set_class(state.open_leg, vehicle_class)
    origin = find_hub(state, scan, context.hub_id)
    if origin is None:
        return None
    lat, lon = (scan.lat, scan.lon) if context.hub_point is None else context.hub_point
    leg = OpenLeg(
        origin=origin,
        destination=RECIPIENT,
        departed_at=scan.occurred_at,
        vehicle_id=scan.vehicle_id or state.vehicle_id,
        dwelt_min=measure_dwell(state.hub_stay, origin, scan.occurred_at),
        stops_ahead=context.tour.stops_ahead if context.tour else None,
        lat=lat,
        lon=lon,
    )
    if scan.status is Status.OUT_FOR_DELIVERY:
        return leg
    return _plan_leg(statistics, state, leg, vehicle_class or ANY_CLASS)


def build_profile(
    statistics: LaneStatistics,
    state: ShipmentState,
    origin: str,
    destination: HubPoint,
    km: float,
    pin_point: LatLon | None = None,
) -> LegProfile:
    """Return the inputs of the prediction of a leg of `km` straight kilometres.

    Base minutes are the leg's share of the booking's planned minutes, else the planned minutes of the lane,
    else free-flow minutes of the distance. `pin_point` is a point in the recipient's PIN code; given
    only if the planned minutes cover the last mile. The vehicle is not known before the departure.
    """
    base_min = _planned_minutes_of_leg(state, destination, km, pin_point)
    if base_min is None:
        plan = statistics.get(plan_key(origin, destination.hub_id))
        base_min = plan.planned_minutes if isinstance(plan, Plan) else None
    if base_min is not None:
        return LegProfile(origin, destination.hub_id, ANY_CLASS, "p", base_min)
    return LegProfile(origin, destination.hub_id, ANY_CLASS, "d", free_flow_minutes(km))


def _planned_minutes_of_leg(
    state: ShipmentState, destination: HubPoint, km: float, pin_point: LatLon | None
) -> float | None:
    """Return the leg's share of the booking's planned minutes, in proportion to straight kilometres.

    None if the booking has no planned minutes or no lane, or if the lane has no length.
    """
    lane = state.lane
    if not state.planned_minutes or lane is None:
        return None
    planned_km = distance_km(lane.origin.lat, lane.origin.lon, lane.destination.lat, lane.destination.lon)
    planned_km += distance_km(destination.lat, destination.lon, *pin_point) if pin_point else 0.0
    return state.planned_minutes * min(km / planned_km, 1.0) if planned_km > 0 else None


def _set_class(leg: OpenLeg | None, vehicle_class: str) -> OpenLeg | None:
    """Return the leg with this class; the same leg if it has the class already or is a last mile."""
    if leg is None or leg.destination == RECIPIENT or leg.vehicle_class == vehicle_class:
        return leg
    return msgspec.structs.replace(leg, vehicle_class=vehicle_class)


def _plan_leg(
    statistics: LaneStatistics, state: ShipmentState, leg: OpenLeg, vehicle_class: str
) -> OpenLeg | None:
    """Return the leg to the next hub with its prediction.

    None if the next hub or the start is unknown, if the parcel is at that hub already, or if the leg has no
    length.
    """
    destination = find_next_hub(state)
    start = _find_departure_point(state, leg)
    if destination is None or start is None or destination.hub_id == leg.origin:
        return None
    km = distance_km(*start, destination.lat, destination.lon)
    profile = build_profile(statistics, state, leg.origin, destination, km)
    if profile.base_min <= 0:
        return None
    profile = profile._replace(vehicle_class=vehicle_class)
    ratio = predict_ratio(statistics, profile)
    return msgspec.structs.replace(
        leg,
        destination=destination.hub_id,
        base_min=round(profile.base_min, 3),
        base_from=profile.base_from,
        vehicle_class=vehicle_class,
        log_ratio=round(ratio.log_ratio, 6),
        spread_key=ratio.spread_key,
        low_offset=round(ratio.low_offset, 6),
        high_offset=round(ratio.high_offset, 6),
        km=round(km, 3),
    )


def _find_departure_point(state: ShipmentState, leg: OpenLeg) -> LatLon | None:
    """Return the start of a leg: the position of its scan or of the hub that it names, else of its hub."""
    if leg.lat is not None and leg.lon is not None:
        return leg.lat, leg.lon
    ends = (state.lane.origin, state.lane.destination) if state.lane else ()
    return next(((hub.lat, hub.lon) for hub in ends if hub.hub_id == leg.origin), None)
