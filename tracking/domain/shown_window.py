"""Window shown to people: inside delivery hours, as wide as what is known allows, rounded as people speak.

Pages, messages and the API all take it from here. The quantiles of the prediction stay beside it. Numbers are
minutes as `tracking.domain.calendars` counts them.
"""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from tracking.domain.calendars import (
    DAY_MIN,
    DEFAULT_CALENDAR,
    LAST_MIN,
    DeliveryCalendar,
    count_minutes,
    day_of,
    to_moment,
)
from tracking.domain.shown_basis import ShownBasis
from tracking.domain.value import Struct

# How a window is put into words: clock times in quarters or halves of an hour, a part of the day, the day, or
# "by" the last of several days.
TextCode = Literal["quarter_hours", "half_hours", "part_of_day", "day", "by_day"]
# Why a window differs from the prediction: it fell outside delivery hours, it passed without an arrival, or
# it lay before the day that the recipient agreed to.
ShownReason = Literal["closed", "overdue", "agreed"]

QUARTER_MIN, HALF_MIN = 15, 30
# Width up to which clock times are shown in quarters and in halves of an hour.
QUARTERS_UP_TO_MIN, HALVES_UP_TO_MIN = 2 * 60, 6 * 60
# Minutes after midnight at which the afternoon and the evening begin.
NOON_MIN, EVENING_MIN = 12 * 60, 17 * 60

# A shown window changes at most once within this time, unless an end moves by more than `MOVES_AT_ONCE`.
HELD_FOR = timedelta(hours=1)
MOVES_AT_ONCE = timedelta(minutes=30)
# Differences below this come from rounding of floats.
ROUNDING_MIN = 1e-6
# "Today" is said of an overdue parcel while at least this much of the delivery hours is left.
LEAST_REST_OF_DAY_MIN = 60


class ShownWindow(Struct, frozen=True):
    """Window as people see it, aware UTC, with the likely time `at` inside.

    `shown_at` is when it was first shown. `expected_by` is the end of the window or promise that has passed,
    if the reason is `overdue`. `calendar` are the delivery hours it lies in. `basis` says why it is as wide
    as it is, and where it is; None of a window that rests on no prediction.
    """

    from_: datetime = msgspec.field(name="from")
    at: datetime
    to: datetime
    text_code: TextCode = "day"
    reason: ShownReason | None = None
    shown_at: datetime | None = None
    expected_by: datetime | None = None
    calendar: DeliveryCalendar = DEFAULT_CALENDAR
    basis: ShownBasis | None = None

    @property
    def ends_with_day(self) -> bool:
        """True if it ends with the last minute of a day on which parcels are delivered around the clock.

        Nothing happens at its end, so that no clock time is said.
        """
        return self.calendar.is_around_the_clock and count_minutes(self.to) % DAY_MIN == LAST_MIN


class Minutes(NamedTuple):
    """P10, P50 and P90 of an arrival, or of the minutes from the hub to the recipient."""

    p10: float
    p50: float
    p90: float


def move_into_hours(
    arrivals: Minutes, travel: Minutes, calendar: DeliveryCalendar, *, is_out: bool
) -> Minutes:
    """Return the arrival at a person, who gets nothing outside delivery hours.

    A parcel that would be loaded or arrive outside them comes on the next working day, as long after the
    opening as a van takes. Where only P90 lies after the closing, the closing cuts it. `is_out` is True if
    the parcel is on the van already.
    """
    if _is_within_a_day(arrivals, travel, calendar, is_out=is_out):
        return arrivals
    moved: list[float] = []
    opening: int | None = None
    for arrival, minutes in zip(arrivals, travel, strict=True):
        found = arrival if is_out else calendar.next_loading(arrival - minutes) + minutes
        if moved:
            found = max(found, moved[-1])
            if opening is not None:
                # The van that brings it at P10 leaves at the opening, so no quantile is earlier than that.
                found = max(found, _after_opening(opening, minutes, calendar))
        if not calendar.is_open(found):
            is_cut = len(moved) == 2 and day_of(found) == day_of(moved[1]) and found > moved[1]
            if is_cut and calendar.is_open(closing := calendar.closing(day_of(found))):
                found = closing
            else:
                found = _after_opening(calendar.next_opening(found), minutes, calendar)
        if not moved and found != arrivals.p10:
            opening = calendar.opening(day_of(found))
        moved.append(found)
    return Minutes(*moved)


