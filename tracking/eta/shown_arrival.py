"""Window shown to people, made from a predicted one: hub calendar, tour and confidence decide it."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import msgspec

from tracking.domain.calendars import DEFAULT_CALENDAR, DeliveryCalendar, count_minutes, day_of
from tracking.domain.events import Eta, Scan
from tracking.domain.pin_regions import find_region
from tracking.domain.shipment import ShipmentState
from tracking.domain.shown_basis import ShownBasis, find_closed_step
from tracking.domain.shown_window import (
    Minutes,
    ShownReason,
    ShownWindow,
    make_shown_window,
    move_into_hours,
    show_agreed_day,
)
from tracking.domain.status import Status
from tracking.eta.durations import TYPICAL_TOUR, durations_at, predict_duration, tour_key
from tracking.eta.lanes import LaneStatistics
from tracking.eta.once_per_batch import once_per_batch

_TYPICAL = Minutes(TYPICAL_TOUR.p10, TYPICAL_TOUR.p50, TYPICAL_TOUR.p90)


class Unshown(msgspec.Struct, frozen=True):
    """Predicted window that is to be shown, and what decides how: hours, tour, and age of the position.

    `travel` are the minutes from the loading to the recipient. `age_min` are those since the place of the
    parcel was known, None if it never was. `is_out` is True if it is on the van already. `deliver_from` is
    the begin of the day that the recipient agreed to; None without one.
    """

    eta: Eta
    travel: Minutes
    calendar: DeliveryCalendar
    age_min: float | None
    is_out: bool
    deliver_from: datetime | None = None


def prepare_shown(
    eta: Eta,
    statistics: LaneStatistics,
    state: ShipmentState,
    scan: Scan,
    status: Status,
    calendar: DeliveryCalendar | None,
) -> Unshown:
    """Return what a window is shown by; `status` is the status after the scan.

    Without a `calendar` the usual delivery hours hold, with the holidays of the recipient's state.
    """
    calendar = calendar or _make_usual_calendar(state.destination_pin)
    hub_id = state.lane.destination.hub_id if state.lane else ""
    travel = _predict_travel(statistics, hub_id)
    is_out = status is Status.OUT_FOR_DELIVERY
    if is_out and not calendar.is_working_day(day := day_of(count_minutes(scan.occurred_at))):
        calendar = msgspec.structs.replace(calendar, open_day=day)
    return Unshown(eta, travel, calendar, _find_age(state, scan), is_out, state.deliver_from)


def show_all(windows: Sequence[Unshown]) -> list[ShownWindow]:
    """Return the windows that people are shown. Each step is taken for all before the next step begins."""
    arrivals = [_count_arrivals(each.eta) for each in windows]
    moved = [
        move_into_hours(predicted, each.travel, each.calendar, is_out=each.is_out)
        for predicted, each in zip(arrivals, windows, strict=True)
    ]
    bases = [_explain(*each) for each in zip(windows, arrivals, moved, strict=True)]
    return [
        _show_agreed_day(each)
        or make_shown_window(shown, basis, _as_of(each.eta), each.calendar, _say_why(predicted, shown))
        for each, predicted, shown, basis in zip(windows, arrivals, moved, bases, strict=True)
    ]


def _show_agreed_day(window: Unshown) -> ShownWindow | None:
    """Return the day that the recipient agreed to; None without one, or if the arrival is likely later."""
    eta, deliver_from = window.eta, window.deliver_from
    if deliver_from is None or eta.at >= deliver_from:
        return None
    return show_agreed_day(deliver_from, _as_of(eta), window.calendar)


@once_per_batch
def _predict_travel(statistics: LaneStatistics, hub_id: str) -> Minutes:
    """Return the minutes from the loading at a hub to the recipient."""
    return Minutes(*predict_duration(durations_at(statistics, tour_key(hub_id)), TYPICAL_TOUR))


def find_shown(eta: Eta) -> ShownWindow:
    """Return the window that people are shown; one without it was recorded before there were any.

    It is then worked out with the usual hours and a typical tour.
    """
    return eta.shown or show_all([Unshown(eta, _TYPICAL, DEFAULT_CALENDAR, 0.0, is_out=False)])[0]


@lru_cache(4096)
def _make_usual_calendar(pin_code: str | None) -> DeliveryCalendar:
    return DeliveryCalendar(region=find_region(pin_code))


def _count_arrivals(eta: Eta) -> Minutes:
    return Minutes(count_minutes(eta.from_), count_minutes(eta.at), count_minutes(eta.to))


def _as_of(eta: Eta) -> datetime:
    return eta.as_of or eta.from_


def _explain(window: Unshown, arrivals: Minutes, moved: Minutes) -> ShownBasis:
    """Return why the window is as wide as it is, and where it is."""
    # Nothing that the calendar allows is moved, so most windows need no second look at it.
    step, closed_at = (
        (None, None)
        if moved == arrivals
        else find_closed_step(arrivals, window.travel, window.calendar, is_out=window.is_out)
    )
    return ShownBasis(
        confidence=window.eta.confidence,
        remaining_min=round(arrivals.p50 - count_minutes(_as_of(window.eta)), 1),
        age_min=window.age_min,
        closed_step=step,
        closed_at=closed_at,
    )


def _say_why(arrivals: Minutes, moved: Minutes) -> ShownReason | None:
    return "closed" if moved.p50 != arrivals.p50 else None


def _find_age(state: ShipmentState, scan: Scan) -> float | None:
    """Return for how many minutes the place of the parcel has not been known; None if it never was.

    A position shows the place, and so does a status: somebody scanned the parcel at the hub or at the van.
    """
    if scan.status is not None or (scan.has_position and not scan.is_fix_dropped):
        return 0.0
    known_at = [state.position.occurred_at] if state.position else []
    known_at += [state.status_at] if state.status_at else []
    return round((scan.occurred_at - max(known_at)).total_seconds() / 60, 1) if known_at else None
