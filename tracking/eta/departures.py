"""Departures: the leg that a scan opens, with everything that is said of it at that moment."""

import msgspec

from tracking.domain.distance import distance_km, free_flow_minutes
from tracking.domain.events import HubPoint, Scan
from tracking.domain.legs import ANY_CLASS, RECIPIENT, OpenLeg, Run
from tracking.domain.route import count_dwell, ends_leg, find_hub, find_next_hub, opens_leg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.eta.lanes import LaneStatistics, Plan, plan_key, predict_ratio

Point = tuple[float, float]


def find_leg(
    book: LaneStatistics,
    state: ShipmentState,
    scan: Scan,
    hub_id: str | None = None,
    stops_ahead: int | None = None,
) -> OpenLeg | None:
    """The leg that is open after a scan made at `hub_id`; `state` is the shipment's before it."""
    if ends_leg(scan):
        return None
    if not opens_leg(scan):
        return state.open_leg
    origin = find_hub(state, scan, hub_id)
    if origin is None:
        return None
    begun = OpenLeg(
        origin=origin,
        destination=RECIPIENT,
        departed_at=scan.occurred_at,
        vehicle_id=scan.vehicle_id or state.vehicle_id,
        dwelt_min=count_dwell(state.hub_stay, origin, scan.occurred_at),
        stops_ahead=stops_ahead,
        lat=scan.lat,
        lon=scan.lon,
    )
    return begun if scan.status is Status.OUT_FOR_DELIVERY else _plan_leg(book, state, begun)


def plan_run(
    book: LaneStatistics,
    state: ShipmentState,
    origin: str,
    there: HubPoint,
    km: float,
    door: Point | None = None,
) -> Run:
    """What a leg of `km` straight kilometres to the hub `there` is predicted from.

    The booking's planned minutes cover its whole way, the lane's those of the lane; without either the
    straight line is the base.
    """
    base_min = _share_of_booking(state, there, km, door)
    if base_min is None:
        plan = book.get(plan_key(origin, there.hub_id))
        base_min = plan.planned_minutes if isinstance(plan, Plan) else None
    if base_min is not None:
        return Run(origin, there.hub_id, ANY_CLASS, "p", base_min)
    return Run(origin, there.hub_id, ANY_CLASS, "d", free_flow_minutes(km))


def _share_of_booking(state: ShipmentState, there: HubPoint, km: float, door: Point | None) -> float | None:
    """The leg's part of the planned minutes, in proportion to straight kilometres."""
    lane = state.lane
    if not state.planned_minutes or lane is None:
        return None
    whole = distance_km(lane.origin.lat, lane.origin.lon, lane.destination.lat, lane.destination.lon)
    whole += distance_km(there.lat, there.lon, *door) if door else 0.0
    return state.planned_minutes * min(km / whole, 1.0) if whole > 0 else None


def _plan_leg(book: LaneStatistics, state: ShipmentState, begun: OpenLeg) -> OpenLeg | None:
    """The leg to the next hub, with what is said of it now; None where it leads nowhere known."""
    there = find_next_hub(state)
    here = _find_start(state, begun)
    if there is None or here is None or there.hub_id == begun.origin:
        return None
    km = distance_km(*here, there.lat, there.lon)
    run = plan_run(book, state, begun.origin, there, km)
    if run.base_min <= 0:
        return None
    pace = predict_ratio(book, run)
    return msgspec.structs.replace(
        begun,
        destination=there.hub_id,
        base_min=round(run.base_min, 3),
        basis=run.basis,
        mu=round(pace.mu, 6),
        group=pace.group,
        km=round(km, 3),
    )


def _find_start(state: ShipmentState, begun: OpenLeg) -> Point | None:
    """Where a leg begins: where the scan was made, else where its hub stands."""
    if begun.lat is not None and begun.lon is not None:
        return begun.lat, begun.lon
    ends = (state.lane.origin, state.lane.destination) if state.lane else ()
    return next(((hub.lat, hub.lon) for hub in ends if hub.hub_id == begun.origin), None)
