"""Lateness: entered after repeated evidence, left with hysteresis, notified within the budget."""

import itertools
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.events import at
from tracking.domain.delay import (
    COOLDOWN,
    MESSAGE_BUDGET,
    Delay,
    Evidence,
    evaluate_delay,
    may_notify_clearing,
    report_delay,
)

PROMISED = at(600)


def evaluate(delay, minute, p_late, *, trusted=True, **known):
    return evaluate_delay(delay, Evidence(at(minute), PROMISED, p_late=p_late, trusted=trusted, **known))


FRESH = Delay()


def evaluate_all(*chances, delay=FRESH, **known):
    """Return the phase after each evaluation of (minute, chance), and the delay after the last one."""
    phases = []
    for minute, p_late in chances:
        delay = evaluate(delay, minute, p_late, **known)
        phases.append(delay.phase)
    return phases, delay


def test_lateness_is_entered_after_three_evaluations_in_a_row_find_it_likely():
    phases, _ = evaluate_all((0, 0.8), (5, 0.75), (10, 0.9))
    assert phases == ["on_time", "on_time", "late_likely"]


def test_an_unlikely_evaluation_in_between_resets_the_count():
    phases, _ = evaluate_all((0, 0.8), (5, 0.8), (10, 0.6), (15, 0.8), (20, 0.8), (25, 0.8))
    assert phases == ["on_time"] * 5 + ["late_likely"]


def test_pings_within_five_minutes_count_as_one_evaluation():
    phases, _ = evaluate_all(*((second / 60, 0.9) for second in range(0, 290, 30)))
    assert set(phases) == {"on_time"}


def test_an_untrusted_chance_is_stored_and_decides_nothing():
    phases, delay = evaluate_all(*((minute, 0.9) for minute in range(0, 60, 5)), trusted=False)
    assert (set(phases), delay.p_late, delay.notified_count) == ({"on_time"}, 0.9, 0)


def test_lateness_is_left_after_four_evaluations_and_never_within_the_cooldown():
    _, late = evaluate_all((0, 0.9), (5, 0.9), (10, 0.9))
    phases, delay = evaluate_all(*((minute, 0.1) for minute in range(15, 45, 5)), delay=late)
    assert phases == ["late_likely"] * 5 + ["on_time"]
    assert (delay.notified_count, delay.minutes, delay.since) == (2, 0, None)


def test_lateness_is_certain_once_the_promise_has_passed_without_an_attempt():
    delay = evaluate(Delay(), 601, None, trusted=False)
    assert (delay.phase, delay.cause, delay.p_late) == ("late_certain", "promise", 1.0)
    assert delay.notified_count == 1


def test_lateness_is_certain_if_the_whole_window_lies_past_the_promise():
    delay = evaluate(Delay(), 300, 0.2, p10_at=at(610), p50_at=at(645))
    assert (delay.phase, delay.cause, delay.minutes) == ("late_certain", "eta", 45)


def test_likely_lateness_that_becomes_certain_is_not_notified_again():
    _, late = evaluate_all((0, 0.9), (5, 0.9), (10, 0.9))
    certain = evaluate(late, 12, None, p10_at=at(610), p50_at=at(645))
    assert (certain.phase, certain.episode, certain.notified_count) == ("late_certain", 1, 1)


def test_an_attempt_in_time_keeps_the_promise_for_good():
    _, late = evaluate_all((0, 0.9), (5, 0.9), (10, 0.9))
    attempted = evaluate(late, 500, None, attempted=True)
    after = evaluate(attempted, 700, None, attempted=True)
    assert (attempted.phase, after.phase) == ("on_time", "on_time")


def test_an_attempt_after_the_promise_leaves_the_shipment_late():
    late = evaluate(Delay(), 601, None)
    assert evaluate(late, 640, None, attempted=True).phase == "late_certain"


def test_a_chance_from_a_clock_event_counts_at_once():
    assert evaluate(Delay(), 100, 0.9, clock=True).phase == "late_likely"


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
    departed = evaluate(Delay(), 0, 0.42, departs=True)
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
            Evidence(moment, PROMISED, p10_at=p10, p50_at=p10, p_late=p_late, trusted=True, clock=clock),
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


@pytest.mark.parametrize(
    ("p_late", "above", "below"),
    [(0.701, 1, 0), (0.70, 0, 0), (0.5, 0, 0), (0.30, 0, 0), (0.299, 0, 1), (0.0, 0, 1)],
)
def test_a_chance_above_seven_tenths_counts_for_lateness_and_one_below_three_tenths_against_it(
    p_late, above, below
):
    assert evaluate(Delay(), 0, p_late) == Delay(above=above, below=below, p_late=p_late, evaluated_at=at(0))


def test_evaluations_are_counted_up_to_the_limit_and_one_of_a_clock_event_reaches_it_at_once():
    _, above = evaluate_all(*((5 * n, 0.9) for n in range(9)), trusted=False)
    _, below = evaluate_all(*((5 * n, 0.1) for n in range(9)))
    by_clock = evaluate(Delay(), 0, 0.1, clock=True)
    assert [(one.above, one.below) for one in (above, below, by_clock)] == [(3, 0), (0, 4), (0, 4)]


