"""Windows on the customer's page: heading, hours, likely time and reason, for each way to say a window."""

import re
from datetime import timedelta

import msgspec
import pytest

from tests.tracking.pages.examples import NOW, make_state
from tracking.answer import public_answer
from tracking.domain.calendars import DAY_MIN, DeliveryCalendar, count_minutes, to_moment
from tracking.domain.delay import Delay
from tracking.domain.events import Eta, Window
from tracking.domain.shown_basis import ShownBasis
from tracking.domain.shown_window import Minutes, ShownWindow, make_shown_window, move_into_hours
from tracking.pages.view import describe

# Tuesday 24 November 2026, 6 am in India; the page is read at 6:52 am.
SIX = NOW - timedelta(minutes=52)


def ahead(hours: float):
    return SIX + timedelta(hours=hours)


def make_eta(start, end, code, **fields):
    shown = ShownWindow(
        from_=ahead(start), at=ahead((start + end) / 2), to=ahead(end), text_code=code, **fields
    )
    return Eta(from_=ahead(start), at=ahead(start), to=ahead(end), confidence="high", shown=shown)


def read_card(eta, hours=0.0, status="in_transit", **fields):
    """Return heading, hours and line of the card as read `hours` after now, in plain spaces."""
    card = describe(public_answer(make_state(status, eta=eta, **fields)), NOW + timedelta(hours=hours)).card
    return tuple(text.replace("\u00a0", " ") for text in (card.h1, card.window, card.line))


QUARTERS = make_eta(4, 5.5, "quarter_hours")
SURE = "We are confident about this time."


@pytest.mark.parametrize(
    ("eta", "hours", "expected"),
    [
        (
            QUARTERS,
            0,
            ("Arriving today", "10 am – 11:30 am · most likely 10:45 am", SURE),
        ),
        (
            QUARTERS,
            3.5,
            ("Arriving today", "By 11:30 am · most likely 10:45 am", SURE),
        ),
        (QUARTERS, 4, ("Arriving today", "By 11:30 am", SURE)),
        (make_eta(26, 30, "part_of_day"), 0, ("Arriving tomorrow", "In the morning", SURE)),
        (make_eta(30, 35, "part_of_day"), 0, ("Arriving tomorrow", "In the afternoon", SURE)),
        (make_eta(35, 39, "part_of_day"), 0, ("Arriving tomorrow", "In the evening", SURE)),
        (make_eta(26, 39, "day"), 0, ("Arriving tomorrow", "8 am – 9 pm", SURE)),
        (make_eta(2, 63, "by_day"), 0, ("Arriving by Thursday", "Tue 8 am – Thu 9 pm", SURE)),
        (make_eta(2, 63, "by_day"), 26, ("Arriving by tomorrow", "By Thu 9 pm", SURE)),
        (make_eta(2, 63, "by_day"), 50, ("Arriving today", "By 9 pm", SURE)),
        (
            make_eta(26, 39, "day", reason="closed"),
            0,
            ("Arriving tomorrow", "8 am – 9 pm", "We deliver from 8 am to 9 pm."),
        ),
        (
            QUARTERS,
            6,
            ("Arriving today", "By 9 pm", "We expected it by 11:30 am. It is taking longer."),
        ),
        (
            QUARTERS,
            14,
            ("Arriving tomorrow", "8 am – 9 pm", "We expected it by 11:30 am. It is taking longer."),
        ),
        (
            QUARTERS,
            40,
            ("Arriving tomorrow", "8 am – 9 pm", "We expected it by Tue 24 Nov. It is taking longer."),
        ),
    ],
)
def test_the_page_says_a_window_as_people_do(eta, hours, expected):
    assert read_card(eta, hours) == expected


@pytest.mark.parametrize(
    ("eta", "heading"),
    [
        (QUARTERS, ("Arriving today 10 am – 11:30 am", "Most likely 10:45 am")),
        (make_eta(2, 15, "day"), ("Arriving today", "8 am – 9 pm")),
        (make_eta(26, 63, "by_day"), ("Arriving by Thursday", "Wed 8 am – Thu 9 pm")),
    ],
)
def test_out_for_delivery_clock_times_are_in_the_heading(eta, heading):
    assert read_card(eta, status="out_for_delivery")[:2] == heading


