"""Stop signal: how one run, or all runs of a process, are requested to end."""

import threading

import pytest

from workers.leases.workload import StopSignal


class CountedWaits(threading.Event):
    """Event that records the timeout of each wait and returns at once."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout=None):
        self.waits.append(timeout)
        return self.is_set()


def test_one_run_ends_on_its_own_request_and_all_runs_end_on_a_drain():
    drain = threading.Event()
    requested, other = StopSignal(drain), StopSignal(drain)
    requested.request()
    before = (requested.is_requested(), other.is_requested())
    drain.set()
    assert (before, requested.is_requested(), other.is_requested()) == ((True, False), True, True)


@pytest.mark.parametrize(
    ("seconds", "waits"), [(0.6, [0.25, 0.25, 0.1]), (0.25, [0.25]), (0.1, [0.1]), (0, []), (-1, [])]
)
def test_a_wait_is_cut_into_slices_so_that_a_request_to_one_run_ends_it(seconds, waits):
    drain = CountedWaits()
    assert StopSignal(drain).wait(seconds) is False
    assert drain.waits == pytest.approx(waits)


def test_a_run_with_a_request_to_end_does_not_wait():
    drain = CountedWaits()
    stop = StopSignal(drain)
    stop.request()
    assert (stop.wait(5), drain.waits) == (True, [])


def test_a_wait_ends_after_the_slice_in_which_the_end_is_requested():
    class RequestedMeanwhile(CountedWaits):
        def wait(self, timeout=None):
            stop.request()
            return super().wait(timeout)

    drain = RequestedMeanwhile()
    stop = StopSignal(drain)
    assert (stop.wait(5), drain.waits) == (True, [0.25])
