"""Windows on the customer's page: heading, hours, likely time and reason, for each way to say a window."""

from datetime import timedelta

import msgspec
import pytest

from tests.tracking.pages.examples import NOW, make_state
from tracking.answer import public_answer
from tracking.domain.delay import Delay
from tracking.domain.events import Eta, Window
from tracking.domain.shown_window import ShownWindow
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