AROUND_THE_CLOCK = DeliveryCalendar(opens_min=0, closes_min=DAY_MIN - 1, holidays_kept="none")
ONE = r"\d{1,2}(?::\d\d)? [ap]m"
CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))? (am|pm)")
WIDE = {("Arriving today", ""), ("Arriving by tomorrow", ""), ("Arriving tomorrow", "In the morning")}


def ride(now, minutes, calendar):
    """Return the card, as read at `now`, of a parcel on the van that comes after P10 to P90 `minutes`."""
    at = count_minutes(now)
    arrivals = Minutes(*(at + each for each in minutes))
    moved = move_into_hours(arrivals, Minutes(30, 150, 420), calendar, is_out=True)
    basis = ShownBasis(confidence="high", remaining_min=minutes[1], age_min=0.0)
    reason = "closed" if moved.p50 != arrivals.p50 else None
    shown = make_shown_window(moved, basis, now, calendar, reason)
    eta = Eta(from_=now, at=now, to=now, confidence="high", shown=shown)
    card = describe(public_answer(make_state("out_for_delivery", eta=eta), now=now), now).card
    return card.h1.replace("\u00a0", " "), card.window.replace("\u00a0", " ")


def find_clocks(text):
    """Return the clock times in a text as minutes of the day."""
    found = CLOCK.findall(text)
    return [int(hour) % 12 * 60 + int(minute or 0) + 720 * (half == "pm") for hour, minute, half in found]


@pytest.mark.parametrize("hour", range(24))
def test_at_every_hour_of_the_day_a_van_has_a_window_of_hours_in_which_it_delivers(hour):
    midnight = count_minutes(NOW) // DAY_MIN * DAY_MIN
    for minute in (hour * 60 + past for past in (0, 10, 25, 40, 55)):
        now = to_moment(midnight + minute)
        h1, window = ride(now, (12, 25, 40), AROUND_THE_CLOCK)
        start, *_, end = [minute, *find_clocks(h1)][-2:]
        day = "tomorrow" if start < minute else "today" if start < end else "tonight"
        assert re.fullmatch(rf"Arriving {day} (by {ONE}|{ONE} – {ONE})", h1), h1
        assert 40 <= (end - minute) % DAY_MIN <= 65
        assert re.fullmatch(f"Most likely {ONE}", window), window
        # A window of many hours is said by its day.
        assert ride(now, (100, 300, 600), AROUND_THE_CLOCK) in WIDE
        usual = find_clocks(" ".join(ride(now, (12, 25, 40), DeliveryCalendar())))
        assert usual
        assert all(8 * 60 <= clock <= 21 * 60 for clock in usual)


def test_a_window_over_midnight_is_said_as_one_night():
    late = to_moment(count_minutes(SIX) + 17 * 60 + 30)
    shown = ShownWindow(
        from_=late + timedelta(minutes=15),
        at=late + timedelta(minutes=30),
        to=late + timedelta(minutes=60),
        text_code="quarter_hours",
        calendar=AROUND_THE_CLOCK,
    )
    eta = Eta(from_=late, at=late, to=late, confidence="high", shown=shown)
    said = [
        (card.h1.replace("\u00a0", " "), card.window.replace("\u00a0", " "))
        for minutes in (0, 20, 40)
        for card in [
            describe(
                public_answer(make_state("out_for_delivery", eta=eta)), late + timedelta(minutes=minutes)
            ).card
        ]
    ]
    assert said == [
        ("Arriving tonight 11:45 pm – 12:30 am", "Most likely 12 am"),
        ("Arriving tonight by 12:30 am", "Most likely 12 am"),
        ("Arriving today by 12:30 am", ""),
    ]


LATE = Delay(phase="late_certain", minutes=54, cause="promise")
PROMISED = Window(from_=ahead(2), to=ahead(8))


