"""Every status has texts on the customer's page, on each leg, late or not."""

import itertools
from typing import get_args

import msgspec
import pytest
from django.utils import translation

from tests.tracking.pages.examples import ETA, NOW, PROMISED, make_state
from tracking.answer import public_answer
from tracking.domain.attempt_evidence import Doubt
from tracking.domain.delay import Delay, DelayCause
from tracking.domain.status import SUBSTATUSES, Direction, Status
from tracking.eta.recipient_view import VanNearby
from tracking.pages.late_reason import say_lateness_to_staff
from tracking.pages.state_texts import LINES, NEXT
from tracking.pages.view import describe
from tracking.translation import LANGUAGES

CODES = [(status, substatus) for status in Status for substatus in (None, *sorted(SUBSTATUSES[status]))]
DELAYS = [Delay(), *(Delay(phase="late_certain", minutes=54, cause=cause) for cause in get_args(DelayCause))]


@pytest.mark.parametrize(("status", "substatus"), CODES, ids=str)
def test_every_code_has_a_heading_on_each_leg_late_or_not_with_and_without_a_window(status, substatus):
    for direction, delay, eta, promised in itertools.product(
        Direction, DELAYS, (None, ETA), (None, PROMISED)
    ):
        state = make_state(
            str(status), substatus, direction=direction, delay=delay, eta=eta, promised=promised
        )
        assert describe(public_answer(state), NOW).card.h1


@pytest.mark.parametrize(("status", "substatus"), [("attempt_failed", "not_home"), ("delivered", "signed")])
def test_a_report_in_doubt_is_not_repeated_but_said_to_be_checked(status, substatus):
    state = make_state(status, substatus)
    reported = describe(public_answer(state), NOW).card
    doubt = Doubt(
        event_id="e", status=state.status, attempted_at=state.status_at, computed_at=state.status_at
    )
    checked = {}
    for language in LANGUAGES:
        with translation.override(language):
            checked[language] = describe(
                public_answer(msgspec.structs.replace(state, doubts=(doubt,))), NOW
            ).card
    assert reported.window != "We are checking this."
    assert checked["en"] == reported._replace(window="We are checking this.")
    assert {language: card.window for language, card in checked.items()} == {
        "en": "We are checking this.",
        "hi": "हम इसकी जाँच कर रहे हैं।",
        "ta": "இதை நாங்கள் சரிபார்த்து வருகிறோம்.",
    }


def describe_late(**fields):
    late = Delay(phase="late_certain", minutes=54, cause="reported")
    return describe(public_answer(make_state("in_transit", delay=late, **fields)), NOW)


def test_late_is_said_only_beside_a_new_time():
    view = describe_late(eta=None, promised=None)
    assert (view.state, view.pill, view.card.h1, view.card.line) == (
        "on_the_way",
        "On the way",
        "On the way",
        "The driver has reported a delay.",
    )
    assert view.card.next == ("This page shows the new time as soon as we know it.",)
    view = describe_late(eta=ETA)
    assert (view.state, view.pill, view.card.h1) == ("delayed", "Delayed", "Now arriving today")


def make_late_again(**fields):
    """Make a parcel that is out for delivery again after a failed attempt, past its promise."""
    failed = make_state("attempt_failed", "cod_not_ready", hours_ago=0.3)
    again = make_state("out_for_delivery", "loaded").journey[-1:]
    late = Delay(phase="late_certain", minutes=54, cause="promise")
    journey = (*failed.journey, *again)
    return make_state("out_for_delivery", "loaded", journey=journey, attempts=1, delay=late, **fields)


@pytest.mark.parametrize("eta", [None, ETA])
def test_a_late_parcel_names_the_failed_attempt_locked_and_unlocked_and_to_staff(eta):
    state = make_late_again(eta=eta)
    reason = "We came, but could not deliver. The payment was not ready."
    near = VanNearby(12.3, 76.6, NOW, stops_ahead=2, pin_lat=12.3, pin_lon=76.6)
    at_door = msgspec.structs.replace(near, is_at_door=True)
    cards = [
        describe(public_answer(state), NOW, *seen).card
        for seen in ((), (near, ""), (near, "Fatima"), (at_door, "Fatima"))
    ]
    with_driver = f"{reason} Fatima is bringing it."
    assert [card.line for card in cards] == [reason, reason, with_driver, with_driver]
    assert say_lateness_to_staff(state) == "Payment not ready"


def test_a_late_parcel_that_was_held_says_why():
    late = Delay(phase="late_certain", minutes=54, cause="promise")
    held = make_state("on_hold", "weather", place="Mandya, Karnataka")
    gone_on = make_state("in_transit", journey=held.journey, delay=late, eta=ETA)
    assert describe(public_answer(gone_on), NOW).card.line == "Reason for the delay: Bad weather."
    stalled = make_state("in_transit", delay=late, is_stalled=True)
    quiet = make_state("in_transit", delay=late)
    reasons = [say_lateness_to_staff(state) for state in (gone_on, stalled, quiet)]
    assert reasons == ["Bad weather", "No scan for too long", "No attempt was made by the promised time"]


def test_steps_of_the_journey_keep_their_reasons():
    state = make_state("attempt_failed", "not_home")
    gone_on = make_state(
        "delivered",
        "to_neighbour",
        journey=(*state.journey, *make_state("delivered", "to_neighbour").journey[-1:]),
    )
    reasons = [step.reason for step in describe(public_answer(gone_on), NOW).journey]
    assert reasons == ["Left with a neighbour.", "Nobody was at home.", *[""] * 7]


def test_the_reason_of_a_report_in_doubt_is_not_on_the_journey():
    state = make_state("attempt_failed", "not_home")
    doubt = Doubt(
        event_id="e", status=state.status, attempted_at=state.status_at, computed_at=state.status_at
    )
    doubted = msgspec.structs.replace(state, doubts=(doubt,))
    views = [describe(public_answer(each), NOW) for each in (state, doubted)]
    assert [view.journey[0].reason for view in views] == ["Nobody was at home.", ""]


def test_no_next_step_says_that_nothing_is_to_be_done_since_money_may_be_due_and_requests_are_open():
    """A payment on delivery and an open request stand beside these sentences, which do not know of them."""
    assert [code for code, text in NEXT.items() if "need not" in text or "nothing to do" in text] == []


def test_no_line_of_a_status_names_a_day_since_the_window_does():
    assert [code for code, text in LINES.items() if "today" in text or "tomorrow" in text] == []