@pytest.mark.parametrize(("minutes", "above"), [(4.99, 1), (5, 2)])
def test_a_chance_is_counted_again_after_five_minutes(minutes, above):
    assert evaluate(evaluate(Delay(), 0, 0.9), minutes, 0.9).above == above


def test_a_chance_is_rounded_to_four_decimals():
    departed = evaluate(Delay(), 0, 0.123456, departs=True)
    assert (departed.p_late, departed.p_at_dispatch) == (0.1235, 0.1235)
    again = evaluate(departed, 5, 0.9, departs=True)
    assert (again.p_late, again.p_at_dispatch) == (0.9, 0.1235)
    assert evaluate(Delay(), 0, 0.9).p_at_dispatch is None


def test_an_entered_delay_has_its_cause_its_start_and_its_notification():
    _, delay = evaluate_all((0, 0.9), (5, 0.9), (10, 0.9), p50_at=at(645))
    assert delay == Delay(
        phase="late_likely",
        minutes=45,
        cause="eta",
        since=at(10),
        p_late=0.9,
        above=3,
        below=0,
        notified_count=1,
        notified_at=at(10),
        is_notified=True,
        episode=1,
        evaluated_at=at(10),
    )


def test_a_delay_that_is_left_has_no_minutes_cause_or_start():
    _, late = evaluate_all((0, 0.9), (5, 0.9), (10, 0.9), p50_at=at(645))
    _, left = evaluate_all(*((minute, 0.1) for minute in range(15, 45, 5)), delay=late)
    assert left == Delay(
        p_late=0.1, above=0, below=4, notified_count=2, notified_at=at(40), episode=1, evaluated_at=at(40)
    )


@pytest.mark.parametrize(("minutes", "phase"), [(29.99, "late_likely"), (30, "on_time")])
def test_lateness_is_left_thirty_minutes_after_its_notification_at_the_earliest(minutes, phase):
    late = Delay(phase="late_likely", below=3, notified_count=1, notified_at=at(0), is_notified=True)
    assert evaluate(late, minutes, 0.1).phase == phase


@pytest.mark.parametrize(("minutes", "phase"), [(29.99, "on_time"), (30, "late_likely")])
def test_lateness_is_entered_again_thirty_minutes_after_the_last_notification(minutes, phase):
    assert evaluate(Delay(above=2, notified_count=1, notified_at=at(0)), minutes, 0.9).phase == phase


def test_certain_lateness_has_a_chance_of_95_percent_before_the_promise_and_of_one_after_it():
    by_window = evaluate(Delay(below=2), 300, 0.2, p10_at=at(610), p50_at=at(645))
    assert by_window == Delay(
        phase="late_certain",
        minutes=45,
        cause="eta",
        since=at(300),
        p_late=0.95,
        notified_count=1,
        notified_at=at(300),
        is_notified=True,
        episode=1,
        evaluated_at=at(300),
    )
    assert evaluate(by_window, 610, None).p_late == 1.0


def test_a_reported_delay_that_becomes_certain_stays_one_episode():
    reported = report_delay(Delay(), at(3))
    certain = evaluate(reported, 601, None)
    assert certain == Delay(
        phase="late_certain",
        minutes=1,
        cause="reported",
        since=at(3),
        p_late=1.0,
        notified_count=1,
        notified_at=at(3),
        is_notified=True,
        episode=1,
        evaluated_at=at(601),
        reported=True,
    )


def test_a_report_of_a_known_delay_is_not_notified_again():
    _, late = evaluate_all((0, 0.9), (5, 0.9), (10, 0.9))
    reported = report_delay(late, at(12))
    assert (reported.reported, reported.notified_count, reported.episode, reported.cause) == (
        True,
        1,
        1,
        "eta",
    )


def test_a_reported_delay_stays_active_when_the_window_is_on_time_again():
    _, late = evaluate_all((0, 0.9), (5, 0.9), (10, 0.9))
    _, left = evaluate_all(*((minute, 0.1) for minute in range(15, 45, 5)), delay=report_delay(late, at(12)))
    assert (left.phase, left.is_active, left.since, left.is_notified, left.notified_count) == (
        "on_time",
        True,
        at(10),
        True,
        2,
    )


@pytest.mark.parametrize(
    ("is_notified", "count", "may"), [(True, 2, True), (True, 3, False), (False, 0, False)]
)
def test_the_end_of_a_delay_is_notified_if_its_start_was_and_the_budget_allows_it(is_notified, count, may):
    assert may_notify_clearing(Delay(is_notified=is_notified, notified_count=count)) is may


@pytest.mark.parametrize(("minute", "phase"), [(600, "on_time"), (600.1, "late_likely")])
def test_an_attempt_keeps_the_promise_up_to_its_last_instant(minute, phase):
    _, late = evaluate_all((0, 0.9), (5, 0.9), (10, 0.9))
    assert evaluate(late, minute, None, attempted=True).phase == phase
