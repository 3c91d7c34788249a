"""Lateness: entered after repeated evidence, left with hysteresis, notified within the budget."""

import itertools
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.events import at
from tracking.domain.delay import COOLDOWN, MESSAGE_BUDGET, Delay, Evidence, evaluate_delay, report_delay

PROMISED = at(600)


def evaluate(delay, minute, p_late, *, is_trusted=True, **known):
    return evaluate_delay(
        delay, Evidence(at(minute), PROMISED, p_late=p_late, is_trusted=is_trusted, **known)
    )


FRESH = Delay()


def evaluate_all(*chances, delay=FRESH, **known):
    """Return the phase after each evaluation of (minute, chance), and the delay after the last one."""
    phases = []
    for minute, p_late in chances:
        delay = evaluate(delay, minute, p_late, **known)
        phases.append(delay.phase)
    return phases, delay


def test_lateness_is_entered_after_three_evaluations_in_a_row_find_it_likely():
    phases, delay = evaluate_all((0, 0.8), (5, 0.75), (10, 0.9))
    assert phases == ["on_time", "on_time", "late_likely"]
    assert (delay.episode, delay.notified_count, delay.notified_at, delay.since, delay.is_notified) == (
        1,
        1,
        at(10),
        at(10),
        True,
    )


def test_an_unlikely_evaluation_in_between_resets_the_count():
    phases, _ = evaluate_all((0, 0.8), (5, 0.8), (10, 0.6), (15, 0.8), (20, 0.8), (25, 0.8))
    assert phases == ["on_time"] * 5 + ["late_likely"]


def test_pings_within_five_minutes_count_as_one_evaluation():
    phases, _ = evaluate_all(*((second / 60, 0.9) for second in range(0, 290, 30)))
    assert set(phases) == {"on_time"}


def test_an_untrusted_chance_is_stored_and_decides_nothing():
    phases, delay = evaluate_all(*((minute, 0.9) for minute in range(0, 60, 5)), is_trusted=False)
    assert (set(phases), delay.p_late, delay.notified_count) == ({"on_time"}, 0.9, 0)


def test_lateness_is_left_after_four_evaluations_and_never_within_the_cooldown():
    _, late = evaluate_all((0, 0.9), (5, 0.9), (10, 0.9))
    phases, delay = evaluate_all(*((minute, 0.1) for minute in range(15, 45, 5)), delay=late)
    assert phases == ["late_likely"] * 5 + ["on_time"]
    assert (delay.notified_count, delay.minutes, delay.since) == (2, 0, None)


def test_lateness_is_certain_once_the_promise_has_passed_without_an_attempt():
    delay = evaluate(Delay(), 601, None, is_trusted=False)
    assert (delay.phase, delay.cause, delay.notified_count, delay.p_late) == (
        "late_certain",
        "promise",
        1,
        1.0,
    )


def test_lateness_is_certain_if_the_whole_window_lies_past_the_promise():
    delay = evaluate(Delay(), 300, 0.2, p10_at=at(610), p50_at=at(645))
    assert (delay.phase, delay.cause, delay.minutes) == ("late_certain", "eta", 45)


def test_likely_lateness_that_becomes_certain_is_not_notified_again():
    _, late = evaluate_all((0, 0.9), (5, 0.9), (10, 0.9))
    certain = evaluate(late, 12, None, p10_at=at(610), p50_at=at(645))
    assert (certain.phase, certain.episode, certain.notified_count) == ("late_certain", 1, 1)


def test_an_attempt_in_time_keeps_the_promise_for_good():
    _, late = evaluate_all((0, 0.9), (5, 0.9), (10, 0.9))
    attempted = evaluate(late, 500, None, is_attempted=True)
    after = evaluate(attempted, 700, None, is_attempted=True)
    assert (attempted.phase, after.phase) == ("on_time", "on_time")


def test_an_attempt_after_the_promise_leaves_the_shipment_late():
    late = evaluate(Delay(), 601, None)
    assert evaluate(late, 640, None, is_attempted=True).phase == "late_certain"


def test_a_chance_from_a_clock_event_counts_at_once():
    assert evaluate(Delay(), 100, 0.9, is_clock_event=True).phase == "late_likely"


def test_a_reported_delay_is_notified_once_and_counts_against_the_budget():
    reported = report_delay(Delay(), at(3))
    assert (reported.is_active, reported.notified_count, reported.cause, reported.episode) == (
        True,
        1,
        "reported",
        1,
    )
    assert report_delay(reported, at(9)) is reported


def test_the_chance_at_dispatch_is_kept():
    departed = evaluate(Delay(), 0, 0.42, is_departure=True)
    assert evaluate(departed, 60, 0.8).p_at_dispatch == 0.42


evaluations = st.lists(
    st.tuples(
        st.floats(0.1, 40),
        st.floats(0, 1),
        st.none() | st.floats(-100, 100),
        st.sampled_from([False, False, False, False, True]),
    ),
    max_size=150,
)


@given(evaluations)
def test_no_sequence_of_evaluations_notifies_more_often_than_the_budget_allows(sequence):
    delay, minute, notified = Delay(), 0.0, []
    for step, p_late, past, clock in sequence:
        minute += step
        moment = at(minute)
        p10 = None if past is None else max(moment, PROMISED + timedelta(minutes=past))
        before = delay
        delay = evaluate_delay(
            delay,
            Evidence(
                moment, PROMISED, p10_at=p10, p50_at=p10, p_late=p_late, is_trusted=True, is_clock_event=clock
            ),
        )
        if delay.notified_count > before.notified_count:
            notified.append((moment, delay.phase))
    assert len(notified) == delay.notified_count <= MESSAGE_BUDGET
    for (earlier, _), (later, phase) in itertools.pairwise(notified):
        assert later - earlier >= COOLDOWN or phase == "late_certain"


@pytest.mark.parametrize("episodes", [4])
def test_beyond_the_budget_lateness_is_entered_and_not_notified(episodes):
    delay, minute, entered = Delay(), 0, []
    while delay.episode < episodes and minute < 590:
        p_late = 0.9 if delay.phase == "on_time" else 0.1
        before, delay = delay, evaluate(delay, minute, p_late)
        if delay.episode > before.episode:
            entered.append((delay.phase, delay.is_notified))
        minute += 5
    assert entered == [
        ("late_likely", True),
        ("late_likely", True),
        ("late_likely", False),
        ("late_likely", False),
    ]
