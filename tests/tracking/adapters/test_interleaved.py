"""Interleaved calls: several are under way at once, results keep their order, and errors reach their work."""

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tracking.adapters.aws import MAX_ATTEMPTS
from tracking.adapters.interleaved import UNDER_WAY, Work, begin_call, retrying, run_alone, run_interleaved
from tracking.domain.errors import TransientError
from tracking.progress import report_progress, reporting_to


class PlainClient:
    """Client that can only make a whole call."""

    def __init__(self, call: Any) -> None:
        self.call = call


def double(number: int, log: list[str]) -> Work[int]:
    log.append(f"send {number}")

    def finish() -> int:
        log.append(f"receive {number}")
        return number * 2

    return (yield finish)


def fail(number: int) -> int:
    raise ValueError(number)


def test_results_come_in_the_order_of_the_works():
    assert run_interleaved(double(number, []) for number in range(50)) == [number * 2 for number in range(50)]


def test_a_bounded_number_of_calls_is_under_way_and_the_first_is_finished_first():
    log: list[str] = []
    run_interleaved(double(number, log) for number in range(UNDER_WAY + 1))
    assert log == [
        *(f"send {number}" for number in range(UNDER_WAY)),
        "receive 0",
        f"send {UNDER_WAY}",
        *(f"receive {number}" for number in range(1, UNDER_WAY + 1)),
    ]


def test_a_work_may_make_several_calls_or_none():
    def make_calls(count: int) -> Work[int]:
        made = 0
        for number in range(count):
            made += yield from double(number, [])
        return made

    assert run_interleaved(map(make_calls, (2, 0, 3))) == [2, 0, 6]


def test_all_works_are_run_to_their_end_and_then_the_first_error_is_raised():
    log: list[str] = []

    def work(number: int) -> Work[int]:
        if number in (1, 2):
            return (yield partial(fail, number))
        return (yield from double(number, log))

    with pytest.raises(ValueError, match="1"):
        run_interleaved(map(work, range(4)))
    assert log == ["send 0", "send 3", "receive 0", "receive 3"]


def test_calls_under_way_are_finished_when_no_further_work_can_be_made():
    log: list[str] = []

    def make_works() -> Iterator[Work[int]]:
        yield double(0, log)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        run_interleaved(make_works())
    assert log == ["send 0", "receive 0"]


def test_a_work_may_go_on_after_an_error_of_its_call():
    def work() -> Work[int]:
        try:
            return (yield partial(fail, 1))
        except ValueError:
            return (yield from double(4, []))

    assert run_alone(work()) == 8


def test_an_attempt_is_repeated_while_it_fails_for_now():
    attempts: list[int] = []

    def attempt() -> Work[int]:
        attempts.append(1)
        if len(attempts) < MAX_ATTEMPTS:
            raise TransientError("not yet")
        return (yield from double(3, []))

    assert (run_alone(retrying(attempt)), len(attempts)) == (6, MAX_ATTEMPTS)


def test_the_error_of_the_last_attempt_is_raised():
    attempts: list[int] = []

    def attempt() -> Work[None]:
        attempts.append(1)
        yield lambda: None
        raise TransientError(f"attempt {len(attempts)}")

    with pytest.raises(TransientError, match=f"attempt {MAX_ATTEMPTS}"):
        run_alone(retrying(attempt))


def test_calls_of_a_client_that_cannot_begin_one_run_at_the_same_time():
    together = threading.Barrier(UNDER_WAY, timeout=5)

    def work() -> Work[int]:
        return (yield begin_call(PlainClient(together.wait), "call"))

    assert sorted(run_interleaved(work() for _ in range(UNDER_WAY))) == list(range(UNDER_WAY))


def test_progress_of_such_calls_reaches_the_listener_of_the_caller():
    steps: list[int] = []

    def work() -> Work[None]:
        yield begin_call(PlainClient(report_progress), "call")

    with reporting_to(lambda: steps.append(1)):
        run_interleaved(work() for _ in range(20))
    assert len(steps) == 20
