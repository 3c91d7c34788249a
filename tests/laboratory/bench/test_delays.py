"""A delay counts from the moment a record was meant to arrive, whatever the reader makes of it."""

import time

from laboratory.bench.delays import HALF, NEARLY_ALL, Delays


def record(number: int) -> bytes:
    return b'{"shipment_id": "b1-2-%07d", "lat": 12.9}' % number


def test_delays_count_from_the_intended_moment_of_each_record():
    delays = Delays({"rate": 10, "begins_at": time.time() - 20.0})
    delays.note([record(number) for number in range(100)])
    told = delays.tell()
    # Record 0 was meant to come 20 s ago, record 99 some 10 s ago.
    assert 15_000 <= told[HALF][0] <= 15_500
    assert 19_500 <= told[NEARLY_ALL][0] <= 20_500
    assert [told[HALF][1], told[NEARLY_ALL][1]] == ["ms", "ms"]


def test_a_run_without_a_rate_tells_no_delay_and_what_nobody_can_read_has_none():
    at_once, paced = Delays({}), Delays({"rate": 10, "begins_at": 0.0})
    at_once.note([record(1)])
    paced.note([b'{"shipment_'])
    assert [at_once.tell(), paced.tell()] == [{}, {}]