def make_shown_window(
    arrivals: Minutes,
    basis: ShownBasis,
    as_of: datetime,
    calendar: DeliveryCalendar,
    reason: ShownReason | None = None,
) -> ShownWindow:
    """Return the window shown for arrivals inside delivery hours, as wide as its basis asks for at least.

    It begins and ends within delivery hours, and ends after `as_of`.
    """
    now = count_minutes(as_of)
    start, end = _widen(arrivals.p10, arrivals.p90, basis.least_min, now, calendar)
    code = _choose_text(start, end, now, calendar)
    from_, to = _round_outwards(start, end, code, now, calendar)
    return ShownWindow(
        from_=to_moment(from_),
        at=to_moment(min(max(_round_near(arrivals.p50), from_), to)),
        to=to_moment(to),
        text_code=code,
        reason=reason,
        shown_at=as_of,
        calendar=calendar,
        basis=basis,
    )


def show_agreed_day(deliver_from: datetime, as_of: datetime, calendar: DeliveryCalendar) -> ShownWindow:
    """Return the delivery hours of the agreed day, which begin at `deliver_from`."""
    opening = count_minutes(deliver_from)
    closing = calendar.closing(day_of(opening))
    return ShownWindow(
        from_=deliver_from,
        at=to_moment(_round_near((opening + closing) / 2)),
        to=to_moment(closing),
        reason="agreed",
        shown_at=as_of,
        calendar=calendar,
    )


def hold_window(before: ShownWindow | None, new: ShownWindow | None, at: datetime) -> ShownWindow | None:
    """Return the window to show from `at` on: the one shown before, unless the new one must replace it.

    It is replaced once an hour, at once if an end moves by more than half an hour, and once it has passed.
    """
    if before is None or new is None or at >= before.to:
        return new
    if (before.from_, before.to, before.text_code) == (new.from_, new.to, new.text_code):
        return before
    shift = max(abs(new.from_ - before.from_), abs(new.to - before.to))
    shown_at = before.shown_at or at
    return new if shift > MOVES_AT_ONCE or at - shown_at >= HELD_FOR else before


def say_at(shown: ShownWindow, now: datetime) -> ShownWindow:
    """Return the window to show to somebody who reads at `now`.

    A window that has passed becomes the rest of today's delivery hours, else the next working day.
    """
    if now < shown.to:
        return shown
    # That a van was out on a day off holds for the window it was shown with, and not for later ones.
    rest = say_rest_of_day(now, msgspec.structs.replace(shown.calendar, open_day=None))
    return msgspec.structs.replace(rest, shown_at=shown.shown_at, expected_by=shown.expected_by or shown.to)


def say_promised(promised_to: datetime, now: datetime, calendar: DeliveryCalendar) -> ShownWindow:
    """Return the window of a parcel without a prediction, whose promise ends or ended at `promised_to`.

    A promise that ends before a day's deliveries begin, such as at midnight, means the day before it.
    """
    promised, minute = count_minutes(promised_to), count_minutes(now)
    day = day_of(promised)
    is_before_opening = promised < calendar.opening(day) + QUARTER_MIN
    if is_before_opening and minute < calendar.closing(day - 1) and calendar.is_working_day(day - 1):
        day -= 1
    day = calendar.next_working_day(day)
    from_, to = calendar.opening(day), calendar.closing(day)
    end = promised if from_ + QUARTER_MIN <= promised < to else to
    if minute < end and now < promised_to:
        at = to_moment(end)
        return ShownWindow(from_=to_moment(from_), at=at, to=at, calendar=calendar)
    expected_by = min(promised_to, to_moment(end))
    return msgspec.structs.replace(say_rest_of_day(now, calendar), expected_by=expected_by)


def part_of_day(minute: float, calendar: DeliveryCalendar) -> tuple[int, int]:
    """Return the begin and end of the morning, afternoon or evening of a minute within delivery hours."""
    day = day_of(minute)
    opening, closing, midnight = calendar.opening(day), calendar.closing(day), day * DAY_MIN
    noon, evening = midnight + NOON_MIN, midnight + EVENING_MIN
    if minute < noon:
        return opening, min(noon, closing)
    if minute < evening:
        return max(noon, opening), min(evening, closing)
    return max(evening, opening), closing


