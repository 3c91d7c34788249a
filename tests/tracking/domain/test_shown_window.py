"""Windows shown to people: inside delivery hours, wide enough, rounded, and changed rarely."""

from datetime import datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.domain.calendars import REGIONS, DeliveryCalendar, count_minutes, to_moment
from tracking.domain.shown_basis import LEAST_WIDTH, ShownBasis
from tracking.domain.shown_window import (
    Minutes,
    hold_window,
    make_shown_window,
    move_into_hours,
    say_at,
    say_promised,
)

IST = timezone(timedelta(hours=5, minutes=30))
# Wednesday 25 November 2026, a working day in Karnataka, as the days around it are but the 24th.
MIDNIGHT = count_minutes(datetime(2026, 11, 25, tzinfo=IST))
TOUR = Minutes(30, 150, 420)
HOURS = DeliveryCalendar(region="KA")


def clock(moment):
    return moment.astimezone(IST).strftime("%a %H:%M")


def show(now, arrivals, *, confidence="high", is_out=False, calendar=HOURS, age=0.0):
    """Show a window worked out `now` minutes after midnight for three quantiles in hours after it."""
    quantiles = Minutes(*(MIDNIGHT + hours * 60 for hours in arrivals))
    moved = move_into_hours(quantiles, TOUR, calendar, is_out=is_out)
    basis = ShownBasis(confidence=confidence, remaining_min=quantiles.p50 - MIDNIGHT - now, age_min=age)
    return make_shown_window(moved, basis, to_moment(MIDNIGHT + now), calendar)


def describe(shown):
    return clock(shown.from_), clock(shown.at), clock(shown.to), shown.text_code


@pytest.mark.parametrize(
    ("now", "arrivals", "options", "expected"),
    [
        # Near the door: quarters of an hour, at least a quarter wide.
        (600, (10.1, 10.2, 10.3), {"is_out": True}, ("Wed 10:00", "Wed 10:15", "Wed 10:30", "quarter_hours")),
        (600, (10.0, 10.0, 10.0), {"is_out": True}, ("Wed 10:00", "Wed 10:00", "Wed 10:15", "quarter_hours")),
        # Some hours ahead: half hours.
        (600, (14, 15, 17), {"is_out": True}, ("Wed 14:00", "Wed 15:00", "Wed 17:00", "half_hours")),
        # At night a door is closed: the next morning, as long after the opening as a van takes.
        (30, (1, 3.9, 9), {}, ("Wed 08:00", "Wed 10:30", "Wed 21:00", "day")),
        # Sixteen hours ahead with low confidence, ten minutes wide: the whole day.
        (30, (16.6, 16.7, 16.8), {"confidence": "low"}, ("Wed 08:00", "Wed 16:45", "Wed 21:00", "day")),
        # Tomorrow, inside one part of the day.
        (1200, (33, 34, 35.5), {}, ("Thu 08:00", "Thu 10:00", "Thu 12:00", "part_of_day")),
        (1380, (37, 37.1, 38), {}, ("Thu 12:00", "Thu 13:00", "Thu 17:00", "part_of_day")),
        # Over days: by the last of them.
        (600, (34, 37, 60), {"confidence": "medium"}, ("Thu 08:00", "Thu 13:00", "Fri 21:00", "by_day")),
        # On the van when the hours end: the rest of them are too short for what is not known.
        (1250, (20.9, 20.95, 21), {"is_out": True}, ("Wed 20:45", "Wed 21:00", "Thu 21:00", "by_day")),
        (1200, (21.2, 21.5, 22), {"is_out": True}, ("Thu 08:00", "Thu 10:30", "Thu 21:00", "day")),
        # A window that the closing cuts is made as wide as it must be towards the earlier side.
        (1080, (20, 20.5, 22), {"is_out": True}, ("Wed 20:00", "Wed 20:30", "Wed 21:00", "quarter_hours")),
    ],
)
def test_a_window_is_rounded_as_people_speak(now, arrivals, options, expected):
    assert describe(show(now, arrivals, **options)) == expected


