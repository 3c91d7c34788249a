"""A delay counts from the moment a record was meant to arrive, whatever the reader makes of it."""

import pytest
import time_machine

from laboratory.bench.delays import HALF, NEARLY_ALL, Delays

NOW_S = 1_800_000_000


def record(number: int) -> bytes:
    return b'{"shipment_id": "b1-2-%07d", "lat": 12.9}' % number


def test_delays_count_from_the_intended_moment_of_each_record():
    delays = Delays({"rate": 10, "begins_at": NOW_S - 20.0})
    with time_machine.travel(NOW_S, tick=False):
        delays.note([record(number) for number in range(100)])
    # Record 0 was meant to come 20 s ago, record 99 some 10 s ago.
    assert delays.tell() == {
        HALF: [pytest.approx(15_000, abs=100), "ms"],
        NEARLY_ALL: [pytest.approx(19_900, abs=100), "ms"],
    }


def test_a_run_without_a_rate_tells_no_delay_and_what_nobody_can_read_has_none():
    at_once, paced = Delays({}), Delays({"rate": 10, "begins_at": 0.0})
    at_once.note([record(1)])
    paced.note([b'{"shipment_'])
    assert [at_once.tell(), paced.tell()] == [{}, {}]