def _is_within_a_day(arrivals: Minutes, travel: Minutes, calendar: DeliveryCalendar, *, is_out: bool) -> bool:
    """Return whether loading and arrival lie within the hours of one working day, as most do."""
    day = day_of(arrivals.p10)
    midnight = day * DAY_MIN
    opens, closes = midnight + calendar.opens_min, midnight + calendar.closes_min
    if not (opens <= arrivals.p10 and arrivals.p90 <= closes and calendar.is_working_day(day)):
        return False
    if is_out:
        return True
    loaded = [arrival - minutes for arrival, minutes in zip(arrivals, travel, strict=True)]
    opens, closes = midnight + calendar.first_loading_min, midnight + calendar.last_loading_min
    return opens <= min(loaded) and max(loaded) <= closes


def _after_opening(opening: int, minutes: float, calendar: DeliveryCalendar) -> float:
    """Return the arrival of a van that leaves at the opening, on that day at the latest."""
    return min(opening + minutes, calendar.closing(day_of(opening)))


def say_rest_of_day(now: datetime, calendar: DeliveryCalendar = DEFAULT_CALENDAR) -> ShownWindow:
    """Return the rest of today's delivery hours, else the next working day: nothing better is known."""
    minute = count_minutes(now)
    day = day_of(minute)
    from_, last = max(_round_down(minute, QUARTER_MIN), calendar.opening(day)), day
    if not (calendar.is_open(minute) and calendar.end_after(minute) - minute >= LEAST_REST_OF_DAY_MIN):
        from_ = calendar.next_opening(minute)
        last = day_of(from_)
    elif calendar.closing(day) - minute < LEAST_REST_OF_DAY_MIN:
        # Deliveries go on over midnight.
        last = day + 1
    to = calendar.closing(last)
    return ShownWindow(
        from_=to_moment(from_),
        at=to_moment(_round_near((from_ + to) / 2)),
        to=to_moment(to),
        text_code="day" if last == day_of(from_) else "by_day",
        reason="overdue",
        calendar=calendar,
    )


def _widen(
    start: float, end: float, least: float, now: float, calendar: DeliveryCalendar
) -> tuple[float, float]:
    """Return the ends moved apart to the least width: later first, then earlier, then over further days."""
    missing = least - (end - start)
    if missing <= 0:
        return start, end
    end = min(end + missing * 2 / 3, calendar.end_after(end))
    start = max(end - least, calendar.opening(day_of(start)), min(start, now))
    end = max(end, min(start + least, calendar.end_after(end)))
    while end - start < least - ROUNDING_MIN:
        end = calendar.closing(calendar.next_working_day(day_of(end) + 1))
    return start, end


def _choose_text(start: float, end: float, now: float, calendar: DeliveryCalendar) -> TextCode:
    day = day_of(start)
    width, is_today = end - start, day == day_of(now)
    if day != day_of(end):
        goes_on = end <= calendar.end_after(start)
        widest = HALVES_UP_TO_MIN if is_today else QUARTERS_UP_TO_MIN
        # A van that delivers over midnight has a window of hours, not of days.
        if not goes_on or width > widest:
            return "by_day"
    if width <= QUARTERS_UP_TO_MIN and is_today:
        return "quarter_hours"
    if width <= (HALVES_UP_TO_MIN if is_today else QUARTERS_UP_TO_MIN):
        return "half_hours"
    return "day" if is_today or end > part_of_day(start, calendar)[1] else "part_of_day"


def _round_outwards(
    start: float, end: float, code: TextCode, now: float, calendar: DeliveryCalendar
) -> tuple[float, float]:
    opening, closing = calendar.opening(day_of(start)), calendar.closing(day_of(end))
    match code:
        case "quarter_hours" | "half_hours":
            step = QUARTER_MIN if code == "quarter_hours" else HALF_MIN
            end_of_hours = calendar.end_after(start)
            return max(_round_down(start, step), opening), min(-_round_down(-end, step), end_of_hours)
        case "part_of_day":
            return part_of_day(start, calendar)
        case "day" | "by_day":
            return max(opening, _round_down(min(now, start), QUARTER_MIN)), closing


def _round_down(minute: float, step: int) -> float:
    return minute // step * step


def _round_near(minute: float) -> float:
    return _round_down(minute + QUARTER_MIN / 2, QUARTER_MIN)