def test_a_window_that_falls_on_a_holiday_moves_to_the_next_working_day():
    republic_day = count_minutes(datetime(2026, 1, 26, tzinfo=IST))
    moved = move_into_hours(
        Minutes(*(republic_day + hour * 60 for hour in (9, 10, 11))), TOUR, HOURS, is_out=True
    )
    assert [clock(to_moment(minute)) for minute in moved] == ["Tue 08:30", "Tue 10:30", "Tue 15:00"]


def test_a_parcel_that_misses_the_cut_off_comes_the_next_working_day():
    hub = DeliveryCalendar(cut_off_min=9 * 60)
    moved = [
        move_into_hours(Minutes(*(MIDNIGHT + hour * 60 for hour in hours)), TOUR, hub, is_out=False)
        for hours in ((9, 11, 15), (10, 13, 17))
    ]
    assert [[clock(to_moment(minute)) for minute in window] for window in moved] == [
        ["Wed 09:00", "Wed 11:00", "Wed 15:00"],
        ["Thu 08:30", "Thu 10:30", "Thu 15:00"],
    ]


SHOWN = show(600, (14, 15, 17), is_out=True)


def shifted(minutes, **fields):
    span = timedelta(minutes=minutes)
    return msgspec.structs.replace(SHOWN, from_=SHOWN.from_ + span, to=SHOWN.to + span, **fields)


@pytest.mark.parametrize(
    ("later_min", "shift_min", "changes"),
    [(5, 30, False), (5, 31, True), (5, -31, True), (59, 15, False), (60, 15, True), (60, 0, False)],
)
def test_a_shown_window_changes_once_an_hour_unless_it_moves_by_more_than_half_an_hour(
    later_min, shift_min, changes
):
    at = SHOWN.shown_at + timedelta(minutes=later_min)
    new = shifted(shift_min, shown_at=at)
    assert hold_window(SHOWN, new, at) is (new if changes else SHOWN)


def test_a_window_that_has_passed_is_replaced_at_once():
    new = shifted(15)
    assert hold_window(SHOWN, new, SHOWN.to) is new
    assert hold_window(None, new, SHOWN.shown_at) is new


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        (16.9, ("Wed 14:00", "Wed 15:00", "Wed 17:00", None)),
        (17.1, ("Wed 17:00", "Wed 19:00", "Wed 21:00", "overdue")),
        (19.9, ("Wed 19:45", "Wed 20:30", "Wed 21:00", "overdue")),
        (20.1, ("Thu 08:00", "Thu 14:30", "Thu 21:00", "overdue")),
        (23.0, ("Thu 08:00", "Thu 14:30", "Thu 21:00", "overdue")),
        (30.0, ("Thu 08:00", "Thu 14:30", "Thu 21:00", "overdue")),
    ],
)
def test_a_window_that_has_passed_becomes_the_rest_of_the_day_or_the_next_working_day(hour, expected):
    said = say_at(SHOWN, to_moment(MIDNIGHT + hour * 60))
    assert (clock(said.from_), clock(said.at), clock(said.to), said.reason) == expected
    assert said.expected_by == (SHOWN.to if said.reason else None)


def test_a_window_said_again_twice_keeps_the_time_that_was_missed_first():
    once = say_at(SHOWN, to_moment(MIDNIGHT + 18 * 60))
    twice = say_at(once, to_moment(MIDNIGHT + 22 * 60))
    assert (clock(twice.from_), twice.expected_by) == ("Thu 08:00", SHOWN.to)


