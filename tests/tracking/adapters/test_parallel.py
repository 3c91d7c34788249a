"""Parallel calls keep order, errors and the caller's context, and never wait for themselves."""

import threading

import pytest

from tracking.adapters.parallel import THREADS, run_in_parallel
from tracking.progress import report_progress, reporting_to


def test_results_come_in_the_order_of_the_arguments():
    assert run_in_parallel(lambda number: number * 2, range(50)) == [number * 2 for number in range(50)]


def test_calls_run_at_the_same_time():
    together = threading.Barrier(THREADS, timeout=5)
    assert len(run_in_parallel(lambda _number: together.wait(), range(THREADS))) == THREADS


def test_an_error_of_a_call_is_raised():
    def fail(number: int) -> int:
        if number == 3:
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match="3"):
        run_in_parallel(fail, range(5))


def test_nested_calls_do_not_wait_for_a_free_thread():
    nested = run_in_parallel(
        lambda outer: run_in_parallel(lambda inner: outer * inner, range(9)), range(THREADS * 3)
    )
    assert nested == [[outer * inner for inner in range(9)] for outer in range(THREADS * 3)]


def test_progress_of_each_call_reaches_the_listener():
    steps: list[int] = []
    with reporting_to(lambda: steps.append(1)):
        run_in_parallel(lambda _number: report_progress(), range(20))
    assert len(steps) == 20
