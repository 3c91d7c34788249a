"""Turns: one thread at a time, first come, first served; a thread that waits or hangs lets others go on."""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tracking.turns import Turns

LONG_S = 30.0


@contextmanager
def running(*works: Callable[[], None]) -> Iterator[list[threading.Thread]]:
    """Run each work in a thread of its own; at the end all must have ended."""
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    yield threads
    for thread in threads:
        thread.join(LONG_S)
    assert not any(thread.is_alive() for thread in threads)


def wait_for(event: threading.Event) -> None:
    assert event.wait(LONG_S)


def test_turns_of_several_threads_never_overlap():
    turns, inside, overlaps = Turns(LONG_S), [], []

    def work() -> None:
        for _ in range(200):
            with turns.taking_turn():
                overlaps.extend(inside)
                inside.append(1)
                with turns.letting_others():
                    inside.pop()
                inside.append(1)
                inside.pop()

    with running(*[work] * 4):
        pass
    assert overlaps == []


def test_a_thread_that_waits_gives_its_turn_away_and_takes_it_again():
    turns, order, second_is_in, first_waits = Turns(LONG_S), [], threading.Event(), threading.Event()

    def first() -> None:
        with turns.taking_turn():
            with turns.letting_others():
                first_waits.set()
                wait_for(second_is_in)
            order.append("first")

    def second() -> None:
        wait_for(first_waits)
        with turns.taking_turn():
            second_is_in.set()
            order.append("second")

    with running(first, second):
        pass
    assert order == ["second", "first"]


def test_turns_go_to_those_who_came_first():
    turns, order, waiting = Turns(LONG_S), [], []

    def work(number: int) -> None:
        with turns.taking_turn():
            order.append(number)

    with turns.taking_turn():
        for number in range(3):
            waiting.append(threading.Thread(target=work, args=(number,), daemon=True))
            waiting[-1].start()
            while len(turns._queue) <= number:
                threading.Event().wait(0.001)
    for thread in waiting:
        thread.join(LONG_S)
    assert order == [0, 1, 2]


def test_a_turn_that_lasts_too_long_is_passed_over_and_its_end_changes_nothing():
    turns, hangs, passed, may_end = Turns(0.02), threading.Event(), threading.Event(), threading.Event()
    order = []

    def hang() -> None:
        with turns.taking_turn():
            hangs.set()
            wait_for(passed)
        order.append("hung")
        may_end.set()

    def go_on() -> None:
        wait_for(hangs)
        with turns.taking_turn():
            passed.set()
            wait_for(may_end)
            order.append("went on")

    with running(hang, go_on):
        pass
    with turns.taking_turn():
        assert order == ["hung", "went on"]


def test_a_thread_that_has_waited_too_long_goes_on_without_a_turn_and_the_others_keep_theirs():
    turns, holds, done = Turns(0.2), threading.Event(), threading.Event()
    held = []

    def hold() -> None:
        with turns.taking_turn():
            held.append(turns._holder)
            holds.set()
            wait_for(done)

    def wait_in_vain() -> None:
        wait_for(holds)
        # As if the turn had been handed on just now, from one to the next.
        turns._held_since = math.inf
        with turns.taking_turn():
            held.append(turns._holder)
        done.set()

    with running(hold, wait_in_vain):
        pass
    assert held[0] is held[1]
    assert (turns._holder, list(turns._queue)) == (None, [])


def test_a_turn_within_a_turn_is_the_same_one():
    turns = Turns(LONG_S)
    with turns.taking_turn(), turns.taking_turn():
        pass
    assert turns._holder is None


def test_a_turn_ends_with_an_error_of_its_block():
    turns = Turns(LONG_S)
    with pytest.raises(ValueError, match="wrong"), turns.taking_turn():
        raise ValueError("wrong")
    assert turns._holder is None


def test_a_thread_without_a_turn_may_wait_as_well():
    turns = Turns(LONG_S)
    with turns.letting_others():
        pass
    assert turns._holder is None