@pytest.mark.parametrize(
    ("promised", "now", "expected"),
    [
        (18, 10, ("Wed 08:00", "Wed 18:00", None)),
        (23, 10, ("Wed 08:00", "Wed 21:00", None)),
        (18, 18.5, ("Wed 18:30", "Wed 21:00", "overdue")),
        (18, 22, ("Thu 08:00", "Thu 21:00", "overdue")),
        # The end of a day is a promise for that day, and not for the next one.
        (24, 10, ("Wed 08:00", "Wed 21:00", None)),
        (24, 21.5, ("Thu 08:00", "Thu 21:00", None)),
        (24, 24.1, ("Thu 08:00", "Thu 21:00", "overdue")),
        # Before the opening nobody gets anything, and afterwards the promise is broken.
        (7, 3, ("Wed 08:00", "Wed 21:00", None)),
        (7, 9, ("Wed 09:00", "Wed 21:00", "overdue")),
    ],
)
def test_a_promise_leads_to_a_window_where_nothing_is_predicted(promised, now, expected):
    moments = (to_moment(MIDNIGHT + hour * 60) for hour in (promised, now))
    said = say_promised(*moments, HOURS)
    assert (clock(said.from_), clock(said.to), said.reason) == expected


def test_a_promise_of_a_day_off_is_broken_once_it_has_ended():
    sundays_off = DeliveryCalendar(days="123456")
    sunday = MIDNIGHT - 3 * 1440
    promised, before, after = (to_moment(sunday + hour * 60) for hour in (18, 10, 19))
    said = [say_promised(promised, now, sundays_off) for now in (before, after)]
    assert [(clock(each.from_), each.reason, each.expected_by) for each in said] == [
        ("Mon 08:00", None, None),
        ("Mon 08:00", "overdue", promised),
    ]


def test_no_promise_is_said_to_have_ended_before_it_has():
    said = say_promised(to_moment(MIDNIGHT + 23 * 60), to_moment(MIDNIGHT + 21.5 * 60), HOURS)
    assert (said.reason, clock(said.expected_by)) == ("overdue", "Wed 21:00")


_HOURS = st.tuples(st.integers(0, 10 * 60), st.integers(3 * 60, 13 * 60)).map(
    lambda hours: (hours[0], min(hours[0] + hours[1], 24 * 60))
)
_CALENDARS = st.builds(
    lambda hours, days, region, kept, loading: DeliveryCalendar(
        opens_min=hours[0],
        closes_min=hours[1],
        days="".join(sorted(days)),
        region=region,
        holidays_kept=kept,
        hub_opens_min=loading[0],
        hub_closes_min=loading[1],
        cut_off_min=loading[2],
    ),
    _HOURS,
    st.sets(st.sampled_from("1234567"), min_size=1),
    st.sampled_from([None, *REGIONS]),
    st.sampled_from(["state", "national", "none"]),
    st.tuples(*[st.none() | st.integers(0, 1439)] * 3),
)


@given(
    calendar=_CALENDARS,
    now=st.integers(
        count_minutes(datetime(2025, 1, 1, tzinfo=IST)), count_minutes(datetime(2028, 1, 1, tzinfo=IST))
    ),
    spans=st.lists(st.floats(0, 6 * 1440), min_size=3, max_size=3).map(sorted),
    tour=st.lists(st.floats(1, 900), min_size=3, max_size=3).map(sorted),
    confidence=st.sampled_from(sorted(LEAST_WIDTH)),
    age_and_is_out=st.tuples(st.none() | st.floats(0, 6000), st.booleans()),
    read_after=st.integers(0, 20 * 1440),
)
def test_no_shown_window_is_outside_delivery_hours_too_narrow_or_in_the_past(
    calendar, now, spans, tour, confidence, age_and_is_out, read_after
):
    arrivals, (age, is_out) = Minutes(*(now + span for span in spans)), age_and_is_out
    moved = move_into_hours(arrivals, Minutes(*tour), calendar, is_out=is_out)
    assert list(moved) == sorted(moved)
    basis = ShownBasis(confidence=confidence, remaining_min=spans[1], age_min=age)
    shown = make_shown_window(moved, basis, to_moment(now), calendar)
    read_at = to_moment(now + read_after)
    for window, moment in ((shown, to_moment(now)), (say_at(shown, read_at), read_at)):
        ends = [count_minutes(end) for end in (window.from_, window.at, window.to)]
        assert all(calendar.is_open(end) for end in (ends[0], ends[2]))
        assert ends == sorted(ends)
        assert ends[0] < ends[2]
        assert window.to > moment
    assert count_minutes(shown.to) - count_minutes(shown.from_) >= basis.least_min - 1e-6