@pytest.mark.parametrize(
    ("eta", "hours", "heading"),
    [
        (make_eta(26, 39, "day"), 0, ("Now arriving tomorrow", "8 am – 9 pm")),
        (make_eta(26, 63, "by_day"), 0, ("Now arriving by Thursday", "Wed 8 am – Thu 9 pm")),
        (QUARTERS, 6, ("Now arriving today", "By 9 pm")),
        (None, 0, ("Now arriving today", "8 am – 2 pm")),
        (None, 8, ("Now arriving today", "By 9 pm")),
        (None, 14, ("Now arriving tomorrow", "8 am – 9 pm")),
    ],
)
def test_a_delayed_parcel_has_a_new_time(eta, hours, heading):
    assert read_card(eta, hours, delay=LATE, promised=PROMISED)[:2] == heading


@pytest.mark.parametrize(
    ("code", "promised_to", "delay", "is_said"),
    [
        # The window ends at 11:30 am.
        ("quarter_hours", 5.5, Delay(), True),
        ("quarter_hours", 5.42, Delay(), False),
        ("quarter_hours", 5.25, Delay(), True),
        ("half_hours", 5.25, Delay(), False),
        ("half_hours", 5, Delay(), True),
        ("quarter_hours", 6, Delay(), True),
        ("quarter_hours", 5.42, LATE, True),
    ],
)
def test_a_promise_that_only_the_rounding_of_the_window_misses_is_not_said(code, promised_to, delay, is_said):
    promised = Window(from_=ahead(2), to=ahead(promised_to))
    state = make_state("in_transit", eta=make_eta(4, 5.5, code), promised=promised, delay=delay)
    assert bool(describe(public_answer(state), NOW).promised) is is_said


def test_a_delay_without_a_new_time_has_its_reason_and_not_the_word():
    card = read_card(None, delay=LATE, promised=None)
    assert card == ("On the way", "", "It did not arrive when promised. We are working on it.")


def test_a_page_and_an_api_client_read_the_same_window():
    eta, later = QUARTERS, NOW + timedelta(hours=6)
    state = make_state("in_transit", eta=eta)
    shown = public_answer(state, now=later)["eta"]["shown"]
    said = ShownWindow(
        from_=ahead(6.75), at=ahead(11), to=ahead(15), expected_by=ahead(5.5), reason="overdue"
    )
    again = make_state("in_transit", eta=msgspec.structs.replace(eta, shown=said))
    assert (shown["from"], shown["to"]) == ("2026-11-24T07:15:00.000Z", "2026-11-24T15:30:00.000Z")
    cards = [describe(public_answer(state), later).card for state in (state, again)]
    assert cards[0] == cards[1]


@pytest.mark.parametrize("substatus", ["arriving", "arrived"])
def test_no_window_stands_beside_a_van_at_the_door_outside_of_delivery_hours(substatus):
    eta = make_eta(2, 15, "day", reason="closed")
    loaded = read_card(eta, status="out_for_delivery", substatus="loaded")
    at_door = read_card(eta, status="out_for_delivery", substatus=substatus)
    assert (loaded[:2], at_door[:2]) == (("Arriving today", "8 am – 9 pm"), ("Out for delivery", ""))


@pytest.mark.parametrize(
    ("start", "end", "hours", "when"),
    [
        (26, 28, 0, "Wed 25 Nov, 8 am – 10 am"),
        (26, 28, 26, "Wed 25 Nov, by 10 am"),
        (26, 52, 26, "Thu 26 Nov, by 10 am"),
    ],
)
def test_the_next_attempt_is_said_without_a_time_that_is_past(start, end, hours, when):
    state = make_state("attempt_failed", eta=make_eta(start, end, "half_hours"), status_at=NOW)
    card = describe(public_answer(state), NOW + timedelta(hours=hours)).card
    assert card.next[0].replace("\u00a0", " ") == f"Next attempt: {when}."


@pytest.mark.parametrize(("hours", "window"), [(0, "Tue 24 Nov, 8 am – 2 pm"), (4, "Tue 24 Nov, by 2 pm")])
def test_a_promise_is_said_without_a_begin_that_is_past(hours, window):
    assert read_card(None, hours, "created", promised=PROMISED)[1] == window
    assert read_card(None, hours, "in_transit", promised=PROMISED)[1] == window
