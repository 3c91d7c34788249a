"""Meter: what a minute holds, percentiles from buckets, errors, and many threads."""

import threading

import pytest

from tracking.histograms import bucket_bound, count_buckets, find_bucket
from workers.steps.meter import SLOT_S, StepFigures, StepMeter, find_percentile, merge


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def meter(clock):
    return StepMeter(clock)


def test_an_item_counts_for_a_minute_from_the_end_of_its_slot(meter, clock):
    meter.add("decode", 0.02, 3)
    seen = []
    for _ in range(14):
        seen.append("decode" in meter.read())
        clock.now += SLOT_S
    assert seen == [False, *[True] * 12, False]


def test_items_of_all_slots_are_added_up(meter, clock):
    for seconds, count in ((0.001, 2), (0.001, 1), (0.2, 1)):
        meter.add("record", seconds, count)
        clock.now += SLOT_S
    meter.add_errors("record", 2)
    clock.now += SLOT_S
    assert meter.read() == {"record": StepFigures(4, 2, {find_bucket(1): 3, find_bucket(200): 1})}


def test_totals_hold_everything_since_the_start(meter, clock):
    for _ in range(3):
        meter.add("record", 0.001, 2)
        meter.add_errors("push", 1)
        clock.now += 3600
    assert meter.read_totals() == {"record": (6, 0), "push": (0, 3)}


def test_an_exception_counts_as_an_error_of_each_item(meter, clock):
    with pytest.raises(KeyError), meter.timing("enrich", 5):
        raise KeyError
    with meter.timing("enrich", 2) as timing:
        clock.now += 0.25
    clock.now += SLOT_S
    assert (timing.seconds, meter.read()) == (0.25, {"enrich": StepFigures(2, 5, {find_bucket(250): 2})})


def test_work_on_nothing_counts_nothing(meter, clock):
    with meter.timing("push", 0):
        clock.now += 1
    meter.add_batch({}, [("decode", 0.1, 0)], 0)
    clock.now += SLOT_S
    assert meter.read().get("push") is None
    assert find_percentile(meter.read().get("read", StepFigures()), 0.5) is None


def test_a_batch_counts_each_wait_and_the_spans_of_its_steps(meter, clock):
    meter.add_batch(count_buckets([100, 200, -500]), [("decode", 0.002, 3), ("push", 0.01, 2)], 1)
    clock.now += SLOT_S
    assert meter.read() == {
        "read": StepFigures(3, 0, {find_bucket(100): 1, find_bucket(200): 1, 0: 1}),
        "decode": StepFigures(3, 1, {find_bucket(2): 3}),
        "push": StepFigures(2, 0, {find_bucket(10): 2}),
    }


def test_percentiles_are_those_of_the_merged_items():
    fast = StepFigures(99, 0, {find_bucket(10): 99})
    slow = StepFigures(1, 1, {find_bucket(1000): 1})
    both = merge([fast, slow])
    assert (both.count, both.errors) == (100, 1)
    low, high = bucket_bound(find_bucket(10)), bucket_bound(find_bucket(1000))
    assert [find_percentile(both, share) for share in (0.5, 0.99, 1.0)] == [low, low, high]


def test_no_item_of_any_thread_is_lost(meter, clock):
    def work() -> None:
        for _ in range(200):
            meter.add("deliver", 0.001)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.now += SLOT_S
    assert meter.read()["deliver"].count == 1600
