"""Calls side by side keep order, errors and their caller's context, and never wait for themselves."""

import threading

import pytest

from tracking.adapters.side_by_side import THREADS, side_by_side
from tracking.progress import report_progress, reporting_to


def test_results_come_in_the_order_of_the_calls():
    assert side_by_side(lambda number: number * 2, range(50)) == [number * 2 for number in range(50)]


def test_calls_run_at_the_same_time():
    together = threading.Barrier(THREADS, timeout=5)
    assert len(side_by_side(lambda _number: together.wait(), range(THREADS))) == THREADS


def test_an_error_of_a_call_is_raised():
    def fail(number: int) -> int:
        if number == 3:
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match="3"):
        side_by_side(fail, range(5))


def test_nested_calls_do_not_wait_for_a_free_thread():
    nested = side_by_side(
        lambda outer: side_by_side(lambda inner: outer * inner, range(9)), range(THREADS * 3)
    )
    assert nested == [[outer * inner for inner in range(9)] for outer in range(THREADS * 3)]


def test_the_progress_callback_is_called_for_each_call():
    reports: list[int] = []
    with reporting_to(lambda: reports.append(1)):
        side_by_side(lambda _number: report_progress(), range(20))
    assert len(reports) == 20
