"""Forecast after a scan: arrival window, lateness risk and the leg the shipment is on."""

from collections.abc import Sequence

import msgspec

from tracking.domain.events import Eta, LatenessRisk, Scan
from tracking.domain.fold import list_promised
from tracking.domain.legs import OpenLeg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status, may_follow, read_in_direction
from tracking.eta.departures import find_open_leg
from tracking.eta.lanes import LaneStatistics
from tracking.eta.remaining_route import RemainingRoute
from tracking.eta.scan_context import NO_CONTEXT, ScanContext
from tracking.eta.shown_arrival import prepare_shown, show_all

# Statuses with a predictable arrival; a shipment that is not picked up yet or is held up has none.
FORECASTABLE = frozenset(
    {Status.PICKED_UP, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAILED}
)


class Forecast(msgspec.Struct, frozen=True):
    """Window, lateness risk and leg after a scan; None if it cannot be predicted.

    `open_leg` is None if the scan changes no leg; whether it ends one is decided by `apply_route`.
    """

    eta: Eta | None = None
    lateness_risk: LatenessRisk | None = None
    open_leg: OpenLeg | None = None


class Subject(msgspec.Struct, frozen=True):
    """Newest scan of a shipment, the state before it, and the context of the scan."""

    state: ShipmentState
    scan: Scan
    context: ScanContext


def forecast(
    statistics: LaneStatistics, state: ShipmentState, scan: Scan, context: ScanContext = NO_CONTEXT
) -> Forecast:
    """Return the forecast after the newest scan of a shipment; `state` is the state before the scan."""
    return forecast_all(statistics, [Subject(state, scan, context)])[0]


def forecast_all(statistics: LaneStatistics, subjects: Sequence[Subject]) -> list[Forecast]:
    """Return the forecast of each subject, of distinct shipments, in their order.

    Each step is taken for all of them before the next step begins, since that costs a third less (decision
    0070).
    """
    subjects = [_with_promise(each) for each in subjects]
    statuses = [_status_after(each.state, each.scan) for each in subjects]
    legs = [_find_leg(statistics, each) for each in subjects]
    routes = [_find_route(statistics, *each) for each in zip(subjects, statuses, legs, strict=True)]
    windows = [route.make_window() if route else None for route in routes]
    shown = _show_all(statistics, subjects, statuses, windows)
    risks = [
        route.assess_lateness() if route else _assess_promise(each)
        for route, each in zip(routes, subjects, strict=True)
    ]
    legs = [route.update_leg() if route else leg for route, leg in zip(routes, legs, strict=True)]
    return [
        Forecast(eta, risk, None if leg is each.state.open_leg else leg)
        for eta, risk, leg, each in zip(shown, risks, legs, subjects, strict=True)
    ]


def _with_promise(subject: Subject) -> Subject:
    """Return the subject with the promise that its scan makes, if it makes one."""
    booking = subject.scan.booking
    if booking is None or booking.promised is None:
        return subject
    state = msgspec.structs.replace(subject.state, **list_promised(booking))
    return msgspec.structs.replace(subject, state=state)


def _find_leg(statistics: LaneStatistics, subject: Subject) -> OpenLeg | None:
    return find_open_leg(statistics, subject.state, subject.scan, subject.context)


def _find_route(
    statistics: LaneStatistics, subject: Subject, status: Status, leg: OpenLeg | None
) -> RemainingRoute | None:
    """Return the route ahead; None if the arrival is not predictable or the route is unknown."""
    state = subject.state
    if status not in FORECASTABLE or state.direction is Direction.RETURN:
        return None
    route = RemainingRoute(statistics, state, subject.scan, subject.context, status, leg)
    return route if route.parts else None


def _show_all(
    statistics: LaneStatistics,
    subjects: Sequence[Subject],
    statuses: Sequence[Status],
    windows: Sequence[Eta | None],
) -> list[Eta | None]:
    """Return the windows, each with the one that people are shown."""
    unshown = [
        prepare_shown(eta, statistics, each.state, each.scan, status, each.context.calendar)
        for each, status, eta in zip(subjects, statuses, windows, strict=True)
        if eta is not None
    ]
    shown = iter(show_all(unshown))
    return [None if eta is None else msgspec.structs.replace(eta, shown=next(shown)) for eta in windows]


def _assess_promise(subject: Subject) -> LatenessRisk | None:
    """Return the risk of a shipment without a window: it is late if its promise has passed."""
    promised = subject.state.promised
    has_passed = promised is not None and subject.scan.occurred_at > promised.to
    return LatenessRisk(p_late=1.0, is_trusted=True) if has_passed else None


def _status_after(state: ShipmentState, scan: Scan) -> Status:
    """Return the status that the shipment has after the scan, if it may follow the present one."""
    if scan.status is None:
        return state.status
    status, _ = read_in_direction(scan.status, scan.substatus, state.direction)
    return status if may_follow(state.status, status, state.direction) else state.status
