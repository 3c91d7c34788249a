"""Lateness: told rarely, told early, never told more often than the budget allows."""

import itertools
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.events import at
from tracking.domain.delay import COOLDOWN, MESSAGE_BUDGET, Delay, Evidence, judge, report

PROMISED = at(600)


def look(delay, minute, p_late, *, trusted=True, **known):
    return judge(delay, Evidence(at(minute), PROMISED, p_late=p_late, trusted=trusted, **known))


FRESH = Delay()


def walk(*looks, delay=FRESH, **known):
    """The phases after looks at (minute, p)."""
    phases = []
    for minute, p_late in looks:
        delay = look(delay, minute, p_late, **known)
        phases.append(delay.phase)
    return phases, delay


def test_lateness_is_entered_when_three_looks_running_find_it_likely():
    phases, delay = walk((0, 0.8), (5, 0.75), (10, 0.9))
    assert phases == ["on_time", "on_time", "late_likely"]
    assert (delay.episode, delay.told, delay.told_at, delay.since, delay.is_told) == (
        1,
        1,
        at(10),
        at(10),
        True,
    )


def test_a_look_in_between_that_finds_it_unlikely_begins_the_count_anew():
    phases, _ = walk((0, 0.8), (5, 0.8), (10, 0.6), (15, 0.8), (20, 0.8), (25, 0.8))
    assert phases == ["on_time"] * 5 + ["late_likely"]


def test_pings_within_five_minutes_are_one_look():
    phases, _ = walk(*((second / 60, 0.9) for second in range(0, 290, 30)))
    assert set(phases) == {"on_time"}


def test_a_chance_that_may_not_be_trusted_is_kept_and_tells_nothing():
    phases, delay = walk(*((minute, 0.9) for minute in range(0, 60, 5)), trusted=False)
    assert (set(phases), delay.p_late, delay.told) == ({"on_time"}, 0.9, 0)


def test_lateness_is_left_after_four_looks_and_never_within_the_cooldown():
    _, late = walk((0, 0.9), (5, 0.9), (10, 0.9))
    phases, delay = walk(*((minute, 0.1) for minute in range(15, 45, 5)), delay=late)
    assert phases == ["late_likely"] * 5 + ["on_time"]
    assert (delay.told, delay.minutes, delay.since) == (2, 0, None)


def test_a_promise_that_has_passed_without_a_try_is_certain_at_once_and_without_history():
    delay = look(Delay(), 601, None, trusted=False)
    assert (delay.phase, delay.cause, delay.told, delay.p_late) == ("late_certain", "promise", 1, 1.0)


def test_a_window_that_lies_wholly_past_the_promise_is_certain_too():
    delay = look(Delay(), 300, 0.2, p10_at=at(610), p50_at=at(645))
    assert (delay.phase, delay.cause, delay.minutes) == ("late_certain", "eta", 45)


def test_what_was_likely_and_becomes_certain_is_not_told_again():
    _, late = walk((0, 0.9), (5, 0.9), (10, 0.9))
    certain = look(late, 12, None, p10_at=at(610), p50_at=at(645))
    assert (certain.phase, certain.episode, certain.told) == ("late_certain", 1, 1)


def test_a_try_in_time_keeps_the_promise_for_good():
    _, late = walk((0, 0.9), (5, 0.9), (10, 0.9))
    tried = look(late, 500, None, attempted=True)
    after = look(tried, 700, None, attempted=True)
    assert (tried.phase, after.phase) == ("on_time", "on_time")


def test_a_try_that_comes_too_late_leaves_it_late():
    late = look(Delay(), 601, None)
    assert look(late, 640, None, attempted=True).phase == "late_certain"


def test_silence_seen_by_the_clock_counts_at_once():
    assert look(Delay(), 100, 0.9, clock=True).phase == "late_likely"


def test_what_the_driver_says_is_told_once_and_counts_against_the_budget():
    reported = report(Delay(), at(3))
    assert (reported.active, reported.told, reported.cause, reported.episode) == (True, 1, "reported", 1)
    assert report(reported, at(9)) is reported


def test_the_chance_at_dispatch_is_kept():
    departed = look(Delay(), 0, 0.42, departs=True)
    assert look(departed, 60, 0.8).p_at_dispatch == 0.42


looks = st.lists(
    st.tuples(
        st.floats(0.1, 40),
        st.floats(0, 1),
        st.none() | st.floats(-100, 100),
        st.sampled_from([False, False, False, False, True]),
    ),
    max_size=150,
)


@given(looks)
def test_no_course_of_things_tells_more_than_the_budget(course):
    delay, minute, told = Delay(), 0.0, []
    for step, p_late, past, clock in course:
        minute += step
        moment = at(minute)
        p10 = None if past is None else max(moment, PROMISED + timedelta(minutes=past))
        before = delay
        delay = judge(
            delay,
            Evidence(moment, PROMISED, p10_at=p10, p50_at=p10, p_late=p_late, trusted=True, clock=clock),
        )
        if delay.told > before.told:
            told.append((moment, delay.phase))
    assert len(told) == delay.told <= MESSAGE_BUDGET
    for (earlier, _), (later, phase) in itertools.pairwise(told):
        assert later - earlier >= COOLDOWN or phase == "late_certain"


@pytest.mark.parametrize("episodes", [4])
def test_beyond_the_budget_lateness_shows_and_is_not_told(episodes):
    delay, minute, entered = Delay(), 0, []
    while delay.episode < episodes and minute < 590:
        p_late = 0.9 if delay.phase == "on_time" else 0.1
        before, delay = delay, look(delay, minute, p_late)
        if delay.episode > before.episode:
            entered.append((delay.phase, delay.is_told))
        minute += 5
    assert entered == [
        ("late_likely", True),
        ("late_likely", True),
        ("late_likely", False),
        ("late_likely", False),
    ]
