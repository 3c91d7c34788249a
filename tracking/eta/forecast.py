"""Forecast after a scan: arrival window, lateness risk and the leg the shipment is on."""

from typing import NamedTuple

from tracking.domain.events import Eta, LatenessRisk, Scan
from tracking.domain.legs import OpenLeg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status, may_follow, read_in_direction
from tracking.eta.departures import find_open_leg
from tracking.eta.lanes import LaneStatistics
from tracking.eta.remaining_route import RemainingRoute
from tracking.eta.scan_context import NO_CONTEXT, ScanContext
from tracking.eta.shown_arrival import add_shown_window

# Statuses with a predictable arrival; a shipment that is not picked up yet or is held up has none.
FORECASTABLE = frozenset(
    {Status.PICKED_UP, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAILED}
)


class Forecast(NamedTuple):
    """Window, lateness risk and leg after a scan; None if it cannot be predicted.

    `open_leg` is None if the scan changes no leg; whether it ends one is decided by `apply_route`.
    """

    eta: Eta | None = None
    lateness_risk: LatenessRisk | None = None
    open_leg: OpenLeg | None = None


def forecast(
    statistics: LaneStatistics, state: ShipmentState, scan: Scan, context: ScanContext = NO_CONTEXT
) -> Forecast:
    """Return the forecast after the newest scan of a shipment; `state` is the state before the scan."""
    status = _status_after(state, scan)
    tour = context.tour
    leg = find_open_leg(statistics, state, scan, context.hub_id, tour.stops_ahead if tour else None)
    if status not in FORECASTABLE or state.direction is Direction.RETURN:
        return _forecast_without_arrival(state, scan, leg)
    route = RemainingRoute(statistics, state, scan, context, status, leg)
    if not route.parts:
        return _forecast_without_arrival(state, scan, leg)
    eta = add_shown_window(route.make_window(), statistics, state, scan, status, context.calendar)
    return Forecast(eta, route.assess_lateness(), _if_new(route.update_leg(), state))


def _forecast_without_arrival(state: ShipmentState, scan: Scan, leg: OpenLeg | None) -> Forecast:
    """Return a forecast without a window: its only risk is a promise that has passed."""
    has_passed = state.promised is not None and scan.occurred_at > state.promised.to
    lateness_risk = LatenessRisk(p_late=1.0, is_trusted=True) if has_passed else None
    return Forecast(lateness_risk=lateness_risk, open_leg=_if_new(leg, state))


def _if_new(leg: OpenLeg | None, state: ShipmentState) -> OpenLeg | None:
    return None if leg is state.open_leg else leg


def _status_after(state: ShipmentState, scan: Scan) -> Status:
    """Return the status that the shipment has after the scan, if it may follow the present one."""
    if scan.status is None:
        return state.status
    status, _ = read_in_direction(scan.status, scan.substatus, state.direction)
    return status if may_follow(state.status, status, state.direction) else state.status
