"""Delays of the benches count from the scheduled arrival of a record."""

import pytest
import time_machine

from laboratory.bench.delays import P50, P99, Delays

NOW_S = 1_800_000_000


def record(number: int) -> bytes:
    return b'{"shipment_id": "b1-2-%07d", "lat": 12.9}' % number


def test_a_delay_counts_from_the_scheduled_arrival_of_its_record():
    delays = Delays({"rate": 10, "begins_at": NOW_S - 20.0})
    with time_machine.travel(NOW_S, tick=False):
        delays.record_done([record(number) for number in range(100)])
    # Record 0 was scheduled 20 s ago, record 99 about 10 s ago.
    assert delays.summarize() == {
        P50: [pytest.approx(15_000, abs=100), "ms"],
        P99: [pytest.approx(19_900, abs=100), "ms"],
    }


def test_a_run_without_a_rate_and_an_unreadable_record_have_no_delay():
    at_once, paced = Delays({}), Delays({"rate": 10, "begins_at": 0.0})
    at_once.record_done([record(1)])
    paced.record_done([b'{"shipment_'])
    assert [at_once.summarize(), paced.summarize()] == [{}, {}]
